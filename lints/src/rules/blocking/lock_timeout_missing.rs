//! A strong lock is waited for without a limit.

use crate::{
    Check, Context, Finding, LockMode, Step,
    action::{Action, ObjectKind},
    declare_rule, lock,
    name::{ObjectName, series},
    rules::{blocking::limit::set_before, transaction::refusal::refuses_transaction},
};

declare_rule! {
    /// ## What it does
    /// Flags the first statement of a migration that takes `SHARE` or a stronger lock on a table that was there before,
    /// while no `lock_timeout` is set, or one that is longer than the configured `max_lock_timeout`.
    ///
    /// ## Why is this bad?
    /// A lock that cannot be had at once is waited for. Meanwhile every later query of the table waits behind the
    /// migration, even those that the lock holder would have let through: one long `SELECT` in the background, one
    /// harmless `ALTER TABLE`, and the application stands still.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_email.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// ```
    ///
    /// ## Safer way
    /// Set a `lock_timeout` of a few seconds first. A migration that cannot get its lock then fails, nobody waits long,
    /// and it is run again.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_email.up.sql
    /// SET LOCAL lock_timeout = '5s';
    /// ALTER TABLE users ADD COLUMN email text;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static LOCK_TIMEOUT_MISSING = {
        name: "lock-timeout-missing",
        group: Blocking,
        summary: "a strong lock on an existing table without a `lock_timeout`",
        level: Warning,
        lock: Share,
        fix: Safely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

/// The wait that a fix allows, in milliseconds, where the project's bound is not lower.
const FIX_MS: u64 = 5_000;

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let catalog = context.catalog;
    let bound = context.settings.max_lock_timeout_ms;
    if catalog
        .session
        .lock_timeout
        .is_some_and(|timeout| timeout <= bound)
    {
        return;
    }
    let Some((tables, mode)) = strong_locks(context, step) else {
        return;
    };
    // One finding a migration: one setting at its start settles them all.
    if found
        .iter()
        .any(|other| other.rule.name == LOCK_TIMEOUT_MISSING.name)
    {
        return;
    }
    let finding = Finding::new(
        &LOCK_TIMEOUT_MISSING,
        step.span,
        format!(
            "while this waits for `{mode}` on {tables}, later {} queue behind it without a limit",
            mode.blocks()
        ),
    )
    .label(match catalog.session.lock_timeout {
        None => "no lock_timeout is set".to_owned(),
        Some(timeout) => format!("lock_timeout is {timeout} ms, more than the allowed {bound} ms"),
    })
    .help("set a `lock_timeout` first, and run the migration again when it strikes");
    let timeout = timeout(context);
    found.push(set_before(context, step, finding, "lock_timeout", &timeout));
}

/// The strongest lock of a step that others queue behind, and the tables on which it is taken, where a setting could stand
/// before it.
pub(super) fn strong_locks(context: &Context<'_>, step: &Step) -> Option<(String, LockMode)> {
    let catalog = context.catalog;
    // A statement that must stand alone cannot have a SET before it.
    let alone = refuses_transaction(&step.action, catalog).is_some();
    // A concurrent refresh keeps only other refreshes waiting.
    let refresh = matches!(
        step.action,
        Action::Refresh {
            concurrently: true,
            ..
        }
    );
    if alone || refresh {
        return None;
    }
    let mut locks = lock::locks(&step.action, catalog);
    locks.retain(|(relation, mode)| is_waited_for(context, relation, *mode));
    let strongest = locks.iter().map(|(_, mode)| *mode).max()?;
    let taken = locks.iter().filter(|(_, mode)| *mode == strongest);
    let tables =
        taken.map(
            |(relation, _)| match lock::is_of_unknown_index(&step.action, relation) {
                true => format!("the table of `{relation}`"),
                false => format!("`{relation}`"),
            },
        );
    Some((series(tables), strongest))
}

