//! `VACUUM FULL` copies a table while everybody waits.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `VACUUM FULL`.
    ///
    /// ## Why is this bad?
    /// The whole table and all its indexes are copied under `ACCESS EXCLUSIVE`: not even a `SELECT` gets through until
    /// that is over, and the disk holds both copies meanwhile. It changes no schema, so it has no business in a
    /// migration.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_vacuum.up.sql
    /// -- no-transaction
    /// VACUUM FULL users;
    /// ```
    ///
    /// ## Safer way
    /// Plain `VACUUM` makes the space usable again and blocks nobody. Where the space must go back to the system,
    /// `pg_repack` copies a table under short locks.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_vacuum.up.sql
    /// -- no-transaction
    /// VACUUM (ANALYZE) users;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static VACUUM_FULL = {
        name: "vacuum-full",
        group: Blocking,
        summary: "`VACUUM FULL`, which copies the table while it blocks reads and writes",
        level: Error,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Vacuum { tables, full: true } = &step.action else {
        return;
    };
    let held: Vec<String> = tables
        .iter()
        .filter(|table| context.may_hold_rows(table))
        .map(|table| format!("`{table}`"))
        .collect();
    if held.is_empty() && !tables.is_empty() {
        return;
    }
    let whom = if held.is_empty() {
        "each table of the database".to_owned()
    } else {
        held.join(", ")
    };
    found.push(
        Finding::new(
            &VACUUM_FULL,
            step.span,
            format!("reads and writes of {whom} wait while every row and every index is copied"),
        )
        .label(format!("takes ACCESS EXCLUSIVE on {whom}"))
        .help("use plain `VACUUM`, or `pg_repack` where the space must go back to the system"),
    );
}

#[cfg(test)]
mod tests {
    use super::VACUUM_FULL;
    use crate::test_support::check;

    #[test]
    fn with_and_without_tables() {
        check(
            &VACUUM_FULL,
            "
    VACUUM FULL users;
--  ^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is copied
    VACUUM (FULL, ANALYZE);
--  ^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of each table of the database wait while every row and every index is copied
",
        );
    }

    #[test]
    fn plain_vacuum() {
        check(
            &VACUUM_FULL,
            "
    VACUUM (ANALYZE) users;
    VACUUM (FULL false) users;
",
        );
    }
}
