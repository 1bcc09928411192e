//! Does it run the way the author thinks?

pub(super) mod begin_in_migration;
pub(super) mod concurrently_in_transaction;
pub(super) mod enum_value_used_same_transaction;
pub(super) mod no_transaction_ignored;
pub(super) mod no_transaction_shared;
pub(super) mod no_transaction_unneeded;
pub(super) mod refusal;
pub(super) mod session_setting_leaks;
pub(super) mod uncommitted_transaction;
