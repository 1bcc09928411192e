//! One file a subcommand.

pub(crate) mod config;
pub(crate) mod explain;
pub(crate) mod lint;
pub(crate) mod rules;
