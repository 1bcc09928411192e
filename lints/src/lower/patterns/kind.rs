//! Kinds of objects by their keywords, and the forms of names that some kinds have.

use sqlparser::tokenizer::Token;

use crate::{
    action::ObjectKind,
    lower::{
        Input,
        cursor::{Cursor, find_word, span_of_all},
        patterns::signature::{canonical, signature},
    },
    name::{Ident, ObjectName},
    source::Span,
};

/// The keywords of each kind that stands on its own; those that begin alike, the longer ones first.
const KINDS: &[(&[&str], ObjectKind)] = &[
    (&["access", "method"], ObjectKind::AccessMethod),
    (&["aggregate"], ObjectKind::Aggregate),
    (&["cast"], ObjectKind::Cast),
    (&["collation"], ObjectKind::Collation),
    (&["conversion"], ObjectKind::Conversion),
    (&["database"], ObjectKind::Database),
    (&["domain"], ObjectKind::Domain),
    (&["event", "trigger"], ObjectKind::EventTrigger),
    (&["extension"], ObjectKind::Extension),
    (
        &["foreign", "data", "wrapper"],
        ObjectKind::ForeignDataWrapper,
    ),
    (&["foreign", "table"], ObjectKind::ForeignTable),
    (&["function"], ObjectKind::Function),
    (&["group"], ObjectKind::Role),
    (&["index"], ObjectKind::Index),
    (&["language"], ObjectKind::Language),
    (&["procedural", "language"], ObjectKind::Language),
    (&["materialized", "view"], ObjectKind::MaterializedView),
    (&["operator", "class"], ObjectKind::OperatorClass),
    (&["operator", "family"], ObjectKind::OperatorFamily),
    (&["operator"], ObjectKind::Operator),
    (&["owned", "by"], ObjectKind::Owned),
    (&["policy"], ObjectKind::Policy),
    (&["procedure"], ObjectKind::Procedure),
    (&["publication"], ObjectKind::Publication),
    (&["role"], ObjectKind::Role),
    (&["routine"], ObjectKind::Routine),
    (&["rule"], ObjectKind::Rule),
    (&["schema"], ObjectKind::Schema),
    (&["sequence"], ObjectKind::Sequence),
    (&["server"], ObjectKind::Server),
    (&["statistics"], ObjectKind::Statistics),
    (&["subscription"], ObjectKind::Subscription),
    (&["table"], ObjectKind::Table),
    (&["tablespace"], ObjectKind::Tablespace),
    (
        &["text", "search", "configuration"],
        ObjectKind::TextSearchConfiguration,
    ),
    (
        &["text", "search", "dictionary"],
        ObjectKind::TextSearchDictionary,
    ),
    (&["text", "search", "parser"], ObjectKind::TextSearchParser),
    (
        &["text", "search", "template"],
        ObjectKind::TextSearchTemplate,
    ),
    (&["transform"], ObjectKind::Transform),
    (&["trigger"], ObjectKind::Trigger),
    (&["type"], ObjectKind::Type),
    (&["user", "mapping"], ObjectKind::UserMapping),
    (&["user"], ObjectKind::Role),
    (&["view"], ObjectKind::View),
];

/// Steps over the keywords of a kind.
pub(super) fn kind(cursor: &mut Cursor<'_>) -> Option<ObjectKind> {
    KINDS
        .iter()
        .find(|(words, _)| cursor.eat(words))
        .map(|&(_, kind)| kind)
}

/// A name in the form of its kind, with what belongs to it.
pub(super) struct Named {
    pub(super) name: ObjectName,
    /// The argument types of a function, procedure, aggregate or operator, where they are written.
    pub(super) arguments: Option<String>,
    /// The table behind `ON` of a trigger, rule or policy.
    pub(super) table: Option<ObjectName>,
}

