//! A file without a transaction holds more than the statement that needs none.

use crate::{
    Check, Context, Finding, Step, TransactionMode, declare_rule,
    rules::{own_migration, transaction::refusal::refuses_transaction},
};

declare_rule! {
    /// ## What it does
    /// Flags a statement that refuses a transaction block in a `-- no-transaction` migration with other statements.
    ///
    /// ## Why is this bad?
    /// sqlx sends the file as one query, and Postgres puts an implicit transaction around the statements of one query:
    /// the migration fails each time, with "cannot run inside a transaction block". A `SET` before it is enough.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_index.up.sql
    /// -- no-transaction
    /// DROP INDEX IF EXISTS users_name_idx;
    /// CREATE INDEX CONCURRENTLY users_name_idx ON users (name);
    /// ```
    ///
    /// ## Safer way
    /// One statement a file.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_drop.up.sql
    /// -- no-transaction
    /// DROP INDEX CONCURRENTLY IF EXISTS users_name_idx;
    /// -- file: 3_create.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY users_name_idx ON users (name);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static NO_TRANSACTION_SHARED = {
        name: "no-transaction-shared",
        group: Transaction,
        summary: "a file without a transaction holds more than one statement",
        level: Error,
        refused: ["25001"],
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let migration = context.migration;
    if migration.mode != TransactionMode::Unwrapped || migration.statements.len() < 2 {
        return;
    }
    // A block that the file opens itself is the other rule's.
    if context.in_transaction() || context.in_do_block(step) {
        return;
    }
    let Some(statement) = refuses_transaction(&step.action, context.catalog) else {
        return;
    };
    let finding = Finding::new(
        &NO_TRANSACTION_SHARED,
        step.span,
        format!(
            "the migration fails: Postgres runs the {} statements of this file as one \
             transaction, which `{statement}` refuses",
            migration.statements.len()
        ),
    )
    .label("cannot run inside a transaction block")
    .help(format!("put each such statement {}", context.alone()));
    found.push(own_migration::any(finding, context, step));
}

#[cfg(test)]
mod tests {
    use super::NO_TRANSACTION_SHARED;
    use crate::test_support::check;

    #[test]
    fn two_statements() {
        check(
            &NO_TRANSACTION_SHARED,
            "
-- no-transaction
    SET lock_timeout = '5s';
    DROP INDEX CONCURRENTLY IF EXISTS a;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres runs the 2 statements of this file as one transaction, which `DROP INDEX CONCURRENTLY` refuses
",
        );
    }

    #[test]
    fn one_statement_and_statements_that_may_share() {
        check(
            &NO_TRANSACTION_SHARED,
            "
-- no-transaction
    VACUUM t;
-- file: 2_b.up.sql
-- no-transaction
    SET lock_timeout = '5s';
    ALTER TYPE mood ADD VALUE 'fine';
",
        );
    }
}
