//! A table is rewritten by another access method.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind},
    declare_rule,
    rules::blocking::altered::holds_up,
};

declare_rule! {
    /// ## What it does
    /// Flags `SET ACCESS METHOD` on a table with rows.
    ///
    /// ## Why is this bad?
    /// The whole table and all its indexes are copied while the statement holds `ACCESS EXCLUSIVE`: not even a `SELECT`
    /// gets through until that is over and the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users SET ACCESS METHOD heap;
    /// ```
    ///
    /// ## Safer way
    /// Choose the access method when the table is made. For a table with rows, make a new one and copy the rows in
    /// batches.
    ///
    /// ```sql,good
    /// CREATE TABLE measurements (id bigint PRIMARY KEY) USING heap;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 15 and later. A table that has the access method already is not rewritten.
    pub(crate) static ACCESS_METHOD_REWRITES = {
        name: "access-method-rewrites",
        group: Blocking,
        summary: "a table that is rewritten by another access method",
        level: Error,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let table = &alter.table;
    let rewrites = matches!(alter.clause, AlterClause::SetAccessMethod);
    if !rewrites || alter.kind == ObjectKind::Sequence || !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &ACCESS_METHOD_REWRITES,
            context,
            step,
            table,
            "while every row and every index is copied",
        )
        .help("make a new table and copy the rows in batches"),
    );
}

#[cfg(test)]
mod tests {
    use super::ACCESS_METHOD_REWRITES;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &ACCESS_METHOD_REWRITES,
            "
    ALTER TABLE users SET ACCESS METHOD heap;
--                    ^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is copied
",
        );
    }

    #[test]
    fn a_new_table_and_options() {
        check(
            &ACCESS_METHOD_REWRITES,
            "
    CREATE TABLE cache (id bigint);
    ALTER TABLE cache SET ACCESS METHOD heap;
    ALTER TABLE users SET (fillfactor = 90);
",
        );
    }
}
