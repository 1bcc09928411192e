//! `statement-refused`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a statement that Postgres refused when the migration ran, with its error code, its message and the place it
    /// points to.
    ///
    /// ## Why is this bad?
    /// The migration cannot be deployed.
    ///
    /// ```sql,bad
    /// ALTER TABLE users ADD COLUMN created_at timestampz;
    /// ```
    ///
    /// ## Safer way
    /// Do what the message says. An extension or a role that is missing on the rehearsal's server is named in it.
    ///
    /// ```sql,good
    /// ALTER TABLE users ADD COLUMN IF NOT EXISTS created_at timestamptz;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static STATEMENT_REFUSED = {
        name: "statement-refused",
        group: Observed,
        summary: "a statement that Postgres refuses",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
