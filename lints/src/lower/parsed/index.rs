//! Reads `CREATE INDEX`.

use sqlparser::tokenizer::TokenWithSpan;

use crate::{
    action::{Action, CreateIndex, Expr, IfExists},
    lower::{
        Input,
        cursor::{Cursor, split_commas},
        parsed::{clause, expr},
        step,
    },
    name::Ident,
    step::Step,
};

/// Reads the statement; none when it is no `CREATE INDEX`.
pub(super) fn read(input: Input<'_>) -> Option<Result<Vec<Step>, String>> {
    let mut cursor = Cursor::new(input.tokens);
    if !cursor.eat(&["create"]) {
        return None;
    }
    let unique = cursor.eat(&["unique"]);
    if !cursor.eat(&["index"]) {
        return None;
    }
    let index = CreateIndex {
        unique,
        after_keyword: cursor.end_of_last(),
        ..CreateIndex::default()
    };
    Some(
        definition(&mut cursor, index)
            .map(|index| vec![step(Action::CreateIndex(index), input.span)]),
    )
}

fn definition(cursor: &mut Cursor<'_>, mut index: CreateIndex) -> Result<CreateIndex, String> {
    index.concurrently = cursor.eat(&["concurrently"]);
    if cursor.eat(&["if", "not", "exists"]) {
        index.if_exists = IfExists::Keep;
    }
    if !cursor.at(&["on"]) {
        index.name_start = Some(cursor.start());
        // The schema is not allowed here; Postgres says so.
        index.name = cursor.object_name().map(|name| name.ident);
    }
    if !cursor.eat(&["on"]) {
        return Err(cursor.expected("ON"));
    }
    index.only = cursor.eat(&["only"]);
    let table = cursor.expect_name("a table")?;
    index.table = table;
    if cursor.eat(&["using"]) {
        cursor.expect_ident("an access method")?;
    }
    let keys = cursor.expect_group()?;
    let mut leading = true;
    for key in split_commas(keys) {
        match element(key)? {
            Key::Column(column) if leading => index.columns.push(column),
            Key::Column(_) => {}
            Key::Expression(expression) => {
                leading = false;
                index.expressions.push(expression);
            }
        }
    }
    options(cursor, &mut index)?;
    Ok(index)
}

fn options(cursor: &mut Cursor<'_>, index: &mut CreateIndex) -> Result<(), String> {
    if cursor.eat(&["include"]) {
        cursor.expect_group()?;
    }
    let _ = cursor.eat(&["nulls", "not", "distinct"]) || cursor.eat(&["nulls", "distinct"]);
    if cursor.eat(&["with"]) {
        cursor.expect_group()?;
    }
    if cursor.eat(&["tablespace"]) {
        cursor.expect_ident("a tablespace")?;
    }
    if cursor.eat(&["where"]) {
        index.partial = true;
        let count = cursor.rest().len();
        index
            .expressions
            .push(expr::read(clause::take(cursor, count))?);
    }
    cursor.expect_end()
}

enum Key {
    Column(Ident),
    Expression(Expr),
}

/// One key: `column`, `function(…)` or `(expression)`, then `COLLATE`, operator class with options, order of nulls.
fn element(tokens: &[TokenWithSpan]) -> Result<Key, String> {
    let mut cursor = Cursor::new(tokens);
    let key = if let Some(group) = cursor.group() {
        Key::Expression(expr::read(group)?)
    } else {
        let name = cursor.expect_name("a column or an expression")?;
        if cursor.group().is_some() {
            let call = &tokens[..tokens.len() - cursor.rest().len()];
            Key::Expression(expr::read(call)?)
        } else if name.schema.is_none() {
            Key::Column(name.ident)
        } else {
            return Err(cursor.expected("("));
        }
    };
    if cursor.eat(&["collate"]) {
        cursor.expect_name("a collation")?;
    }
    let at_order = |cursor: &Cursor<'_>| {
        ["asc", "desc", "nulls"]
            .iter()
            .any(|word| cursor.at(&[word]))
    };
    if !cursor.is_at_end() && !at_order(&cursor) {
        cursor.expect_name("an operator class")?;
        cursor.group();
    }
    let _ = cursor.eat(&["asc"]) || cursor.eat(&["desc"]);
    let _ = cursor.eat(&["nulls", "first"]) || cursor.eat(&["nulls", "last"]);
    cursor.expect_end()?;
    Ok(key)
}
