//! An index is rebuilt while writers wait.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ReindexTarget},
    declare_rule,
    lower::cursor::is_word,
    rules::own_migration,
    token::span_of,
};

declare_rule! {
    /// ## What it does
    /// Flags `REINDEX` without `CONCURRENTLY` of what this migration did not create.
    ///
    /// ## Why is this bad?
    /// The table is locked with `SHARE` while its index is built anew, so every `INSERT`, `UPDATE` and `DELETE` waits;
    /// the index itself is locked with `ACCESS EXCLUSIVE`, so every query that is planned meanwhile waits too.
    /// Everybody who comes later queues behind it, and the lock is kept until the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_reindex.up.sql
    /// REINDEX TABLE users;
    /// ```
    ///
    /// ## Safer way
    /// Rebuild concurrently, alone in a migration that runs outside a transaction, or outside of migrations altogether:
    /// it changes no schema.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_reindex.up.sql
    /// -- no-transaction
    /// REINDEX TABLE CONCURRENTLY users;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 12 and later have `CONCURRENTLY`; 14 and later also for partitioned tables.
    pub(crate) static REINDEX_NOT_CONCURRENT = {
        name: "reindex-not-concurrent",
        group: Blocking,
        summary: "`REINDEX` that blocks writes",
        level: Error,
        lock: Share,
        fix: Both,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Reindex {
        target,
        name,
        concurrently: false,
    } = &step.action
    else {
        return;
    };
    let whom = match (target, name) {
        (ReindexTarget::Table, Some(table)) if !context.may_hold_rows(table) => return,
        (ReindexTarget::Table, Some(table)) => format!("`{table}`"),
        (ReindexTarget::Index, Some(index)) => match context.catalog.index(index) {
            Some(known) if !context.may_hold_rows(&known.table.object_name()) => return,
            Some(known) => format!("`{}`", known.table.object_name()),
            None => format!("the table of `{index}`"),
        },
        (ReindexTarget::Schema, Some(schema)) => format!("each table of schema `{schema}`"),
        _ => "each table of the database".to_owned(),
    };
    let finding = Finding::new(
        &REINDEX_NOT_CONCURRENT,
        step.span,
        format!(
            "writes to {whom}, and queries that would use the index, wait until it is built anew: \
             a scan of the whole table"
        ),
    )
    .label(format!(
        "takes SHARE on {whom}, ACCESS EXCLUSIVE on the index"
    ))
    .help(format!("use `CONCURRENTLY`, {}", context.alone()));
    let keyword = context.statement(step).tokens.iter().find(|token| {
        ["index", "table", "schema", "database"]
            .iter()
            .any(|word| is_word(&token.token, word))
    });
    found.push(match keyword {
        // Postgres skips system catalogs where it rebuilds concurrently.
        Some(keyword) if *target != ReindexTarget::System => {
            own_migration::concurrently(finding, context, step, span_of(keyword).end)
        }
        _ => finding,
    });
}

#[cfg(test)]
mod tests {
    use super::REINDEX_NOT_CONCURRENT;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &REINDEX_NOT_CONCURRENT,
            "
    REINDEX TABLE users;
--  ^^^^^^^^^^^^^^^^^^^ error: writes to `users`, and queries that would use the index, wait until it is built anew: a scan of the whole table
    REINDEX INDEX users_name_idx;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to the table of `users_name_idx`, and queries that would use the index, wait until it is built anew: a scan of the whole table
",
        );
    }

    #[test]
    fn without_a_transaction_it_is_fixed() {
        check(
            &REINDEX_NOT_CONCURRENT,
            "
-- no-transaction
    REINDEX (VERBOSE) SCHEMA app;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to each table of schema `app`, and queries that would use the index, wait until it is built anew: a scan of the whole table
",
        );
    }

    #[test]
    fn concurrent_ones_and_new_tables() {
        check(
            &REINDEX_NOT_CONCURRENT,
            "
    CREATE TABLE teams (id bigint PRIMARY KEY);
    REINDEX TABLE teams;
    REINDEX INDEX teams_pkey;
-- file: 2_b.up.sql
-- no-transaction
    REINDEX TABLE CONCURRENTLY users;
",
        );
    }
}
