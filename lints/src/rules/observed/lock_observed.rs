//! `lock-observed`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a statement that took a `SHARE` lock or a stronger one on a table that was there before, while no `lock_timeout`
    /// was set, where the text alone does not show it: in dynamic SQL, or in a function that the migration calls.
    ///
    /// ## Why is this bad?
    /// While the statement waits for its lock, every later query on the table waits behind it.
    ///
    /// ```sql,bad
    /// DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN born date', 'users'); END $$;
    /// ```
    ///
    /// ## Safer way
    /// Limit the wait, and try again later.
    ///
    /// ```sql,good
    /// SET LOCAL lock_timeout = '5s';
    /// DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN born date', 'users'); END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static LOCK_OBSERVED = {
        name: "lock-observed",
        group: Observed,
        summary: "a strong lock that the run saw and the text does not show",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
