//! A transaction that a file begins is still open at its end.

use crate::{
    Check, Context, Finding, TransactionMode,
    action::{Action, Transaction},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags a `BEGIN` without `COMMIT` in a `-- no-transaction` migration.
    ///
    /// ## Why is this bad?
    /// What follows on the same connection (the ledger row, the next migration) becomes part of the transaction. When the
    /// connection closes, all of it is rolled back without an error.
    ///
    /// ```sql,bad
    /// -- no-transaction
    /// BEGIN;
    /// CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Leave out both the `BEGIN` and `-- no-transaction`: sqlx wraps the file. Or commit.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UNCOMMITTED_TRANSACTION = {
        name: "uncommitted-transaction",
        group: Transaction,
        summary: "a transaction is open at the end of the file",
        level: Error,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let migration = context.migration;
    if migration.mode == TransactionMode::Wrapped || !context.catalog.session.in_transaction {
        return;
    }
    let begin = |action: &Action| matches!(action, Action::Transaction(Transaction::Begin));
    let Some(step) = migration.steps.iter().rfind(|step| begin(&step.action)) else {
        return;
    };
    found.push(
        Finding::new(
            &UNCOMMITTED_TRANSACTION,
            step.span,
            "nothing commits this transaction: what it did is lost when the connection closes",
        )
        .label("still open at the end of the file")
        .help("end the file with `COMMIT`"),
    );
}

#[cfg(test)]
mod tests {
    use super::UNCOMMITTED_TRANSACTION;
    use crate::test_support::check;

    #[test]
    fn left_open() {
        check(
            &UNCOMMITTED_TRANSACTION,
            "
-- no-transaction
    BEGIN;
    COMMIT;
    BEGIN;
--  ^^^^^ error: nothing commits this transaction: what it did is lost when the connection closes
    SAVEPOINT a;
    RELEASE a;
",
        );
    }

    #[test]
    fn committed_or_rolled_back() {
        check(
            &UNCOMMITTED_TRANSACTION,
            "
-- no-transaction
    BEGIN;
    END;
    BEGIN;
    ROLLBACK;
",
        );
    }
}
