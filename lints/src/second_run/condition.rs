//! Conditions, by name and code, under which Postgres refuses something that is there already or gone.
//!
//! Measured on Postgres 15; names from <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use crate::{action::ObjectKind, second_run::state::namespace};

pub(super) const DUPLICATE_TABLE: &[&str] = &["duplicate_table", "42p07"];
pub(super) const DUPLICATE_COLUMN: &[&str] = &["duplicate_column", "42701"];
pub(super) const DUPLICATE_OBJECT: &[&str] = &["duplicate_object", "42710"];
pub(super) const DUPLICATE_FUNCTION: &[&str] = &["duplicate_function", "42723"];
pub(super) const DUPLICATE_SCHEMA: &[&str] = &["duplicate_schema", "42p06"];
pub(super) const DUPLICATE_DATABASE: &[&str] = &["duplicate_database", "42p04"];
pub(super) const SECOND_PRIMARY_KEY: &[&str] = &["invalid_table_definition", "42p16"];
pub(super) const UNIQUE_VIOLATION: &[&str] = &[
    "unique_violation",
    "23505",
    "integrity_constraint_violation",
];
pub(super) const UNDEFINED_TABLE: &[&str] = &["undefined_table", "42p01"];
pub(super) const UNDEFINED_COLUMN: &[&str] = &["undefined_column", "42703"];
pub(super) const UNDEFINED_OBJECT: &[&str] = &["undefined_object", "42704"];
pub(super) const UNDEFINED_FUNCTION: &[&str] = &["undefined_function", "42883"];
pub(super) const UNDEFINED_SCHEMA: &[&str] = &["invalid_schema_name", "3f000"];
pub(super) const UNDEFINED_DATABASE: &[&str] = &["invalid_catalog_name", "3d000"];
pub(super) const UNKNOWN_LABEL: &[&str] = &["invalid_parameter_value", "22023"];
pub(super) const WRONG_OBJECT_TYPE: &[&str] = &["wrong_object_type", "42809"];
pub(super) const STILL_REFERENCED: &[&str] = &["dependent_objects_still_exist", "2bp01"];
pub(super) const NOT_SUPPORTED: &[&str] = &["feature_not_supported", "0a000"];
pub(super) const WRONG_STATE: &[&str] = &["object_not_in_prerequisite_state", "55000"];

/// What Postgres says to a second `CREATE` of the kind.
pub(super) fn duplicate(kind: ObjectKind) -> &'static [&'static str] {
    match namespace(kind) {
        ObjectKind::Table => DUPLICATE_TABLE,
        ObjectKind::Function | ObjectKind::Operator => DUPLICATE_FUNCTION,
        ObjectKind::Schema => DUPLICATE_SCHEMA,
        ObjectKind::Database => DUPLICATE_DATABASE,
        ObjectKind::TextSearchConfiguration
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate => UNIQUE_VIOLATION,
        _ => DUPLICATE_OBJECT,
    }
}

/// What Postgres says to a second `DROP`, `RENAME` or `SET SCHEMA` of the kind.
pub(super) fn undefined(kind: ObjectKind) -> &'static [&'static str] {
    match kind {
        ObjectKind::Index => UNDEFINED_OBJECT,
        _ if kind.is_relation() => UNDEFINED_TABLE,
        ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Routine
        | ObjectKind::Operator => UNDEFINED_FUNCTION,
        ObjectKind::Schema => UNDEFINED_SCHEMA,
        ObjectKind::Database => UNDEFINED_DATABASE,
        _ => UNDEFINED_OBJECT,
    }
}
