//! A strong lock is held for as long as its statement takes.

use crate::{
    Check, Context, Finding, Step, declare_rule,
    rules::blocking::{limit::set_before, lock_timeout_missing::strong_locks},
};

declare_rule! {
    /// ## What it does
    /// Flags the first statement of a migration that takes `SHARE` or a stronger lock on a table that was there before,
    /// while no `statement_timeout` is set. Off by default: a limit that is too low makes a long migration fail again and
    /// again.
    ///
    /// ## Why is this bad?
    /// A `lock_timeout` limits the wait for the lock, and nothing limits what comes then: a statement that turns out to
    /// read a huge table through keeps everybody out until it is done.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_email.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// ```
    ///
    /// ## Safer way
    /// Set a `statement_timeout` that the application survives.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_email.up.sql
    /// SET LOCAL statement_timeout = '30s';
    /// ALTER TABLE users ADD COLUMN email text;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. From 13 on, each statement of a file that is sent as one query has the limit for itself.
    pub(crate) static STATEMENT_TIMEOUT_MISSING = {
        name: "statement-timeout-missing",
        group: Blocking,
        summary: "a strong lock on an existing table without a `statement_timeout`",
        level: Off,
        lock: Share,
        fix: Safely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if context.catalog.session.statement_timeout.is_some() {
        return;
    }
    let Some((tables, mode)) = strong_locks(context, step) else {
        return;
    };
    // One finding a migration: one setting at its start settles them all.
    if found
        .iter()
        .any(|other| other.rule.name == STATEMENT_TIMEOUT_MISSING.name)
    {
        return;
    }
    let finding = Finding::new(
        &STATEMENT_TIMEOUT_MISSING,
        step.span,
        format!(
            "{} of {tables} wait for this without a limit: `{mode}` is held however long it takes",
            mode.blocks()
        ),
    )
    .label("no statement_timeout is set")
    .help("set a `statement_timeout` that the application survives");
    found.push(set_before(
        context,
        step,
        finding,
        "statement_timeout",
        "30s",
    ));
}

#[cfg(test)]
mod tests {
    use super::STATEMENT_TIMEOUT_MISSING;
    use crate::{
        Level, Settings,
        test_support::{check, check_with},
    };

    #[test]
    fn once_in_a_migration() {
        check_with(
            &STATEMENT_TIMEOUT_MISSING,
            &on(),
            "
    SET LOCAL lock_timeout = '2s';
    INSERT INTO logs VALUES (1);
    CREATE INDEX a ON users (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: writes of `users` wait for this without a limit: `SHARE` is held however long it takes
    DROP TABLE sessions;
-- file: 2_b.up.sql
    SET statement_timeout = 0;
    TRUNCATE users;
--  ^^^^^^^^^^^^^^ warning: reads and writes of `users` wait for this without a limit: `ACCESS EXCLUSIVE` is held however long it takes
",
        );
    }

    #[test]
    fn with_a_limit_or_without_a_strong_lock() {
        check_with(
            &STATEMENT_TIMEOUT_MISSING,
            &on(),
            "
    SET LOCAL statement_timeout = '1min';
    TRUNCATE users;
-- file: 2_b.up.sql
    SELECT set_config('statement_timeout', '3000', true);
    TRUNCATE users;
-- file: 3_c.up.sql
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD CHECK (id > 0);
    ALTER TABLE users VALIDATE CONSTRAINT c;
",
        );
    }

    #[test]
    fn off_by_default() {
        check(&STATEMENT_TIMEOUT_MISSING, "TRUNCATE users;");
    }

    fn on() -> Settings {
        let name = STATEMENT_TIMEOUT_MISSING.name.to_owned();
        Settings {
            levels: [(name, Level::Warning)].into(),
            ..Settings::default()
        }
    }
}
