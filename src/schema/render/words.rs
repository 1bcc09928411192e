//! The small change of SQL: lists, comments, grants, names that Postgres chooses.

use crate::schema::{
    model::{Grant, Kind, Label, Sequence},
    names::literal,
};

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

pub(super) fn label(on: &str, label: &Label) -> String {
    let Label { provider, text } = label;
    format!("SECURITY LABEL FOR {provider} ON {on} IS {}", literal(text))
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

/// The clause with the options for a foreign server, if there are any.
pub(super) fn server_options(options: &[String]) -> String {
    match options.join(", ") {
        options if options.is_empty() => options,
        options => format!(" OPTIONS ({options})"),
    }
}

/// The same privileges on a column alone.
pub(super) fn on_column(grant: &Grant, column: &str) -> Grant {
    let mut grant = grant.clone();
    for privilege in &mut grant.privileges {
        *privilege = format!("{privilege} ({column})");
    }
    grant
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

/// The words for a kind in `COMMENT ON` and `ALTER`.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Role => "ROLE",
        Kind::Schema => "SCHEMA",
        Kind::Extension => "EXTENSION",
        Kind::Collation => "COLLATION",
        Kind::Enum | Kind::Composite | Kind::Range | Kind::BaseType => "TYPE",
        Kind::Domain => "DOMAIN",
        Kind::Function => "FUNCTION",
        Kind::Procedure => "PROCEDURE",
        Kind::Aggregate => "AGGREGATE",
        Kind::Operator => "OPERATOR",
        Kind::OperatorFamily => "OPERATOR FAMILY",
        Kind::OperatorClass => "OPERATOR CLASS",
        Kind::Cast => "CAST",
        Kind::Language => "LANGUAGE",
        Kind::Transform => "TRANSFORM",
        Kind::Conversion => "CONVERSION",
        Kind::AccessMethod => "ACCESS METHOD",
        Kind::TextSearchParser => "TEXT SEARCH PARSER",
        Kind::TextSearchTemplate => "TEXT SEARCH TEMPLATE",
        Kind::TextSearchDictionary => "TEXT SEARCH DICTIONARY",
        Kind::TextSearchConfiguration => "TEXT SEARCH CONFIGURATION",
        Kind::ForeignDataWrapper => "FOREIGN DATA WRAPPER",
        Kind::Server => "SERVER",
        Kind::UserMapping => "USER MAPPING",
        Kind::Sequence => "SEQUENCE",
        Kind::Table => "TABLE",
        Kind::ForeignTable => "FOREIGN TABLE",
        Kind::View => "VIEW",
        Kind::MaterializedView => "MATERIALIZED VIEW",
        Kind::EventTrigger => "EVENT TRIGGER",
        Kind::Publication => "PUBLICATION",
        Kind::Subscription => "SUBSCRIPTION",
    }
}

/// The words for a kind in `GRANT`, which tells fewer apart.
pub(super) fn granted(kind: Kind) -> &'static str {
    match kind {
        Kind::View | Kind::MaterializedView | Kind::ForeignTable => "TABLE",
        Kind::Aggregate => "FUNCTION",
        Kind::Domain => "TYPE",
        Kind::Server => "FOREIGN SERVER",
        kind => self::kind(kind),
    }
}
