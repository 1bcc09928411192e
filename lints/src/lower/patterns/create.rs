//! `CREATE` of everything but tables and indexes.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, CreateDetail, CreateObject, IfExists, ObjectKind, Persistence},
    lower::{
        self, Input,
        cursor::{Cursor, find_word, is_word, span_of_all, split_commas},
        parsed::query,
        patterns::{
            Reading, create_routine, create_type,
            kind::{cast_name, kind, operator_name, transform_name, user_mapping_name},
            policy, role, view,
        },
        step,
    },
    name::{Ident, ObjectName},
    source::Span,
    step::Step,
};

/// Reads what stands behind `CREATE`; none for tables and indexes.
pub(super) fn read(input: Input<'_>, mut cursor: Cursor<'_>) -> Option<Reading> {
    let after_create = cursor.end_of_last();
    let mut if_exists = IfExists::Fail;
    if cursor.eat(&["or", "replace"]) {
        if_exists = IfExists::Replace;
    }
    cursor.eat_any(&["global", "local"]);
    let mut persistence = Persistence::Permanent;
    if cursor.eat_any(&["temporary", "temp"]) {
        persistence = Persistence::Temporary;
    } else if cursor.eat(&["unlogged"]) {
        persistence = Persistence::Unlogged;
    }
    cursor.eat_any(&["recursive", "trusted", "constraint", "default"]);
    if cursor.at(&["table"])
        || cursor.at(&["unique"])
        || cursor.at(&["index"])
        || cursor.at(&["foreign", "table"])
    {
        return None;
    }
    Some(object(input, cursor, after_create, if_exists, persistence))
}

fn object(
    input: Input<'_>,
    mut cursor: Cursor<'_>,
    after_create: usize,
    mut if_exists: IfExists,
    persistence: Persistence,
) -> Reading {
    let problem = cursor.expected("a kind of object");
    let kind = kind(&mut cursor)
        .filter(|kind| !matches!(kind, ObjectKind::Owned | ObjectKind::Routine))
        .ok_or(problem)?;
    if if_exists == IfExists::Replace && !has_or_replace(kind) {
        return Err(format!("CREATE {} has no OR REPLACE", keywords(kind)));
    }
    if cursor.eat(&["if", "not", "exists"]) {
        if !has_if_not_exists(kind) {
            return Err(format!("CREATE {} has no IF NOT EXISTS", keywords(kind)));
        }
        if_exists = IfExists::Keep;
    }
    let name_start = cursor.start();
    let name = name(input, kind, &mut cursor)?;
    let mut create = CreateObject {
        kind,
        name,
        if_exists,
        persistence,
        table: None,
        arguments: None,
        detail: CreateDetail::None,
        name_start,
        after_create,
    };
    match kind {
        ObjectKind::Schema => return schema(input, cursor, create),
        ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Operator => {
            create_routine::read(input, &mut cursor, &mut create)?;
        }
        ObjectKind::Type => create.detail = create_type::type_detail(&mut cursor)?,
        ObjectKind::Domain => create.detail = create_type::domain_detail(&mut cursor)?,
        ObjectKind::Trigger | ObjectKind::Policy => {
            let problem = cursor.expected("ON and a table");
            let events = cursor.until(&["on"]).ok_or(problem)?;
            create.table = Some(cursor.expect_name("a table")?);
            create.detail = match kind {
                ObjectKind::Policy => CreateDetail::Policy(policy::read(&mut cursor)),
                _ => trigger(events, cursor),
            };
        }
        ObjectKind::Role => create.detail = CreateDetail::Role(role::options(cursor.rest())),
        ObjectKind::Rule => {
            let problem = cursor.expected("TO and a table");
            cursor.until(&["to"]).ok_or(problem)?;
            create.table = Some(cursor.expect_name("a table")?);
        }
        ObjectKind::Statistics => {
            cursor.until(&["from"]);
            create.table = cursor.object_name();
        }
        ObjectKind::View | ObjectKind::MaterializedView => {
            let names = cursor.group();
            let problem = cursor.expected("AS and a query");
            cursor.until(&["as"]).ok_or(problem)?;
            let reads = query::sources(cursor.rest());
            if kind == ObjectKind::MaterializedView {
                create.detail = CreateDetail::MaterializedView {
                    no_data: ends_with(cursor.rest(), &["with", "no", "data"]),
                    reads,
                };
            } else {
                create.detail = CreateDetail::View {
                    columns: view::columns(names, cursor.rest()),
                    reads,
                };
            }
        }
        ObjectKind::Subscription => {
            create.detail = CreateDetail::Subscription {
                creates_slot: creates_slot(&mut cursor),
            };
        }
        _ => {}
    }
    Ok(vec![step(Action::CreateObject(create), input.span)])
}

