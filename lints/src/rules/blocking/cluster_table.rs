//! `CLUSTER` copies a table in the order of an index while everybody waits.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `CLUSTER` of a table with rows.
    ///
    /// ## Why is this bad?
    /// The whole table is copied in the order of the index, and all its indexes are built anew, under `ACCESS
    /// EXCLUSIVE`: not even a `SELECT` gets through until that is over and the migration has committed. The order is
    /// lost again with the next writes.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_cluster.up.sql
    /// CLUSTER users USING users_pkey;
    /// ```
    ///
    /// ## Safer way
    /// Mark the index for a later maintenance window with `ALTER TABLE … CLUSTER ON`, or let `pg_repack` order the
    /// table under short locks.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_cluster.up.sql
    /// ALTER TABLE users CLUSTER ON users_pkey;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static CLUSTER_TABLE = {
        name: "cluster-table",
        group: Blocking,
        summary: "`CLUSTER`, which copies the table while it blocks reads and writes",
        level: Error,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Cluster { table } = &step.action else {
        return;
    };
    let whom = match table {
        Some(table) if !context.may_hold_rows(table) => return,
        Some(table) => format!("`{table}`"),
        None => "each table that was clustered before".to_owned(),
    };
    found.push(
        Finding::new(
            &CLUSTER_TABLE,
            step.span,
            format!("reads and writes of {whom} wait while every row and every index is copied"),
        )
        .label(format!("takes ACCESS EXCLUSIVE on {whom}"))
        .help("leave it out, or use `pg_repack`, which orders a table under short locks"),
    );
}

#[cfg(test)]
mod tests {
    use super::CLUSTER_TABLE;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &CLUSTER_TABLE,
            "
    CLUSTER users USING users_pkey;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is copied
    CLUSTER;
--  ^^^^^^^ error: reads and writes of each table that was clustered before wait while every row and every index is copied
",
        );
    }

    #[test]
    fn a_new_table_and_the_mark_alone() {
        check(
            &CLUSTER_TABLE,
            "
    CREATE TABLE teams (id bigint PRIMARY KEY);
    CLUSTER teams USING teams_pkey;
    ALTER TABLE users CLUSTER ON users_pkey;
",
        );
    }
}