/// Reads the name of an existing object as `DROP`, `ALTER` and `COMMENT` write it.
///
/// # Errors
/// What stands there instead of a name.
pub(super) fn named(
    input: Input<'_>,
    kind: ObjectKind,
    cursor: &mut Cursor<'_>,
) -> Result<Named, String> {
    let mut arguments = None;
    let mut table = None;
    let name = match kind {
        ObjectKind::Cast => cast_name(input, cursor)?,
        ObjectKind::Transform => transform_name(input, cursor)?,
        ObjectKind::UserMapping => user_mapping_name(cursor)?,
        ObjectKind::Operator => operator_name(input, cursor)?,
        _ => cursor.expect_name("a name")?,
    };
    match kind {
        ObjectKind::Aggregate
        | ObjectKind::Function
        | ObjectKind::Operator
        | ObjectKind::Procedure
        | ObjectKind::Routine => {
            arguments = cursor
                .group()
                .map(|arguments| signature(input, kind, arguments));
        }
        ObjectKind::OperatorClass | ObjectKind::OperatorFamily if cursor.eat(&["using"]) => {
            cursor.expect_ident("an index method")?;
        }
        ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy if cursor.eat(&["on"]) => {
            table = Some(cursor.expect_name("a table")?);
        }
        _ => {}
    }
    Ok(Named {
        name,
        arguments,
        table,
    })
}

/// `(source AS target)`: a cast is named by its types.
pub(super) fn cast_name(input: Input<'_>, cursor: &mut Cursor<'_>) -> Result<ObjectName, String> {
    let problem = cursor.expected("(type AS type)");
    let group = cursor.group().ok_or_else(|| problem.clone())?;
    let middle = find_word(group, &["as"]).ok_or(problem)?;
    let name = format!(
        "{} as {}",
        canonical(input, &group[..middle]),
        canonical(input, &group[middle + 1..])
    );
    Ok(ObjectName::new(None, Ident::new(name, span_of_all(group))))
}

/// `FOR type LANGUAGE language`.
pub(super) fn transform_name(
    input: Input<'_>,
    cursor: &mut Cursor<'_>,
) -> Result<ObjectName, String> {
    let problem = cursor.expected("FOR type LANGUAGE name");
    if !cursor.eat(&["for"]) {
        return Err(problem);
    }
    let data_type = cursor.until(&["language"]).ok_or(problem)?;
    let language = cursor.expect_ident("a language")?;
    let name = format!(
        "{} language {}",
        canonical(input, data_type),
        language.value
    );
    Ok(ObjectName::new(
        None,
        Ident::new(name, span_of_all(data_type).to(language.span)),
    ))
}

/// `FOR user SERVER server`.
pub(super) fn user_mapping_name(cursor: &mut Cursor<'_>) -> Result<ObjectName, String> {
    if !cursor.eat(&["for"]) {
        return Err(cursor.expected("FOR"));
    }
    let user = cursor.expect_ident("a role")?;
    if !cursor.eat(&["server"]) {
        return Err(cursor.expected("SERVER"));
    }
    let server = cursor.expect_ident("a server")?;
    let name = format!("{} server {}", user.value, server.value);
    Ok(ObjectName::new(
        None,
        Ident::new(name, user.span.to(server.span)),
    ))
}

/// `schema.@@`: all tokens up to the argument list.
pub(super) fn operator_name(
    input: Input<'_>,
    cursor: &mut Cursor<'_>,
) -> Result<ObjectName, String> {
    let mut schema = None;
    while let Some(Token::Word(_)) = cursor.peek() {
        let ident = cursor.expect_ident("a name")?;
        if !cursor.eat_token(&Token::Period) {
            return Err(cursor.expected("."));
        }
        schema = Some(ident.value);
    }
    let start = cursor.start();
    let rest = cursor.rest();
    let symbols = rest
        .iter()
        .position(|token| matches!(token.token, Token::LParen | Token::Comma | Token::Word(_)))
        .unwrap_or(rest.len());
    if symbols == 0 {
        return Err(cursor.expected("an operator"));
    }
    for _ in 0..symbols {
        cursor.next();
    }
    let span = Span::new(start, cursor.end_of_last());
    Ok(ObjectName::new(
        schema,
        Ident::new(input.source.slice(span), span),
    ))
}
