//! `second-run-failed`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a migration that Postgres accepted, and refused when the same text ran again straight after.
    ///
    /// ## Why is this bad?
    /// A retried deployment or a lost ledger row runs a migration again. A migration that refuses its second run leaves
    /// the deployment stuck until somebody edits the ledger by hand.
    ///
    /// ```sql,bad
    /// ALTER TABLE users ADD COLUMN phone text;
    /// ```
    ///
    /// ## Safer way
    /// Say `IF EXISTS`, `IF NOT EXISTS` or `OR REPLACE`; where Postgres has no such clause, ask the catalog in a `DO` block or
    /// catch the error there.
    ///
    /// ```sql,good
    /// ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static SECOND_RUN_FAILED = {
        name: "second-run-failed",
        group: Observed,
        summary: "a second run that Postgres refuses",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
