//! All rules: one file each, in a folder for each group.

mod blocking;
mod destructive;
mod history;
pub(crate) mod hygiene;
pub mod observed;
mod rerun;
mod transaction;

use crate::rule::Rule;

/// All rules, ordered by group and name.
pub const RULES: &[&Rule] = &[
    // Rerun
    // Destructive
    // Blocking
    // Transaction
    // History
    // Hygiene
    &hygiene::dynamic_sql::DYNAMIC_SQL,
    &hygiene::psql_meta_command::PSQL_META_COMMAND,
    &hygiene::statement_not_understood::STATEMENT_NOT_UNDERSTOOD,
    &hygiene::suppression_unknown::SUPPRESSION_UNKNOWN,
    &hygiene::suppression_unused::SUPPRESSION_UNUSED,
    &hygiene::suppression_without_reason::SUPPRESSION_WITHOUT_REASON,
    &hygiene::template_placeholder::TEMPLATE_PLACEHOLDER,
    // Observed
    &observed::FAILS_WITH_DATA,
    &observed::SCHEMA_NONDETERMINISTIC,
    &observed::SECOND_RUN_CHANGED_DATA,
    &observed::SECOND_RUN_CHANGED_SCHEMA,
    &observed::SECOND_RUN_FAILED,
    &observed::SNAPSHOT_STALE,
    &observed::STATEMENT_REFUSED,
];

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests;
