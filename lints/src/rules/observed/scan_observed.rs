//! `scan-observed`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a statement that read an existing table from end to end while it held a lock that makes others wait, where the
    /// text alone does not show it.
    ///
    /// ## Why is this bad?
    /// The lock is held for as long as the scan takes, which grows with the table.
    ///
    /// ```sql,bad
    /// DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD CHECK (age > 0)', 'users'); END $$;
    /// ```
    ///
    /// ## Safer way
    /// Add the constraint as `NOT VALID`, and validate it in a later migration under a weaker lock.
    ///
    /// ```sql,good
    /// DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD CHECK (age > 0) NOT VALID', 'users'); END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static SCAN_OBSERVED = {
        name: "scan-observed",
        group: Observed,
        summary: "a scan under a strong lock that the run saw and the text does not show",
        level: Warning,
        since: "0.1.0",
        check: Check::Observed,
    }
}
