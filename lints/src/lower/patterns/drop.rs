//! `DROP`: one step for each name.

use sqlparser::tokenizer::Token;

use crate::{
    action::{Action, DropObject, ObjectKind},
    lower::{
        Input,
        cursor::Cursor,
        patterns::{
            Reading,
            kind::{kind, named},
        },
        step,
    },
};

/// Reads what stands behind `DROP`.
pub(super) fn read(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    let Some(kind) = kind(&mut cursor) else {
        return Err(cursor.expected("a kind of object"));
    };
    let after_keyword = (kind == ObjectKind::Index).then(|| cursor.end_of_last());
    let concurrently = kind == ObjectKind::Index && cursor.eat(&["concurrently"]);
    let if_exists = cursor.eat(&["if", "exists"]);
    let name_start = (kind != ObjectKind::Owned).then(|| cursor.start());
    let mut all = vec![named(input, kind, &mut cursor)?];
    while cursor.eat_token(&Token::Comma) {
        all.push(named(input, kind, &mut cursor)?);
    }
    let mut cascade = false;
    if kind == ObjectKind::Database {
        // `[WITH] (FORCE)`
        cursor.eat(&["with"]);
        cursor.group();
    } else {
        cascade = cursor.eat(&["cascade"]);
        cursor.eat(&["restrict"]);
    }
    if !cursor.is_at_end() {
        return Err(cursor.expected("the end of the statement"));
    }
    Ok(all
        .into_iter()
        .map(|named| {
            let action = Action::DropObject(DropObject {
                kind,
                name: named.name,
                if_exists,
                cascade,
                concurrently,
                table: named.table,
                arguments: named.arguments,
                name_start,
                after_keyword,
            });
            step(action, input.span)
        })
        .collect())
}
