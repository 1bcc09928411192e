//! `snapshot-stale`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports that the schema after the last migration differs from the committed snapshot.
    ///
    /// ## Why is this bad?
    /// The snapshot is what reviewers read to see what a migration does to the schema. A stale one hides it.
    ///
    /// ```sql,bad
    /// ALTER TABLE users ADD COLUMN IF NOT EXISTS email text;
    /// ```
    ///
    /// ## Safer way
    /// Read the difference, and accept it in the same commit as the migration.
    ///
    /// ```sql,good
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The spelling of some definitions differs between major versions, so keep to one for the snapshot.
    pub static SNAPSHOT_STALE = {
        name: "snapshot-stale",
        group: Observed,
        summary: "a committed schema snapshot that is not what the migrations make",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
