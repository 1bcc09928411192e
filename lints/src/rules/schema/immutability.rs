//! What may give another value for the same row at another time or in another session.

use crate::action::TypeName;

/// Functions of which no overload is immutable, in order.
///
/// Source: `provolatile` in `pg_proc` of Postgres 13 to 18.
const NEVER_IMMUTABLE: &[&str] = &[
    "array_to_json",
    "array_to_string",
    "clock_timestamp",
    "concat",
    "concat_ws",
    "current_catalog",
    "current_database",
    "current_date",
    "current_role",
    "current_schema",
    "current_schemas",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "currval",
    "format",
    "gen_random_uuid",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "lastval",
    "localtime",
    "localtimestamp",
    "nextval",
    "now",
    "pg_backend_pid",
    "pg_typeof",
    "random",
    "row_to_json",
    "session_user",
    "statement_timestamp",
    "system_user",
    "timeofday",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "transaction_timestamp",
    "txid_current",
    "user",
];

/// Whether the built-in function of that name is not immutable, whatever its arguments.
pub(super) fn is_never_immutable(function: &str) -> bool {
    NEVER_IMMUTABLE.binary_search(&function).is_ok()
}

/// Whether the cast depends on the session's time zone.
///
/// Source: `pg_cast` and `pg_proc.provolatile`.
pub(super) fn cast_depends_on_session(from: &TypeName, to: &TypeName) -> bool {
    const ZONED: &str = "timestamp with time zone";
    const LOCAL: [&str; 3] = [
        "timestamp without time zone",
        "date",
        "time without time zone",
    ];
    if from.array || to.array {
        return false;
    }
    let to_zone = LOCAL[..2].contains(&from.name.as_str()) && to.name == ZONED;
    let from_zone = from.name == ZONED && (LOCAL.contains(&to.name.as_str()) || to.name == "text");
    to_zone || from_zone
}

#[cfg(test)]
mod tests {
    use super::NEVER_IMMUTABLE;

    #[test]
    fn names_are_in_order() {
        assert!(NEVER_IMMUTABLE.is_sorted());
    }
}