/// `… UPDATE OF a, b ON table … WHEN (NEW.c …) EXECUTE FUNCTION f()`: `events` stand before the table, `cursor` behind it.
fn trigger(events: &[TokenWithSpan], mut cursor: Cursor<'_>) -> CreateDetail {
    let mut columns = Vec::new();
    let mut named = Cursor::new(events);
    if named.until(&["of"]).is_some() {
        while let Some(column) = named.ident() {
            columns.push(column);
            if !named.eat_token(&Token::Comma) {
                break;
            }
        }
    }
    let mut condition = cursor;
    if condition.until(&["when"]).is_some()
        && let Some(condition) = condition.group()
    {
        for (index, _) in condition
            .iter()
            .enumerate()
            .filter(|(_, token)| token.token == Token::Period)
        {
            columns.extend(Cursor::new(&condition[index + 1..]).ident());
        }
    }
    cursor.until(&["execute"]);
    let executes = cursor.eat(&["function"]) || cursor.eat(&["procedure"]);
    CreateDetail::Trigger {
        function: cursor.object_name().filter(|_| executes),
        columns,
    }
}

/// Whether Postgres takes `OR REPLACE` for that kind.
fn has_or_replace(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Aggregate
            | ObjectKind::Function
            | ObjectKind::Language
            | ObjectKind::Procedure
            | ObjectKind::Rule
            | ObjectKind::Transform
            | ObjectKind::Trigger
            | ObjectKind::View
    )
}

/// Whether Postgres takes `IF NOT EXISTS` for that kind.
fn has_if_not_exists(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Collation
            | ObjectKind::Extension
            | ObjectKind::MaterializedView
            | ObjectKind::Schema
            | ObjectKind::Sequence
            | ObjectKind::Server
            | ObjectKind::Statistics
            | ObjectKind::UserMapping
    )
}

fn keywords(kind: ObjectKind) -> String {
    kind.words().to_uppercase()
}

/// The new object's name, in the form of its kind.
fn name(input: Input<'_>, kind: ObjectKind, cursor: &mut Cursor<'_>) -> Result<ObjectName, String> {
    match kind {
        ObjectKind::Cast => cast_name(input, cursor),
        ObjectKind::Transform => transform_name(input, cursor),
        ObjectKind::UserMapping => user_mapping_name(cursor),
        ObjectKind::Operator => operator_name(input, cursor),
        // `CREATE SCHEMA AUTHORIZATION role`: the schema is called like the role.
        ObjectKind::Schema if cursor.eat(&["authorization"]) => cursor.expect_name("a role"),
        // `CREATE STATISTICS ON …`: Postgres makes a name, since version 16.
        ObjectKind::Statistics if cursor.at(&["on"]) || cursor.peek() == Some(&Token::LParen) => {
            Ok(ObjectName::new(
                None,
                Ident::new("", Span::at(cursor.start())),
            ))
        }
        _ => cursor.expect_name("a name"),
    }
}

/// `CREATE SCHEMA s CREATE TABLE t … GRANT …`: the elements are statements of their own, in that schema.
fn schema(input: Input<'_>, mut cursor: Cursor<'_>, create: CreateObject) -> Reading {
    if cursor.eat(&["authorization"]) {
        cursor.expect_ident("a role")?;
    }
    let name = create.name.ident.value.clone();
    let mut steps = vec![step(Action::CreateObject(create), input.span)];
    for element in elements(cursor.rest()) {
        let inner = lower::read(Input {
            tokens: element,
            span: span_of_all(element),
            ..input
        })?;
        steps.extend(inner.into_iter().map(|mut step| {
            qualify(&mut step, &name);
            step
        }));
    }
    Ok(steps)
}

/// Cuts before each `CREATE` and `GRANT` that stands in no parentheses.
fn elements(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut elements = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let next = find_word(&rest[1..], &["create", "grant"]).map_or(rest.len(), |at| at + 1);
        elements.push(&rest[..next]);
        rest = &rest[next..];
    }
    elements
}

fn qualify(step: &mut Step, schema: &str) {
    let name = match &mut step.action {
        Action::CreateTable(create) => &mut create.name,
        Action::CreateIndex(create) => &mut create.table,
        Action::CreateObject(create) => match &mut create.table {
            Some(table) => table,
            None => &mut create.name,
        },
        _ => return,
    };
    name.schema.get_or_insert_with(|| schema.to_owned());
}

fn ends_with(tokens: &[TokenWithSpan], words: &[&str]) -> bool {
    tokens.len().checked_sub(words.len()).is_some_and(|start| {
        tokens[start..]
            .iter()
            .zip(words)
            .all(|(token, word)| is_word(&token.token, word))
    })
}

/// Whether `CREATE SUBSCRIPTION … WITH (…)` makes a slot: unless `create_slot` or `connect` is off.
fn creates_slot(cursor: &mut Cursor<'_>) -> bool {
    if cursor.until(&["with"]).is_none() {
        return true;
    }
    let options = cursor.group().unwrap_or_default();
    !split_commas(options).into_iter().any(|option| {
        let mut option = Cursor::new(option);
        option.eat_any(&["create_slot", "connect"])
            && option.eat_token(&Token::Eq)
            && option.next().is_some_and(|value| is_off(&value.token))
    })
}

/// Whether an option's value is one of the spellings of false.
pub(super) fn is_off(token: &Token) -> bool {
    let text = match token {
        Token::Word(word) => &word.value,
        Token::SingleQuotedString(text) | Token::Number(text, _) => text,
        _ => return false,
    };
    ["false", "off", "no", "0"]
        .iter()
        .any(|off| text.eq_ignore_ascii_case(off))
}
