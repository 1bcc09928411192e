//! `rewrite-observed`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a statement that wrote every row of an existing table to a new file, where the text alone does not show it.
    ///
    /// ## Why is this bad?
    /// The table is locked in `ACCESS EXCLUSIVE` mode until the last row is copied and the last index is built: reads and writes
    /// wait.
    ///
    /// ```sql,bad
    /// DO $$ BEGIN EXECUTE format('ALTER TABLE %I ALTER age TYPE bigint', 'users'); END $$;
    /// ```
    ///
    /// ## Safer way
    /// Add a column of the new type, fill it in batches, and switch over.
    ///
    /// ```sql,good
    /// DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD exact_age bigint', 'users'); END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static REWRITE_OBSERVED = {
        name: "rewrite-observed",
        group: Observed,
        summary: "a rewrite of a table that the run saw and the text does not show",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
