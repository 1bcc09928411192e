//! `ALTER` of everything that is no table, view or index.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{
        Action, AlterObject, AlterObjectClause, ObjectKind, Rename, RenamePart, RoutineSecurity,
    },
    lower::{
        Input,
        cursor::{Cursor, is_word, split_commas},
        patterns::{
            Reading, alter_type, create_routine, grant,
            kind::{Named, kind, named},
            one, role,
        },
    },
    name::Ident,
};

/// Reads what stands behind `ALTER`; none for tables, views and indexes.
pub(super) fn read(input: Input<'_>, mut cursor: Cursor<'_>) -> Option<Reading> {
    if cursor.at(&["system"]) {
        return Some(one(input, Action::AlterSystem));
    }
    if cursor.eat(&["default", "privileges"]) {
        return Some(grant::default_privileges(input, cursor));
    }
    if cursor.at(&["large", "object"]) {
        let keywords = "ALTER LARGE OBJECT";
        return Some(one(input, Action::Other { keywords }));
    }
    if cursor.at(&["group"])
        && let Some(reading) = grant::group_members(input, cursor)
    {
        return Some(reading);
    }
    let problem = cursor.expected("a kind of object");
    let Some(kind) = kind(&mut cursor) else {
        return Some(Err(problem));
    };
    match kind {
        ObjectKind::AccessMethod | ObjectKind::Cast | ObjectKind::Owned | ObjectKind::Transform => {
            Some(Err(problem))
        }
        ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Index => None,
        _ => Some(object(input, kind, cursor)),
    }
}

fn object(input: Input<'_>, kind: ObjectKind, mut cursor: Cursor<'_>) -> Reading {
    let if_exists = cursor.eat(&["if", "exists"]);
    let may_be_absent = matches!(
        kind,
        ObjectKind::Policy | ObjectKind::Sequence | ObjectKind::Statistics
    );
    if if_exists && !may_be_absent {
        let kind = kind.words().to_uppercase();
        return Err(format!("ALTER {kind} has no IF EXISTS"));
    }
    let object = named(input, kind, &mut cursor)?;
    if cursor.eat(&["rename", "to"]) {
        let to = cursor.expect_ident("the new name")?;
        return one(
            input,
            Action::Rename(rename(kind, object, RenamePart::Object, if_exists, to)),
        );
    }
    if cursor.eat(&["set", "schema"]) {
        let schema = cursor.expect_ident("a schema")?;
        return one(
            input,
            Action::SetSchema {
                kind,
                name: object.name,
                schema,
                if_exists,
            },
        );
    }
    if kind == ObjectKind::Database && cursor.at(&["set", "tablespace"]) {
        let keywords = "ALTER DATABASE SET TABLESPACE";
        return one(input, Action::Other { keywords });
    }
    match kind {
        ObjectKind::Type => return alter_type::alter_type(input, cursor, object),
        ObjectKind::Domain => return alter_type::alter_domain(input, cursor, object),
        _ => {}
    }
    if cursor.is_at_end() && kind != ObjectKind::Role {
        return Err(cursor.expected("what to alter"));
    }
    let clause = clause(kind, &cursor);
    one(
        input,
        Action::AlterObject(AlterObject {
            kind,
            name: object.name,
            table: object.table,
            clause,
        }),
    )
}

pub(super) fn rename(
    kind: ObjectKind,
    object: Named,
    part: RenamePart,
    if_exists: bool,
    to: Ident,
) -> Rename {
    Rename {
        part,
        kind,
        object: object.name,
        table: object.table,
        if_exists,
        to,
    }
}

/// Whether a second run of the clause fails because what it adds is there, or what it drops is gone.
fn clause(kind: ObjectKind, cursor: &Cursor<'_>) -> AlterObjectClause {
    let has_members = matches!(
        kind,
        ObjectKind::Extension
            | ObjectKind::OperatorFamily
            | ObjectKind::Publication
            | ObjectKind::Subscription
            | ObjectKind::TextSearchConfiguration
    );
    if has_members && cursor.at(&["add"]) {
        return AlterObjectClause::AddMember;
    }
    if has_members && cursor.at(&["drop"]) {
        return if cursor.at(&["drop", "mapping", "if", "exists"]) {
            AlterObjectClause::Other
        } else {
            AlterObjectClause::DropMember
        };
    }
    match kind {
        ObjectKind::Role => AlterObjectClause::Role(role::options(cursor.rest())),
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            match create_routine::security(cursor.rest()) {
                none if none == RoutineSecurity::default() => AlterObjectClause::Other,
                security => AlterObjectClause::RoutineSecurity(security),
            }
        }
        _ => options(cursor.rest()),
    }
}

/// `OPTIONS ([ADD] name 'value', SET name 'value', DROP name)` of servers, wrappers and user mappings.
fn options(tokens: &[TokenWithSpan]) -> AlterObjectClause {
    let Some(at) = tokens
        .iter()
        .position(|token| is_word(&token.token, "options"))
    else {
        return AlterObjectClause::Other;
    };
    let mut behind = Cursor::new(&tokens[at + 1..]);
    let Some(list) = behind.group() else {
        return AlterObjectClause::Other;
    };
    let options = split_commas(list);
    // An option that is itself called `drop` or `set` has a string behind it.
    let begins = |option: &[TokenWithSpan], expected: &str| {
        matches!(option, [first, second, ..]
            if is_word(&first.token, expected) && matches!(second.token, Token::Word(_)))
    };
    if options.iter().any(|option| begins(option, "drop")) {
        AlterObjectClause::DropMember
    } else if options.iter().all(|option| begins(option, "set")) {
        AlterObjectClause::Other
    } else {
        AlterObjectClause::AddMember
    }
}
