//! A table is rewritten to change whether it is logged.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind},
    declare_rule,
    rules::blocking::altered::holds_up,
};

declare_rule! {
    /// ## What it does
    /// Flags `SET LOGGED` and `SET UNLOGGED` on a table with rows.
    ///
    /// ## Why is this bad?
    /// `SET LOGGED` and `SET UNLOGGED` copy the whole table and all its indexes while the statement holds `ACCESS
    /// EXCLUSIVE`; `SET LOGGED` also writes all of it to the write-ahead log. An unlogged table is empty after a crash,
    /// and on every replica.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users SET UNLOGGED;
    /// ```
    ///
    /// ## Safer way
    /// Decide when the table is made. For a table with rows, make a new one and copy the rows in batches.
    ///
    /// ```sql,good
    /// CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value text);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. A table that is logged already is not rewritten by `SET LOGGED`.
    pub(crate) static SET_LOGGED_REWRITES = {
        name: "set-logged-rewrites",
        group: Blocking,
        summary: "a table that is rewritten to change whether it is logged",
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
    let rewrites = matches!(alter.clause, AlterClause::SetLogged);
    if !rewrites || alter.kind == ObjectKind::Sequence || !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &SET_LOGGED_REWRITES,
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
    use super::SET_LOGGED_REWRITES;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &SET_LOGGED_REWRITES,
            "
    ALTER TABLE users SET UNLOGGED;
--                    ^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is copied
",
        );
    }

    #[test]
    fn a_new_table_and_options() {
        check(
            &SET_LOGGED_REWRITES,
            "
    CREATE UNLOGGED TABLE cache (id bigint);
    ALTER TABLE cache SET LOGGED;
    ALTER TABLE users SET (fillfactor = 90);
",
        );
    }
}
