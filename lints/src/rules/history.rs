//! Is this a file that may change, and one that the runner takes?

pub(super) mod version_gap;
