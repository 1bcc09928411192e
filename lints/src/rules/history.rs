//! Is this a file that may change, and one that the runner takes?

pub(crate) mod empty_migration;
pub(crate) mod file_ignored;
pub(crate) mod line_endings;
pub(crate) mod several_changes;
pub(crate) mod version_gap;
