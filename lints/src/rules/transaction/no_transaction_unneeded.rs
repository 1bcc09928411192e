//! A file gives up its transaction and has no need to.

use crate::{
    Check, Context, Finding, TransactionMode, declare_rule, layout::sqlx::NO_TRANSACTION,
    rules::transaction::refusal::needs_no_transaction, source::Span,
};

declare_rule! {
    /// ## What it does
    /// Flags `-- no-transaction` on a migration of which every statement may run in a transaction.
    ///
    /// ## Why is this bad?
    /// The changes and their row in `_sqlx_migrations` are no longer one: when the connection breaks between them, the
    /// schema is new and the ledger says that it is not, and the next deployment runs the migration again.
    ///
    /// ```sql,bad
    /// -- no-transaction
    /// CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Remove the line.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static NO_TRANSACTION_UNNEEDED = {
        name: "no-transaction-unneeded",
        group: Transaction,
        summary: "nothing in the file needs to run without a transaction",
        level: Warning,
        fix: Safely,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let migration = context.migration;
    // Other runners send a file as it is without being told.
    let told = migration.up.text().starts_with(NO_TRANSACTION);
    if migration.mode != TransactionMode::Unwrapped || !told || migration.steps.is_empty() {
        return;
    }
    let needs = |step| needs_no_transaction(step, context.catalog);
    if migration.steps.iter().any(needs) {
        return;
    }
    let line = migration.up.line(1);
    let text = migration.up.text();
    let mut finding = Finding::new(
        &NO_TRANSACTION_UNNEEDED,
        line,
        "a failure leaves the changes without their row in the ledger, and nothing here needs that",
    )
    .label("every statement may run in a transaction")
    .help("remove the line");
    if migration.up.slice(line).trim_end() == NO_TRANSACTION {
        let rest = &text[line.end..];
        let line_break = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        finding = finding.replace(Span::new(0, line.end + line_break), "");
    }
    found.push(finding);
}

#[cfg(test)]
mod tests {
    use super::NO_TRANSACTION_UNNEEDED;
    use crate::test_support::check;

    #[test]
    fn statements_that_may_share_a_transaction() {
        check(
            &NO_TRANSACTION_UNNEEDED,
            "
-- no-transaction
--^^^^^^^^^^^^^^^^^ warning: a failure leaves the changes without their row in the ledger, and nothing here needs that
    DROP VIEW IF EXISTS v;
    ALTER TYPE mood ADD VALUE 'fine';
",
        );
    }

    #[test]
    fn files_that_need_it() {
        check(
            &NO_TRANSACTION_UNNEEDED,
            "
-- no-transaction
    DROP INDEX CONCURRENTLY IF EXISTS a;
-- file: 2_b.up.sql
-- no-transaction
    BEGIN;
    COMMIT;
",
        );
    }
}
