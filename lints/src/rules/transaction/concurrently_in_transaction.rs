//! A statement that refuses a transaction block stands in one.

use crate::{
    Check, Context, Finding, Step,
    action::Action,
    declare_rule,
    rules::{own_migration, transaction::refusal::refuses_transaction},
};

declare_rule! {
    /// ## What it does
    /// Flags a statement that Postgres refuses inside a transaction block (`CONCURRENTLY` on an index or a partition,
    /// `VACUUM`, `CREATE` and `DROP DATABASE` or `TABLESPACE`, `ALTER SYSTEM`, `REINDEX SCHEMA` and more) in a migration
    /// that sqlx wraps in a transaction, behind a `BEGIN`, or in a `DO` block.
    ///
    /// ## Why is this bad?
    /// The migration fails each time it runs, with "cannot run inside a transaction block".
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_index.up.sql
    /// CREATE INDEX CONCURRENTLY IF NOT EXISTS users_name_idx ON users (name);
    /// ```
    ///
    /// ## Safer way
    /// Put the statement alone in a migration whose first line is `-- no-transaction`.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_index.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY IF NOT EXISTS users_name_idx ON users (name);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. `REFRESH MATERIALIZED VIEW CONCURRENTLY` and, since 12, `ALTER TYPE … ADD VALUE` are allowed in a transaction.
    pub(crate) static CONCURRENTLY_IN_TRANSACTION = {
        name: "concurrently-in-transaction",
        group: Transaction,
        summary: "a statement that refuses a transaction stands in one",
        level: Error,
        refused: ["25001"],
        fix: Both,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    // No migration of its own would help.
    if let Action::CreateIndex(create) = &step.action
        && context.catalog.is_partitioned(&create.table)
    {
        return;
    }
    let Some(statement) = refuses_transaction(&step.action, context.catalog) else {
        return;
    };
    let place = if context.in_do_block(step) {
        "a `DO` block"
    } else if context.catalog.session.in_transaction {
        "the transaction that this file begins"
    } else if context.in_transaction() {
        "the transaction that wraps this migration"
    } else {
        return;
    };
    let finding = Finding::new(
        &CONCURRENTLY_IN_TRANSACTION,
        step.span,
        format!("the migration fails: Postgres refuses `{statement}` in {place}"),
    )
    .label("cannot run inside a transaction block")
    .help(format!("put it {}", context.alone()));
    found.push(if context.catalog.session.in_transaction {
        finding
    } else {
        own_migration::any(finding, context, step)
    });
}

#[cfg(test)]
mod tests {
    use super::CONCURRENTLY_IN_TRANSACTION;
    use crate::test_support::check;

    #[test]
    fn wrapped_by_the_runner() {
        check(
            &CONCURRENTLY_IN_TRANSACTION,
            "
    CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON t (a);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `CREATE INDEX CONCURRENTLY` in the transaction that wraps this migration
    DROP INDEX CONCURRENTLY IF EXISTS a;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `DROP INDEX CONCURRENTLY` in the transaction that wraps this migration
    VACUUM t;
--  ^^^^^^^^ error: the migration fails: Postgres refuses `VACUUM` in the transaction that wraps this migration
    ALTER DATABASE app SET TABLESPACE fast;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `ALTER DATABASE SET TABLESPACE` in the transaction that wraps this migration
    REINDEX SCHEMA app;
--  ^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `REINDEX SCHEMA` in the transaction that wraps this migration
",
        );
    }

    #[test]
    fn alone_in_its_file() {
        check(
            &CONCURRENTLY_IN_TRANSACTION,
            "
    DROP INDEX CONCURRENTLY IF EXISTS a;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `DROP INDEX CONCURRENTLY` in the transaction that wraps this migration
",
        );
    }

    #[test]
    fn begun_by_the_file_or_in_a_block() {
        check(
            &CONCURRENTLY_IN_TRANSACTION,
            "
-- no-transaction
    BEGIN;
    ALTER SYSTEM SET work_mem = '1GB';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `ALTER SYSTEM` in the transaction that this file begins
    COMMIT;
    DO $$ BEGIN
        VACUUM t;
--      ^^^^^^^^ error: the migration fails: Postgres refuses `VACUUM` in a `DO` block
    END $$;
",
        );
    }

    #[test]
    fn statements_that_a_transaction_may_hold() {
        check(
            &CONCURRENTLY_IN_TRANSACTION,
            "
    REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
    ALTER TYPE mood ADD VALUE 'fine';
    REINDEX TABLE t;
    CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false);
-- file: 2_partitioned.up.sql
    CREATE TABLE p (a int) PARTITION BY LIST (a);
    CREATE INDEX CONCURRENTLY p_a_idx ON p (a);
",
        );
    }
}
