//! The small change of SQL: literals, lists, comments, grants, names that Postgres chooses.

use crate::schema::model::{Grant, Kind, Sequence};

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    // A backslash means itself only where the server's `standard_conforming_strings` says so.
    if text.contains('\\') {
        return format!("E'{}'", quoted.replace('\\', "\\\\"));
    }
    format!("'{quoted}'")
}

/// What stands between parentheses, one a line.
pub(super) fn lines<T: AsRef<str>>(items: &[T]) -> String {
    let mut text = String::new();
    for (number, item) in items.iter().enumerate() {
        text.push_str(if number > 0 { ",\n    " } else { "\n    " });
        text.push_str(item.as_ref());
    }
    text.push('\n');
    text
}

pub(super) fn comment(on: &str, text: &str) -> String {
    format!("COMMENT ON {on} IS {}", literal(text))
}

pub(super) fn grant(grant: &Grant, on: &str) -> String {
    let Grant {
        grantee,
        privileges,
        grantable,
        revoked,
    } = grant;
    let privileges = privileges.join(", ");
    match (revoked, grantable) {
        (true, _) => format!("REVOKE {privileges} ON {on} FROM {grantee}"),
        (false, false) => format!("GRANT {privileges} ON {on} TO {grantee}"),
        (false, true) => format!("GRANT {privileges} ON {on} TO {grantee} WITH GRANT OPTION"),
    }
}

/// The options that differ from those that `CREATE SEQUENCE` would choose.
pub(super) fn sequence_options(sequence: &Sequence) -> Vec<String> {
    let (least, greatest) = match sequence.data_type.as_str() {
        "smallint" => (i16::MIN.into(), i16::MAX.into()),
        "integer" => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    };
    let up = sequence.increment > 0;
    let (min, max) = if up { (1, greatest) } else { (least, -1) };
    let start = if up { sequence.min } else { sequence.max };
    let options = [
        ("START WITH", sequence.start, start),
        ("INCREMENT BY", sequence.increment, 1),
        ("MINVALUE", sequence.min, min),
        ("MAXVALUE", sequence.max, max),
        ("CACHE", sequence.cache, 1),
    ];
    let differ = options
        .into_iter()
        .filter(|(_, value, default)| value != default);
    let mut options: Vec<_> = differ
        .map(|(word, value, _)| format!("{word} {value}"))
        .collect();
    if sequence.cycle {
        options.push("CYCLE".to_owned());
    }
    options
}

/// The words for a kind in `COMMENT ON` and `GRANT`.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Schema => "SCHEMA",
        Kind::Extension => "EXTENSION",
        Kind::Collation => "COLLATION",
        Kind::Enum | Kind::Composite | Kind::Range => "TYPE",
        Kind::Domain => "DOMAIN",
        Kind::Function => "FUNCTION",
        Kind::Procedure => "PROCEDURE",
        Kind::Aggregate => "AGGREGATE",
        Kind::Operator => "OPERATOR",
        Kind::Cast => "CAST",
        Kind::TextSearchDictionary => "TEXT SEARCH DICTIONARY",
        Kind::TextSearchConfiguration => "TEXT SEARCH CONFIGURATION",
        Kind::Sequence => "SEQUENCE",
        Kind::Table => "TABLE",
        Kind::View => "VIEW",
        Kind::MaterializedView => "MATERIALIZED VIEW",
        Kind::EventTrigger => "EVENT TRIGGER",
        Kind::Publication => "PUBLICATION",
    }
}
