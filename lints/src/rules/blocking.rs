//! Who waits, and how long?

pub(super) mod check_validates;
pub(super) mod create_index_not_concurrent;
pub(super) mod domain_validates;
pub(super) mod drop_index_not_concurrent;
pub(super) mod exclusion_builds_index;
pub(super) mod foreign_key_validates;
pub(super) mod not_null_scans;
pub(super) mod primary_key_builds_index;
pub(super) mod unique_builds_index;
