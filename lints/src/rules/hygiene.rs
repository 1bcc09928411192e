//! Can the tool see everything?

pub(crate) mod dynamic_sql;
pub(crate) mod psql_meta_command;
pub(crate) mod statement_not_understood;
pub(crate) mod suppression_unknown;
pub(crate) mod suppression_unused;
pub(crate) mod suppression_without_reason;
pub(crate) mod template_placeholder;
