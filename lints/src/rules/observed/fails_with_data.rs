//! `fails-with-data`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a statement that Postgres accepts on empty tables and refuses once the tables have rows: nulls where it
    /// demands values, duplicates under a unique key, references to nothing, values out of range.
    ///
    /// ## Why is this bad?
    /// Development and test databases are empty or small, so the migration passes there and fails in production, in the
    /// middle of a deployment.
    ///
    /// ```sql,bad
    /// ALTER TABLE accounts ADD COLUMN plan_id bigint NOT NULL;
    /// ```
    ///
    /// ## Safer way
    /// Add the column nullable or with a default, fill it, and demand it afterwards.
    ///
    /// ```sql,good
    /// ALTER TABLE accounts ADD COLUMN IF NOT EXISTS plan_id bigint;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static FAILS_WITH_DATA = {
        name: "fails-with-data",
        group: Observed,
        summary: "a migration that applies to empty tables and fails on rows",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
