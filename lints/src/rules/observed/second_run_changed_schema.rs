//! `second-run-changed-schema`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a migration whose second run succeeds and leaves another schema than its first.
    ///
    /// ## Why is this bad?
    /// A retried deployment or a lost ledger row runs a migration again. Unnamed indexes and constraints then get a twin
    /// that costs every write and that nobody asked for.
    ///
    /// ```sql,bad
    /// CREATE INDEX ON users (email);
    /// ```
    ///
    /// ## Safer way
    /// Name what you create, and say `IF NOT EXISTS`.
    ///
    /// ```sql,good
    /// CREATE INDEX IF NOT EXISTS users_email_idx ON users (email);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static SECOND_RUN_CHANGED_SCHEMA = {
        name: "second-run-changed-schema",
        group: Observed,
        summary: "a second run that changes the schema again",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
