//! Which conditions ask the catalog, and the names of the conditions that a handler catches.

use sqlparser::tokenizer::TokenWithSpan;

use crate::lower::{
    cursor::{Cursor, is_word, literal},
    plpgsql::{
        asked::{Asked, Variables},
        depends::Depends,
    },
};

/// Under which conditions a statement runs.
#[derive(Clone, Default)]
pub(super) struct Conditions {
    /// What those ask that ask the catalog.
    pub(super) catalog: Asked,
    /// One does not ask it.
    pub(super) other: bool,
    /// What they depend on besides.
    pub(super) depends: Depends,
}

impl Conditions {
    /// One more condition around.
    pub(super) fn and(&self, more: &Self) -> Self {
        Self {
            catalog: self.catalog.and(&more.catalog),
            other: self.other || more.other,
            depends: self.depends.and(&more.depends),
        }
    }

    /// The condition in these tokens.
    pub(super) fn of(tokens: &[TokenWithSpan], variables: &Variables, depends: Depends) -> Self {
        let catalog = Asked::of(tokens, variables);
        Self {
            other: catalog == Asked::Nothing,
            catalog,
            depends,
        }
    }

    /// A condition that does not ask the catalog, and of which no more can be told.
    pub(super) fn other() -> Self {
        Self {
            catalog: Asked::Nothing,
            other: true,
            depends: Depends::untold(),
        }
    }
}

/// Whether this is the name of a catalog, or of a function or type that looks something up in one.
///
/// Source: <https://www.postgresql.org/docs/current/catalogs.html>,
/// <https://www.postgresql.org/docs/current/datatype-oid.html>
pub(super) fn is_catalog(name: &str) -> bool {
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

/// The conditions between `WHEN` and `THEN` of a handler, in lower case; in the place of a category, all that are in it.
pub(super) fn caught(tokens: &[TokenWithSpan]) -> Vec<String> {
    tokens
        .split(|token| is_word(&token.token, "or"))
        .filter_map(|condition| {
            let mut cursor = Cursor::new(condition);
            if cursor.eat(&["sqlstate"]) {
                let code = literal(&cursor.next()?.token)?;
                return Some(conditions(code, code));
            }
            let name = cursor.ident()?.value.to_lowercase();
            let known = CONDITIONS.iter().find(|(_, known)| *known == name);
            Some(conditions(known.map_or("", |(code, _)| code), &name))
        })
        .flatten()
        .collect()
}

/// The names of the conditions that an error code stands for; `written` where it is not known.
fn conditions(code: &str, written: &str) -> Vec<String> {
    let class = code.strip_suffix("000");
    let names: Vec<String> = CONDITIONS
        .iter()
        .filter(|(known, _)| match class {
            Some(class) => known.starts_with(class),
            None => *known == code,
        })
        .map(|(_, name)| (*name).to_owned())
        .collect();
    if names.is_empty() {
        vec![written.to_owned()]
    } else {
        names
    }
}

/// The error codes that migrations catch. One that ends in three zeros is a category and matches its whole class.
///
/// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>,
/// <https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING>
const CONDITIONS: &[(&str, &str)] = &[
    ("22000", "data_exception"),
    ("22023", "invalid_parameter_value"),
    ("23000", "integrity_constraint_violation"),
    ("23502", "not_null_violation"),
    ("23503", "foreign_key_violation"),
    ("23505", "unique_violation"),
    ("23514", "check_violation"),
    ("2BP01", "dependent_objects_still_exist"),
    ("3D000", "invalid_catalog_name"),
    ("3F000", "invalid_schema_name"),
    ("42000", "syntax_error_or_access_rule_violation"),
    ("42501", "insufficient_privilege"),
    ("42601", "syntax_error"),
    ("42701", "duplicate_column"),
    ("42703", "undefined_column"),
    ("42704", "undefined_object"),
    ("42710", "duplicate_object"),
    ("42712", "duplicate_alias"),
    ("42723", "duplicate_function"),
    ("42883", "undefined_function"),
    ("42P01", "undefined_table"),
    ("42P04", "duplicate_database"),
    ("42P06", "duplicate_schema"),
    ("42P07", "duplicate_table"),
    ("42P16", "invalid_table_definition"),
    ("55000", "object_not_in_prerequisite_state"),
    ("55006", "object_in_use"),
    ("55P03", "lock_not_available"),
];
