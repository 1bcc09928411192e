//! Clauses that are left out: no rule asks for them.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{ends_with, ends_with_any};
use crate::lower::cursor::{Cursor, is_word};

/// Steps over a clause behind these tokens, where one stands here.
type Clause = fn(&[TokenWithSpan], &mut Cursor<'_>) -> bool;

const CLAUSES: [Clause; 7] = [
    collation,
    inner_grouping_sets,
    sample,
    record_columns,
    locked_tables,
    only,
    frame,
];

/// Steps over what is left out.
pub(super) fn leave_out(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    let behind = CLAUSES.iter().find_map(|clause| {
        let mut ahead = *cursor;
        clause(before, &mut ahead).then_some(ahead)
    });
    if let Some(behind) = behind {
        *cursor = behind;
    }
    behind.is_some()
}

fn last(before: &[TokenWithSpan]) -> Option<&Token> {
    before.last().map(|last| &last.token)
}

fn collation(_: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    cursor.eat(&["collate"]) && cursor.object_name().is_some()
}

/// `GROUPING SETS` in another one.
fn inner_grouping_sets(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    matches!(last(before), Some(Token::LParen | Token::Comma)) && cursor.eat(&["grouping", "sets"])
}

fn sample(_: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    let is_sample =
        cursor.eat(&["tablesample"]) && cursor.ident().is_some() && cursor.group().is_some();
    if is_sample && cursor.eat(&["repeatable"]) {
        cursor.group();
    }
    is_sample
}

/// `f() AS (a int)`. The query of a `WITH` is no such list.
fn record_columns(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    const QUERY: [&str; 8] = [
        "select", "values", "with", "table", "insert", "update", "delete", "merge",
    ];
    if last(before) != Some(&Token::RParen) || !cursor.eat(&["as"]) {
        return false;
    }
    let columns = cursor.group().unwrap_or_default();
    columns.first().is_some_and(|first| {
        matches!(first.token, Token::Word(_)) && !Cursor::new(columns).eat_any(&QUERY)
    })
}

/// What stands behind `FOR UPDATE` and `FOR SHARE`: `OF a, b`.
fn locked_tables(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    if !ends_with_any(before, &["update", "share"]) || !cursor.eat(&["of"]) {
        return false;
    }
    let mut is_list = cursor.object_name().is_some();
    while is_list && cursor.eat_token(&Token::Comma) {
        is_list = cursor.object_name().is_some();
    }
    is_list
}

/// The word before a table of a `FROM`.
fn only(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    let is_table = ends_with_any(before, &["from", "join"]) || last(before) == Some(&Token::Comma);
    is_table && cursor.eat(&["only"]) && Cursor::new(cursor.rest()).ident().is_some()
}

/// The frame of a window, up to the parenthesis around it.
fn frame(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    let is_name = ends_with(before, &["as"]);
    if is_name || !cursor.eat_any(&["rows", "range", "groups"]) || !is_bounds(*cursor) {
        return false;
    }
    while !matches!(cursor.peek(), None | Some(Token::RParen)) {
        if cursor.group().is_none() {
            cursor.next();
        }
    }
    true
}

/// Whether the bounds of a frame are next.
fn is_bounds(cursor: Cursor<'_>) -> bool {
    const BOUNDS: [&str; 3] = ["preceding", "following", "row"];
    let mut next = cursor.rest().iter().take(8);
    let is_bound = |token: &TokenWithSpan| BOUNDS.iter().any(|word| is_word(&token.token, word));
    cursor.at(&["between"]) || next.any(is_bound)
}
