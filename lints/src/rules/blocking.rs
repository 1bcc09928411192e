//! Who waits, and how long?

pub(super) mod check_validates;
pub(super) mod column_type_rewrites;
pub(super) mod create_index_not_concurrent;
pub(super) mod domain_column_rewrites;
pub(super) mod domain_validates;
pub(super) mod drop_index_not_concurrent;
pub(super) mod exclusion_builds_index;
pub(super) mod foreign_key_validates;
pub(super) mod identity_rewrites;
pub(super) mod lock_timeout_missing;
pub(super) mod not_null_scans;
pub(super) mod primary_key_builds_index;
pub(super) mod stored_column_rewrites;
pub(super) mod unique_builds_index;
pub(super) mod volatile_default_rewrites;
mod volatility;
