//! Decided by running, not by reading: the harness finds these, and they are here so that levels, suppressions and
//! `explain` know them.

mod fails_with_data;
mod lock_observed;
mod rewrite_observed;
mod scan_observed;
mod schema_nondeterministic;
mod second_run_changed_data;
mod second_run_changed_schema;
mod second_run_failed;
mod snapshot_stale;
mod statement_refused;

pub use fails_with_data::FAILS_WITH_DATA;
pub use lock_observed::LOCK_OBSERVED;
pub use rewrite_observed::REWRITE_OBSERVED;
pub use scan_observed::SCAN_OBSERVED;
pub use schema_nondeterministic::SCHEMA_NONDETERMINISTIC;
pub use second_run_changed_data::SECOND_RUN_CHANGED_DATA;
pub use second_run_changed_schema::SECOND_RUN_CHANGED_SCHEMA;
pub use second_run_failed::SECOND_RUN_FAILED;
pub use snapshot_stale::SNAPSHOT_STALE;
pub use statement_refused::STATEMENT_REFUSED;

/// What the run says of a statement that Postgres refuses.
pub const REFUSED: [&str; 2] = ["fails-with-data", "statement-refused"];

/// What the run says of a statement that cannot run twice.
pub const SECOND_RUN: [&str; 3] = [
    "second-run-changed-data",
    "second-run-changed-schema",
    "second-run-failed",
];
