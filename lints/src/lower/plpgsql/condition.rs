//! Which conditions ask the catalog, and the names of the conditions that a handler catches.

use std::collections::HashSet;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::lower::cursor::{Cursor, fold, is_word, literal};

/// Under which conditions a statement runs.
#[derive(Clone, Copy, Default)]
pub(super) struct Conditions {
    /// One that asks the catalog.
    pub(super) catalog: bool,
    /// Some other one.
    pub(super) other: bool,
}

impl Conditions {
    /// One more condition around.
    pub(super) fn and(self, more: Self) -> Self {
        Self {
            catalog: self.catalog || more.catalog,
            other: self.other || more.other,
        }
    }

    /// The condition in these tokens.
    pub(super) fn of(tokens: &[TokenWithSpan], variables: &HashSet<String>) -> Self {
        let catalog = asks_catalog(tokens, variables);
        Self {
            catalog,
            other: !catalog,
        }
    }

    /// A condition that does not ask the catalog.
    pub(super) fn other() -> Self {
        Self {
            catalog: false,
            other: true,
        }
    }
}

/// Whether an expression or query reads the catalog, or a variable that was read from it.
pub(super) fn asks_catalog(tokens: &[TokenWithSpan], variables: &HashSet<String>) -> bool {
    tokens.iter().any(|token| {
        let Token::Word(word) = &token.token else {
            // A query in a string, such as `EXECUTE 'SELECT … FROM pg_class' INTO found`.
            return literal(&token.token).is_some_and(|text| {
                let text = text.to_ascii_lowercase();
                text.contains("from pg_") || text.contains("from information_schema.")
            });
        };
        let name = fold(word);
        is_catalog(&name) || variables.contains(&name)
    })
}

/// Whether this is the name of a catalog, or of a function or type that looks something up in one.
///
/// Source: <https://www.postgresql.org/docs/current/catalogs.html>,
/// <https://www.postgresql.org/docs/current/datatype-oid.html>
fn is_catalog(name: &str) -> bool {
    const NOT_CATALOGS: &[&str] = &[
        "pg_advisory",
        "pg_backend_pid",
        "pg_notify",
        "pg_sleep",
        "pg_temp",
        "pg_try_advisory",
    ];
    name == "information_schema"
        || (name.starts_with("has_") && name.ends_with("_privilege"))
        || (name.starts_with("pg_") && !NOT_CATALOGS.iter().any(|other| name.starts_with(other)))
        || name
            .strip_prefix("to_")
            .unwrap_or(name)
            .strip_prefix("reg")
            .is_some_and(|kind| {
                matches!(
                    kind,
                    "class"
                        | "collation"
                        | "config"
                        | "dictionary"
                        | "namespace"
                        | "oper"
                        | "operator"
                        | "proc"
                        | "procedure"
                        | "role"
                        | "type"
                )
            })
}

/// The conditions between `WHEN` and `THEN` of a handler, in lower case.
pub(super) fn caught(tokens: &[TokenWithSpan]) -> Vec<String> {
    tokens
        .split(|token| is_word(&token.token, "or"))
        .filter_map(|condition| {
            let mut cursor = Cursor::new(condition);
            if cursor.eat(&["sqlstate"]) {
                let code = literal(&cursor.next()?.token)?;
                return Some(condition_name(code).unwrap_or(code).to_owned());
            }
            cursor.ident().map(|name| name.value.to_lowercase())
        })
        .collect()
}

/// The name of an error code, for those that migrations catch.
///
/// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn condition_name(code: &str) -> Option<&'static str> {
    let name = match code {
        "22023" => "invalid_parameter_value",
        "23502" => "not_null_violation",
        "23503" => "foreign_key_violation",
        "23505" => "unique_violation",
        "23514" => "check_violation",
        "3D000" => "invalid_catalog_name",
        "3F000" => "invalid_schema_name",
        "42501" => "insufficient_privilege",
        "42601" => "syntax_error",
        "42701" => "duplicate_column",
        "42703" => "undefined_column",
        "42704" => "undefined_object",
        "42710" => "duplicate_object",
        "42712" => "duplicate_alias",
        "42723" => "duplicate_function",
        "42883" => "undefined_function",
        "42P01" => "undefined_table",
        "42P04" => "duplicate_database",
        "42P06" => "duplicate_schema",
        "42P07" => "duplicate_table",
        "42P16" => "invalid_table_definition",
        "55000" => "object_not_in_prerequisite_state",
        "55006" => "object_in_use",
        "55P03" => "lock_not_available",
        "2BP01" => "dependent_objects_still_exist",
        _ => return None,
    };
    Some(name)
}
