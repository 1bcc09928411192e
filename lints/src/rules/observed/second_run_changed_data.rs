//! `second-run-changed-data`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a migration whose second run succeeds and leaves other rows than its first.
    ///
    /// ## Why is this bad?
    /// A retried deployment or a lost ledger row runs a migration again. Rows are then added twice, sums are counted
    /// twice, and nothing says so.
    ///
    /// ```sql,bad
    /// UPDATE accounts SET balance = balance * 100;
    /// ```
    ///
    /// ## Safer way
    /// Change only rows that are not changed yet, and say which those are.
    ///
    /// ```sql,good
    /// UPDATE accounts SET balance_cents = balance * 100 WHERE balance_cents IS NULL;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static SECOND_RUN_CHANGED_DATA = {
        name: "second-run-changed-data",
        group: Observed,
        summary: "a second run that changes rows again",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
