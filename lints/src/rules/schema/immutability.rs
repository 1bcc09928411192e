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

/// Functions that are not immutable with one argument, whatever they are with more, in order.
///
/// Source: as above.
const NOT_IMMUTABLE_OF_ONE: &[&str] = &[
    "age",
    "phraseto_tsquery",
    "plainto_tsquery",
    "to_tsquery",
    "to_tsvector",
    "websearch_to_tsquery",
];

/// The same where the function gets a single argument.
pub(super) fn is_not_immutable_of_one(function: &str) -> bool {
    NOT_IMMUTABLE_OF_ONE.binary_search(&function).is_ok()
}

/// Whether the cast depends on settings of the session: the time zone, the style of dates, the currency, the path.
///
/// Source: an index over each cast, tried on Postgres 15; `pg_cast` and `pg_proc.provolatile`.
pub(super) fn cast_depends_on_session(from: &TypeName, to: &TypeName) -> bool {
    const TEXT: [&str; 3] = ["text", "character varying", "character"];
    const ZONED: &str = "timestamp with time zone";
    let (from_name, to_name) = (from.name.as_str(), to.name.as_str());
    let is_text = |name| TEXT.contains(&name);
    if from.array || to.array {
        return false;
    }
    match (from_name, to_name) {
        ("date" | "timestamp without time zone", ZONED) => true,
        (ZONED, "date" | "timestamp without time zone" | "time without time zone") => true,
        (ZONED | "time without time zone", "time with time zone") => true,
        ("numeric", "money") | ("money", "numeric") => true,
        (
            ZONED | "date" | "timestamp without time zone" | "interval" | "money" | "regclass",
            text,
        ) => is_text(text) || text == "name",
        (
            text,
            ZONED
            | "date"
            | "timestamp without time zone"
            | "time without time zone"
            | "time with time zone"
            | "interval"
            | "money"
            | "regclass",
        ) => is_text(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{NEVER_IMMUTABLE, NOT_IMMUTABLE_OF_ONE};

    #[test]
    fn names_are_in_order() {
        assert!(NEVER_IMMUTABLE.is_sorted());
        assert!(NOT_IMMUTABLE_OF_ONE.is_sorted());
    }
}
