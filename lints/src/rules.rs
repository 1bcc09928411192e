//! All rules: one file each, in a folder for each group.

mod blocking;
mod compatibility;
mod destructive;
mod history;
pub(crate) mod hygiene;
pub mod observed;
mod own_migration;
mod rerun;
mod schema;
mod security;
mod transaction;

use crate::rule::Rule;

/// All rules, ordered by group and name.
pub const RULES: &[&Rule] = &[
    // Rerun
    &rerun::add_column_not_rerunnable::ADD_COLUMN_NOT_RERUNNABLE,
    &rerun::add_constraint_not_rerunnable::ADD_CONSTRAINT_NOT_RERUNNABLE,
    &rerun::alter_not_rerunnable::ALTER_NOT_RERUNNABLE,
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
    // Compatibility
    &compatibility::add_column_required::ADD_COLUMN_REQUIRED,
    &compatibility::disable_trigger::DISABLE_TRIGGER,
    &compatibility::drop_policy_last::DROP_POLICY_LAST,
    &compatibility::enable_row_level_security::ENABLE_ROW_LEVEL_SECURITY,
    &compatibility::missing_down::MISSING_DOWN,
    &compatibility::new_write_restriction::NEW_WRITE_RESTRICTION,
    &compatibility::rename_column::RENAME_COLUMN,
    &compatibility::rename_object::RENAME_OBJECT,
    &compatibility::rename_table::RENAME_TABLE,
    &compatibility::replace_function_signature::REPLACE_FUNCTION_SIGNATURE,
    &compatibility::replace_view_columns::REPLACE_VIEW_COLUMNS,
    &compatibility::replica_identity::REPLICA_IDENTITY,
    &compatibility::revoke_privilege::REVOKE_PRIVILEGE,
    &compatibility::set_schema::SET_SCHEMA,
    // Blocking
    &blocking::access_method_rewrites::ACCESS_METHOD_REWRITES,
    &blocking::alter_table_split::ALTER_TABLE_SPLIT,
    &blocking::attach_partition_scans::ATTACH_PARTITION_SCANS,
    &blocking::backfill_unbatched::BACKFILL_UNBATCHED,
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
    &blocking::set_tablespace_rewrites::SET_TABLESPACE_REWRITES,
    &blocking::several_tables_locked::SEVERAL_TABLES_LOCKED,
    &blocking::statement_timeout_missing::STATEMENT_TIMEOUT_MISSING,
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
    &history::several_changes::SEVERAL_CHANGES,
    &history::version_gap::VERSION_GAP,
    // Schema
    &schema::duplicate_constraint::DUPLICATE_CONSTRAINT,
    &schema::duplicate_index::DUPLICATE_INDEX,
    &schema::float_for_money::FLOAT_FOR_MONEY,
    &schema::identifier_too_long::IDENTIFIER_TOO_LONG,
    &schema::missing_comment::MISSING_COMMENT,
    &schema::missing_primary_key::MISSING_PRIMARY_KEY,
    &schema::mixed_case_identifier::MIXED_CASE_IDENTIFIER,
    &schema::money_type::MONEY_TYPE,
    &schema::naming::NAMING,
    &schema::non_immutable_index::NON_IMMUTABLE_INDEX,
    &schema::prefer_bigint_key::PREFER_BIGINT_KEY,
    &schema::prefer_identity::PREFER_IDENTITY,
    &schema::prefer_jsonb::PREFER_JSONB,
    &schema::prefer_text::PREFER_TEXT,
    &schema::prefer_timestamptz::PREFER_TIMESTAMPTZ,
    &schema::redundant_index::REDUNDANT_INDEX,
    &schema::reserved_word_identifier::RESERVED_WORD_IDENTIFIER,
    &schema::timestamp_with_precision::TIMESTAMP_WITH_PRECISION,
    &schema::too_many_index_columns::TOO_MANY_INDEX_COLUMNS,
    &schema::unqualified_name::UNQUALIFIED_NAME,
    // Security
    &security::alter_system::ALTER_SYSTEM,
    &security::bypassrls_role::BYPASSRLS_ROLE,
    &security::copy_file::COPY_FILE,
    &security::copy_program::COPY_PROGRAM,
    &security::dblink_or_fdw_credentials::DBLINK_OR_FDW_CREDENTIALS,
    &security::extension_unlisted::EXTENSION_UNLISTED,
    &security::grant_all::GRANT_ALL,
    &security::grant_to_public::GRANT_TO_PUBLIC,
    &security::policy_always_true::POLICY_ALWAYS_TRUE,
    &security::policy_without_row_security::POLICY_WITHOUT_ROW_SECURITY,
    &security::role_with_password::ROLE_WITH_PASSWORD,
    &security::row_security_disabled::ROW_SECURITY_DISABLED,
    &security::security_definer_without_search_path::SECURITY_DEFINER_WITHOUT_SEARCH_PATH,
    &security::superuser_role::SUPERUSER_ROLE,
    &security::untrusted_language::UNTRUSTED_LANGUAGE,
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
