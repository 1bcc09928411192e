//! A table or index is copied into another tablespace.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `SET TABLESPACE` of a table, materialized view or index that this migration did not create.
    ///
    /// ## Why is this bad?
    /// Every block is copied to the other place, and written to the write-ahead log, while the statement holds `ACCESS
    /// EXCLUSIVE`: not even a `SELECT` gets through until that is over and the migration has committed. A locked index does
    /// the same, since every query of its table opens it.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_move.up.sql
    /// ALTER TABLE users SET TABLESPACE pg_default;
    /// ```
    ///
    /// ## Safer way
    /// Build an index anew in the other place: `REINDEX (CONCURRENTLY, TABLESPACE …)`. Make a new table there and copy the rows
    /// in batches, or let `pg_repack --tablespace` do that.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int) TABLESPACE pg_default;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Where the table is in that tablespace already nothing is copied, but the lock is taken. `REINDEX` has `TABLESPACE`
    /// since 14.
    pub(crate) static SET_TABLESPACE_REWRITES = {
        name: "set-tablespace-rewrites",
        group: Blocking,
        summary: "a table or index that is copied into another tablespace",
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
    if !matches!(alter.clause, AlterClause::SetTablespace) {
        return;
    }
    let name = &alter.table;
    let table = match (alter.kind, context.catalog.index(name)) {
        (ObjectKind::Index, None) => None,
        (_, Some(index)) => Some(index.table.object_name()),
        (_, None) => Some(name.clone()),
    };
    let whom = match &table {
        Some(table) if !context.may_hold_rows(table) => return,
        Some(table) => format!("`{table}`"),
        None => format!("the table of `{name}`"),
    };
    let what = match alter.kind {
        ObjectKind::Index => "the index",
        _ => "the table",
    };
    found.push(
        Finding::new(
            &SET_TABLESPACE_REWRITES,
            step.span,
            format!("reads and writes of {whom} wait while {what} is copied"),
        )
        .label(format!("takes ACCESS EXCLUSIVE on `{name}`"))
        .help(match alter.kind {
            ObjectKind::Index => {
                "build it anew there: `REINDEX (CONCURRENTLY, TABLESPACE …) INDEX …`"
            }
            _ => "make a new table there and copy the rows in batches",
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::SET_TABLESPACE_REWRITES;
    use crate::test_support::check;

    #[test]
    fn existing_tables_and_indexes() {
        check(
            &SET_TABLESPACE_REWRITES,
            "
    CREATE TABLE users (id bigint PRIMARY KEY);
-- file: 2_move.up.sql
    ALTER TABLE users SET TABLESPACE fast;
--                    ^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while the table is copied
    ALTER INDEX users_pkey SET TABLESPACE fast;
--                         ^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while the index is copied
    ALTER INDEX other_idx SET TABLESPACE fast;
--                        ^^^^^^^^^^^^^^^^^^^ error: reads and writes of the table of `other_idx` wait while the index is copied
",
        );
    }

    #[test]
    fn new_tables() {
        check(
            &SET_TABLESPACE_REWRITES,
            "
    CREATE TABLE teams (id bigint PRIMARY KEY);
    ALTER TABLE teams SET TABLESPACE fast;
    ALTER INDEX teams_pkey SET TABLESPACE fast;
    ALTER DATABASE app SET TABLESPACE fast;
",
        );
    }
}
