//! A table is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP TABLE` of a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The rows are gone with the commit: only a backup brings them back, and a down migration can only make an empty
    /// table. A version of the application that still runs fails at each query of it.
    ///
    /// ```sql,bad
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY);
    /// -- file: 2_drop_sessions.up.sql
    /// DROP TABLE sessions;
    /// ```
    ///
    /// ## Safer way
    /// Release a version of the application that does not use the table, keep a copy of what may be needed again, and
    /// drop the table afterwards, with the reason beside it.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-table): unused since release 41, and its rows are archived
    /// DROP TABLE IF EXISTS sessions;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The drop takes `ACCESS EXCLUSIVE` on the table and on every table that its foreign keys reference.
    pub(crate) static DROP_TABLE = {
        name: "drop-table",
        group: Destructive,
        summary: "a table and all its rows are dropped",
        level: Error,
        lock: AccessExclusive,
        loses: Table,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Table];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::existing(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops the views and foreign keys that depend on it");
    found.push(
        Finding::new(
            &DROP_TABLE,
            step.span,
            format!("every row of `{name}` is lost{along}"),
        )
        .label("the table is gone after the commit")
        .help("stop using the table first, keep a copy, and drop it in a later release"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_TABLE;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_TABLE,
            "
    CREATE TABLE teams (id bigint);
    DROP TABLE IF EXISTS users CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every row of `users` is lost, and `CASCADE` drops the views and foreign keys that depend on it
    DROP TABLE teams;
",
        );
    }

    #[test]
    fn temporary_tables_and_other_kinds() {
        check(
            &DROP_TABLE,
            "
    CREATE TEMPORARY TABLE staging (id bigint);
    DROP TABLE staging;
    DROP VIEW active_users;
",
        );
    }
}