/// The statement that sets it for the rest of a transaction, with its line break.
pub(super) fn set_local(context: &Context<'_>) -> String {
    format!("SET LOCAL lock_timeout = '{}';\n", timeout(context))
}

fn timeout(context: &Context<'_>) -> String {
    match FIX_MS.min(context.settings.max_lock_timeout_ms) {
        ms if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

/// Whether others wait for the lock: readers and writers of a table, readers of what holds no rows of its own.
fn is_waited_for(context: &Context<'_>, relation: &ObjectName, mode: LockMode) -> bool {
    let known = context.catalog.relation(relation);
    let written = known.is_none_or(|known| {
        matches!(
            known.kind,
            ObjectKind::Table | ObjectKind::ForeignTable | ObjectKind::Sequence
        )
    });
    let least = if written {
        LockMode::Share
    } else {
        LockMode::AccessExclusive
    };
    mode >= least && context.is_shared(relation)
}

#[cfg(test)]
mod tests {
    use super::LOCK_TIMEOUT_MISSING;
    use crate::test_support::check;

    #[test]
    fn once_in_a_migration() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
    CREATE INDEX CONCURRENTLY a ON users (name);
    -- Adults only.
    ALTER TABLE users ADD CHECK (age > 17) NOT VALID;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: while this waits for `ACCESS EXCLUSIVE` on `users`, later reads and writes queue behind it without a limit
    DROP TABLE sessions;
",
        );
    }

    #[test]
    fn an_index_that_no_migration_made() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
-- file: 1_old.up.sql
    DROP INDEX IF EXISTS users_name;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: while this waits for `ACCESS EXCLUSIVE` on the table of `users_name`, later reads and writes queue behind it without a limit
-- file: 2_users.up.sql
    CREATE TABLE users (name text);
    CREATE INDEX users_name ON users (name);
-- file: 3_new.up.sql
    DROP INDEX IF EXISTS users_name;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: while this waits for `ACCESS EXCLUSIVE` on `users`, later reads and writes queue behind it without a limit
",
        );
    }

    #[test]
    fn an_index_that_is_gone() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (name text);
    CREATE INDEX users_name ON users (name);
    CREATE TABLE old (id int);
-- file: 2_drop.up.sql
    SET LOCAL lock_timeout = '5s';
    DROP INDEX users_name;
    DROP TABLE old;
-- file: 3_again.up.sql
    DROP INDEX IF EXISTS users_name;
    DROP TABLE IF EXISTS old;
    ALTER TABLE users DROP COLUMN IF EXISTS name;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: while this waits for `ACCESS EXCLUSIVE` on `users`, later reads and writes queue behind it without a limit
",
        );
    }

    #[test]
    fn a_new_table_that_references_one() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
    CREATE TABLE orders (user_id bigint REFERENCES users);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: while this waits for `SHARE ROW EXCLUSIVE` on `users`, later writes queue behind it without a limit
    ALTER TABLE orders ADD COLUMN note text;
",
        );
    }

    #[test]
    fn limits() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
    SET lock_timeout = '1min';
    TRUNCATE users;
--  ^^^^^^^^^^^^^^ warning: while this waits for `ACCESS EXCLUSIVE` on `users`, later reads and writes queue behind it without a limit
",
        );
    }

    #[test]
    fn with_a_timeout() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
    SET LOCAL lock_timeout = '5s';
    TRUNCATE users;
-- file: 2_b.up.sql
    SELECT set_config('lock_timeout', '3000', true);
    TRUNCATE users;
",
        );
    }

    #[test]
    fn locks_that_nobody_waits_for() {
        check(
            &LOCK_TIMEOUT_MISSING,
            "
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD CHECK (id > 0);
    INSERT INTO users VALUES (1);
    COMMENT ON TABLE users IS 'x';
    ALTER TABLE users VALIDATE CONSTRAINT c;
    REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
-- file: 2_b.up.sql
-- no-transaction
    VACUUM FULL users;
",
        );
    }
}
