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
    &destructive::attribute_dropped::ATTRIBUTE_DROPPED,
    &destructive::column_type_narrowed::COLUMN_TYPE_NARROWED,
    &destructive::delete_without_where::DELETE_WITHOUT_WHERE,
    &destructive::drop_cascade::DROP_CASCADE,
    &destructive::drop_column::DROP_COLUMN,
    &destructive::drop_constraint::DROP_CONSTRAINT,
    &destructive::drop_database::DROP_DATABASE,
    &destructive::drop_default::DROP_DEFAULT,
    &destructive::drop_domain::DROP_DOMAIN,
    &destructive::drop_expression::DROP_EXPRESSION,
    &destructive::drop_extension::DROP_EXTENSION,
    &destructive::drop_function::DROP_FUNCTION,
    &destructive::drop_identity::DROP_IDENTITY,
    &destructive::drop_index::DROP_INDEX,
    &destructive::drop_materialized_view::DROP_MATERIALIZED_VIEW,
    &destructive::drop_not_null::DROP_NOT_NULL,
    &destructive::drop_owned::DROP_OWNED,
    &destructive::drop_policy::DROP_POLICY,
    &destructive::drop_publication::DROP_PUBLICATION,
    &destructive::drop_rule::DROP_RULE,
    &destructive::drop_schema::DROP_SCHEMA,
    &destructive::drop_sequence::DROP_SEQUENCE,
    &destructive::drop_statistics::DROP_STATISTICS,
    &destructive::drop_table::DROP_TABLE,
    &destructive::drop_tablespace::DROP_TABLESPACE,
    &destructive::drop_trigger::DROP_TRIGGER,
    &destructive::drop_type::DROP_TYPE,
    &destructive::drop_view::DROP_VIEW,
    &destructive::enum_value_rename::ENUM_VALUE_RENAME,
    &destructive::truncate_table::TRUNCATE_TABLE,
    &destructive::update_without_where::UPDATE_WITHOUT_WHERE,
    // Blocking
    &blocking::access_method_rewrites::ACCESS_METHOD_REWRITES,
    &blocking::attach_partition_scans::ATTACH_PARTITION_SCANS,
    &blocking::backfill_with_ddl::BACKFILL_WITH_DDL,
    &blocking::check_validates::CHECK_VALIDATES,
    &blocking::cluster_table::CLUSTER_TABLE,
    &blocking::column_type_rewrites::COLUMN_TYPE_REWRITES,
    &blocking::create_index_not_concurrent::CREATE_INDEX_NOT_CONCURRENT,
    &blocking::detach_not_concurrent::DETACH_NOT_CONCURRENT,
    &blocking::domain_column_rewrites::DOMAIN_COLUMN_REWRITES,
    &blocking::domain_validates::DOMAIN_VALIDATES,
    &blocking::drop_index_not_concurrent::DROP_INDEX_NOT_CONCURRENT,
    &blocking::exclusion_builds_index::EXCLUSION_BUILDS_INDEX,
    &blocking::foreign_key_validates::FOREIGN_KEY_VALIDATES,
    &blocking::foreign_key_without_index::FOREIGN_KEY_WITHOUT_INDEX,
    &blocking::identity_rewrites::IDENTITY_REWRITES,
    &blocking::lock_timeout_missing::LOCK_TIMEOUT_MISSING,
    &blocking::lock_window::LOCK_WINDOW,
    &blocking::not_null_scans::NOT_NULL_SCANS,
    &blocking::policy_locks::POLICY_LOCKS,
    &blocking::primary_key_builds_index::PRIMARY_KEY_BUILDS_INDEX,
    &blocking::primary_key_nullable_columns::PRIMARY_KEY_NULLABLE_COLUMNS,
    &blocking::refresh_not_concurrent::REFRESH_NOT_CONCURRENT,
    &blocking::reindex_not_concurrent::REINDEX_NOT_CONCURRENT,
    &blocking::rule_locks::RULE_LOCKS,
    &blocking::set_logged_rewrites::SET_LOGGED_REWRITES,
    &blocking::several_tables_locked::SEVERAL_TABLES_LOCKED,
    &blocking::stored_column_rewrites::STORED_COLUMN_REWRITES,
    &blocking::trigger_locks::TRIGGER_LOCKS,
    &blocking::unique_builds_index::UNIQUE_BUILDS_INDEX,
    &blocking::vacuum_full::VACUUM_FULL,
    &blocking::validate_in_same_transaction::VALIDATE_IN_SAME_TRANSACTION,
    &blocking::volatile_default_rewrites::VOLATILE_DEFAULT_REWRITES,
    // Transaction
    &transaction::begin_in_migration::BEGIN_IN_MIGRATION,
    &transaction::concurrently_in_transaction::CONCURRENTLY_IN_TRANSACTION,
    &transaction::enum_value_used_same_transaction::ENUM_VALUE_USED_SAME_TRANSACTION,
    &transaction::no_transaction_ignored::NO_TRANSACTION_IGNORED,
    &transaction::no_transaction_shared::NO_TRANSACTION_SHARED,
    &transaction::no_transaction_unneeded::NO_TRANSACTION_UNNEEDED,
    &transaction::session_setting_leaks::SESSION_SETTING_LEAKS,
    &transaction::uncommitted_transaction::UNCOMMITTED_TRANSACTION,
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
    &observed::LOCK_OBSERVED,
    &observed::REWRITE_OBSERVED,
    &observed::SCAN_OBSERVED,
    &observed::SCHEMA_NONDETERMINISTIC,
    &observed::SECOND_RUN_CHANGED_DATA,
    &observed::SECOND_RUN_CHANGED_SCHEMA,
    &observed::SECOND_RUN_FAILED,
    &observed::SNAPSHOT_STALE,
    &observed::STATEMENT_REFUSED,
];

/// The rule's page in Markdown, ending in a line break.
pub fn page(rule: &Rule) -> String {
    // Each line of a doc comment begins with the space behind `///`.
    rule.docs
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests;
