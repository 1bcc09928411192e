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
    &rerun::add_column_not_rerunnable::ADD_COLUMN_NOT_RERUNNABLE,
    &rerun::add_constraint_not_rerunnable::ADD_CONSTRAINT_NOT_RERUNNABLE,
    &rerun::create_not_rerunnable::CREATE_NOT_RERUNNABLE,
    &rerun::drop_column_not_rerunnable::DROP_COLUMN_NOT_RERUNNABLE,
    &rerun::drop_not_rerunnable::DROP_NOT_RERUNNABLE,
    &rerun::enum_value_not_rerunnable::ENUM_VALUE_NOT_RERUNNABLE,
    &rerun::insert_not_rerunnable::INSERT_NOT_RERUNNABLE,
    &rerun::invalid_index_adopted::INVALID_INDEX_ADOPTED,
    &rerun::partition_not_rerunnable::PARTITION_NOT_RERUNNABLE,
    &rerun::rename_not_rerunnable::RENAME_NOT_RERUNNABLE,
    &rerun::unnamed_constraint::UNNAMED_CONSTRAINT,
    &rerun::unnamed_index::UNNAMED_INDEX,
    &rerun::update_not_rerunnable::UPDATE_NOT_RERUNNABLE,
    // Destructive
    // Blocking
    // Transaction
    // History
    &history::empty_migration::EMPTY_MIGRATION,
    &history::file_ignored::FILE_IGNORED,
    &history::line_endings::LINE_ENDINGS,
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
