//! A trigger is made on an existing table.

use crate::{
    Check, Context, Finding, Step,
    action::ObjectKind,
    declare_rule,
    rules::blocking::altered::{created_on, enabled_on},
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE TRIGGER` and `ENABLE TRIGGER` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The statement takes `SHARE ROW EXCLUSIVE` on the table. It is quick itself, but it first waits for every running
    /// write of the table. Everybody who comes later queues behind it, and the lock is kept until the migration has
    /// committed.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    /// -- file: 2_new.up.sql
    /// CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    /// ```
    ///
    /// ## Safer way
    /// Make it together with the table. On an existing table, set a short `lock_timeout`, and keep everything else out
    /// of the migration, with the reason beside it.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    /// CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static TRIGGER_LOCKS = {
        name: "trigger-locks",
        group: Blocking,
        summary: "a trigger made on an existing table, which blocks writes",
        level: Warning,
        lock: ShareRowExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let made = created_on(context, step, ObjectKind::Trigger);
    let Some(table) = made.or_else(|| enabled_on(context, step, ObjectKind::Trigger)) else {
        return;
    };
    found.push(
        Finding::new(
            &TRIGGER_LOCKS,
            step.span,
            format!("writes to `{table}` wait from this trigger until the migration commits"),
        )
        .label(format!(
            "takes SHARE ROW EXCLUSIVE on `{table}`, for a moment itself"
        ))
        .help("set a `lock_timeout`, and put nothing slow into the same migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::TRIGGER_LOCKS;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &TRIGGER_LOCKS,
            "
    CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: writes to `users` wait from this trigger until the migration commits
    ALTER TABLE users ENABLE TRIGGER users_touch;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: writes to `users` wait from this trigger until the migration commits
",
        );
    }

    #[test]
    fn new_tables_and_views() {
        check(
            &TRIGGER_LOCKS,
            "
    CREATE TABLE teams (id bigint);
    CREATE TRIGGER teams_touch BEFORE UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE teams ENABLE TRIGGER teams_touch;
    ALTER TABLE users DISABLE TRIGGER users_touch, ENABLE RULE r;
    CREATE VIEW active AS SELECT 1;
    CREATE TRIGGER users_touch INSTEAD OF UPDATE ON active FOR EACH ROW EXECUTE FUNCTION touch();
",
        );
    }
}
