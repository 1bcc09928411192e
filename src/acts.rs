//! The acts of a rehearsal: what is done to the migrations, one file each.

pub(crate) mod apply;
pub(crate) mod data;
pub(crate) mod second_run;
pub(crate) mod trace;

use std::fmt;

/// What a rehearsal does beyond the usual.
#[derive(Clone, Debug)]
pub struct RehearsalOptions {
    /// Migrations up to and including this version are applied, but not tried a second time.
    pub baseline: Option<i64>,
    /// How many rows are generated for each table that the migrations leave empty; 0 for none.
    pub rows: u32,
}

impl Default for RehearsalOptions {
    fn default() -> Self {
        Self {
            baseline: None,
            rows: 10,
        }
    }
}

/// What one act did with one migration.
#[derive(Clone, Debug, PartialEq)]
pub struct ActResult {
    /// The act, in kebab case: `apply`, `second-run`.
    pub act: &'static str,
    /// The path of the migration's way up.
    pub migration: String,
    /// How it ended.
    pub result: ActOutcome,
    /// How long it took.
    pub seconds: f64,
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActOutcome {
    /// It was applied.
    Applied,
    /// A second run succeeded and changed nothing.
    Same,
    /// A second run succeeded and left another schema.
    ChangedSchema,
    /// A second run succeeded and left other rows.
    ChangedData,
    /// Postgres refused a statement.
    Failed,
    /// It was not tried, because the migration before it failed.
    Skipped,
}

impl fmt::Display for ActOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Same => "same",
            Self::ChangedSchema => "changed-schema",
            Self::ChangedData => "changed-data",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}
