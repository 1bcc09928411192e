//! A migration that the runner wraps controls the transaction itself.

use crate::{
    Check, Context, Finding, Step, TransactionMode,
    action::{Action, Transaction},
    declare_rule,
    layout::Layout,
    split::{with_blank_lines, with_semicolon},
};

declare_rule! {
    /// ## What it does
    /// Flags `BEGIN`, `COMMIT`, `ROLLBACK` and `PREPARE TRANSACTION` in a migration that sqlx wraps in a transaction.
    ///
    /// ## Why is this bad?
    /// sqlx has begun a transaction already: `BEGIN` is a warning, and `COMMIT` ends sqlx's own. Whatever follows, and the
    /// row in `_sqlx_migrations`, is then outside of it. A failure in between leaves the changes without their ledger
    /// row, and the next deployment runs the migration again.
    ///
    /// ```sql,bad
    /// BEGIN;
    /// CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
    /// COMMIT;
    /// ```
    ///
    /// ## Safer way
    /// Leave the transaction to sqlx. To commit in between, split the migration.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static BEGIN_IN_MIGRATION = {
        name: "begin-in-migration",
        group: Transaction,
        summary: "a wrapped migration begins or ends a transaction",
        level: Error,
        fix: Both,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let migration = context.migration;
    if migration.mode != TransactionMode::Wrapped {
        return;
    }
    let commands: Vec<(&Step, &Transaction)> = migration
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Transaction(command) if controls(command) => Some((step, command)),
            _ => None,
        })
        .collect();
    let Some((first, _)) = commands.first() else {
        return;
    };
    let ends = commands
        .iter()
        .find(|(_, command)| **command != Transaction::Begin);
    let message = match ends {
        Some((step, _)) => format!(
            "`{}` ends the transaction that wraps this migration, before its row in the ledger is written",
            migration.up.slice(step.span)
        ),
        None => "`BEGIN` does nothing here but warn: a transaction is open already".to_owned(),
    };
    let runner = context.layout().unwrap_or(Layout::Sqlx);
    let mut finding = Finding::new(&BEGIN_IN_MIGRATION, first.span, message)
        .label(format!("{runner} begins and commits around the file"))
        .help(format!(
            "leave the transaction to {runner}, and split the migration where it has to commit"
        ));
    // The whole file stands between one BEGIN and one COMMIT: without them it does the same.
    let last = migration.statements.len().saturating_sub(1);
    if let [(begin, Transaction::Begin), (commit, Transaction::Commit)] = commands.as_slice()
        && begin.statement == 0
        && commit.statement == last
    {
        for step in [begin, commit] {
            let text = migration.up.text();
            let line = with_blank_lines(text, with_semicolon(text, step.span));
            finding = finding.replace(line, "");
        }
        if context.set.layout != Some(Layout::Sqlx) {
            finding =
                finding.unsafe_fix("whatever runs the file has to begin and commit around it");
        }
    }
    found.push(finding);
}

/// Savepoints stay inside the runner's transaction.
fn controls(command: &Transaction) -> bool {
    matches!(
        command,
        Transaction::Begin | Transaction::Commit | Transaction::Rollback | Transaction::Prepared
    )
}

#[cfg(test)]
mod tests {
    use super::BEGIN_IN_MIGRATION;
    use crate::test_support::check;

    #[test]
    fn around_the_file() {
        check(
            &BEGIN_IN_MIGRATION,
            "
    BEGIN;
--  ^^^^^ error: `COMMIT` ends the transaction that wraps this migration, before its row in the ledger is written
    DROP VIEW IF EXISTS v;
    COMMIT;
",
        );
    }

    #[test]
    fn in_the_middle() {
        check(
            &BEGIN_IN_MIGRATION,
            "
    DROP VIEW IF EXISTS v;
    ROLLBACK;
--  ^^^^^^^^ error: `ROLLBACK` ends the transaction that wraps this migration, before its row in the ledger is written
-- file: 2_b.up.sql
    START TRANSACTION;
--  ^^^^^^^^^^^^^^^^^ error: `BEGIN` does nothing here but warn: a transaction is open already
",
        );
    }

    #[test]
    fn savepoints_and_files_without_a_transaction() {
        check(
            &BEGIN_IN_MIGRATION,
            "
    SAVEPOINT a;
    ROLLBACK TO SAVEPOINT a;
-- file: 2_b.up.sql
-- no-transaction
    BEGIN;
    COMMIT;
",
        );
    }
}
