//! Whether a default is computed once for all rows, or anew for each.

use crate::{action::Expr, catalog::Catalog, name::ObjectName};

/// The functions of `pg_catalog` that a default may well call and that are immutable or stable, in order.
///
/// Source: `provolatile` in `pg_proc` of Postgres 13 to 18.
const NOT_VOLATILE: &[&str] = &[
    "abs",
    "age",
    "array",
    "array_append",
    "array_cat",
    "array_fill",
    "array_length",
    "array_position",
    "array_prepend",
    "array_remove",
    "array_to_json",
    "array_to_string",
    "ascii",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "convert_from",
    "convert_to",
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
    "date",
    "date_bin",
    "date_part",
    "date_trunc",
    "daterange",
    "decode",
    "encode",
    "exp",
    "extract",
    "floor",
    "format",
    "format_type",
    "greatest",
    "hashtext",
    "host",
    "inet_client_addr",
    "initcap",
    "int4range",
    "int8range",
    "json_build_array",
    "json_build_object",
    "json_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_object",
    "jsonb_set",
    "jsonb_strip_nulls",
    "justify_days",
    "justify_hours",
    "justify_interval",
    "least",
    "left",
    "length",
    "ln",
    "localtime",
    "localtimestamp",
    "log",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "now",
    "nullif",
    "numnode",
    "numrange",
    "octet_length",
    "overlay",
    "pg_backend_pid",
    "pg_client_encoding",
    "pg_current_xact_id",
    "pg_typeof",
    "pi",
    "point",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "quote_nullable",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row",
    "row_to_json",
    "rpad",
    "rtrim",
    "session_user",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sign",
    "split_part",
    "sqrt",
    "statement_timestamp",
    "strpos",
    "substr",
    "substring",
    "system_user",
    "timezone",
    "to_char",
    "to_date",
    "to_hex",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_regclass",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "translate",
    "trim",
    "trunc",
    "tsrange",
    "tstzrange",
    "txid_current",
    "unistr",
    "upper",
    "user",
    "version",
    "width_bucket",
    "xmlcomment",
];

/// The functions of `pg_catalog` that gather or spread rows, in order.
const GATHERING: &[&str] = &[
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "dense_rank",
    "every",
    "generate_series",
    "json_agg",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_keys",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "lag",
    "lead",
    "max",
    "min",
    "rank",
    "regexp_split_to_table",
    "row_number",
    "string_agg",
    "string_to_array",
    "sum",
    "unnest",
];

/// Functions that give another value at each call. The current time is left out: a second run that refreshes a
/// timestamp does no harm.
const CHANCE: &[&str] = &[
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "nextval",
    "random",
    "random_normal",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// Whether a call gives another value each time.
pub(crate) fn is_chance(function: &ObjectName) -> bool {
    CHANCE.contains(&function.name())
}

/// Whether a call gives the same as long as its arguments and the rows that it is given are the same, within a transaction.
pub(crate) fn repeats(function: &ObjectName) -> bool {
    is_built_in(function)
        && [NOT_VOLATILE, GATHERING]
            .iter()
            .any(|names| names.binary_search(&function.name()).is_ok())
}

fn is_built_in(function: &ObjectName) -> bool {
    function
        .schema
        .as_ref()
        .is_none_or(|schema| schema == "pg_catalog")
}

/// The first function of an expression that is volatile, or may be: a function that nobody knows counts as volatile,
/// which is also what `CREATE FUNCTION` makes of one that does not say.
pub(crate) fn volatile_function<'a>(expr: &'a Expr, catalog: &Catalog) -> Option<&'a ObjectName> {
    expr.functions.iter().find(|function| {
        catalog.is_volatile(function).unwrap_or_else(|| {
            !(is_built_in(function) && NOT_VOLATILE.binary_search(&function.name()).is_ok())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{GATHERING, NOT_VOLATILE};

    #[test]
    fn names_are_in_order() {
        assert!(NOT_VOLATILE.is_sorted());
        assert!(GATHERING.is_sorted());
    }
}
