//! Reads `CREATE INDEX`.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, CreateIndex, Expr, IfExists},
    lower::{
        Input,
        cursor::{Cursor, find_word, split_commas},
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
        let method = cursor.expect_ident("an access method")?;
        index.method = Some(method.value).filter(|method| method != "btree");
    }
    let keys = cursor.expect_group()?;
    let mut leading = true;
    for key in split_commas(keys) {
        index.keys.push(folded(key));
        match element(key)? {
            Key::Column(column) if leading => index.columns.push(column),
            Key::Column(_) => {}
            Key::Expression(expression) => {
                leading = false;
                index.expressions.push(expression);
            }
        }
    }
    index.qualities = qualities(cursor.rest());
    options(cursor, &mut index)?;
    Ok(index)
}

/// The text of tokens with unquoted words in lower case and one blank between them, so that equal ones are equal. What is
/// the default anyway (`ASC`, `NULLS LAST` of it) is left out, as are quotes that change nothing.
pub(super) fn folded(tokens: &[TokenWithSpan]) -> String {
    let mut words: Vec<String> = tokens
        .iter()
        .map(|token| match &token.token {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
            Token::Word(word) if is_plain(&word.value) => word.value.clone(),
            token => token.to_string(),
        })
        .collect();
    if words.ends_with(&["nulls".to_owned(), "last".to_owned()])
        && words.iter().all(|word| word != "desc")
    {
        words.truncate(words.len() - 2);
    }
    if words.len() > 1 && words.last().is_some_and(|word| word == "asc") {
        words.pop();
    }
    words.join(" ")
}

/// Whether a quoted name is the same without its quotes.
fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What stands behind the keys, but storage parameters and tablespace, which no query sees.
fn qualities(tokens: &[TokenWithSpan]) -> String {
    let from = find_word(tokens, &["with", "tablespace"]);
    let to = find_word(tokens, &["where"]).unwrap_or(tokens.len());
    let before = folded(&tokens[..from.unwrap_or(to).min(to)]);
    let condition = folded(&tokens[to..]);
    [before, condition].join(" ").trim().to_owned()
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
