//! Comments, and the statements that have nothing to say to any rule.

use crate::{
    action::{Action, ObjectKind},
    lower::{
        Input,
        cursor::{Cursor, find_word},
        patterns::{Reading, kind::kind, one},
        plpgsql,
    },
};

/// Reads what stands behind `COMMENT`.
pub(super) fn comment(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    if !cursor.eat(&["on"]) {
        return Err(cursor.expected("ON"));
    }
    let kind = if cursor.eat(&["column"]) {
        Some(ObjectKind::Column)
    } else if cursor.eat(&["constraint"]) {
        Some(ObjectKind::Constraint)
    } else {
        kind(&mut cursor)
    };
    if kind.is_none() && !cursor.at(&["large", "object"]) {
        return Err(cursor.expected("a kind of object"));
    }
    // Kinds whose name is no plain one, such as casts, give none.
    let name = { cursor }.object_name();
    let table = match kind {
        Some(ObjectKind::Column) => cursor.column_table(),
        _ => None,
    };
    if find_word(cursor.rest(), &["is"]).is_none() {
        return Err(cursor.expected("IS and the comment"));
    }
    one(input, Action::Comment { kind, name, table })
}

/// Reads what stands behind `SECURITY`.
pub(super) fn security_label(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    if !cursor.eat(&["label"]) {
        return Err(cursor.expected("LABEL"));
    }
    if cursor.eat(&["for"]) {
        cursor.next();
    }
    comment(input, cursor)
}

/// Statements with nothing to say, by their first word; none for those of no kind that is read here.
pub(super) fn other(input: Input<'_>, first: &str, cursor: Cursor<'_>) -> Option<Reading> {
    let keywords = match first {
        "do" => return Some(plpgsql::do_block(input, cursor)),
        "checkpoint" => "CHECKPOINT",
        "close" => "CLOSE",
        "deallocate" => "DEALLOCATE",
        "declare" => "DECLARE",
        "discard" if cursor.at(&["all"]) => "DISCARD ALL",
        "discard" => "DISCARD",
        "execute" => "EXECUTE",
        "fetch" => "FETCH",
        "import" if cursor.at(&["foreign", "schema"]) => "IMPORT FOREIGN SCHEMA",
        "listen" => "LISTEN",
        "load" => "LOAD",
        "move" => "MOVE",
        "notify" => "NOTIFY",
        "prepare" => "PREPARE",
        "reassign" if cursor.at(&["owned", "by"]) => "REASSIGN OWNED",
        "show" => "SHOW",
        "unlisten" => "UNLISTEN",
        _ => return None,
    };
    Some(one(input, Action::Other { keywords }))
}
