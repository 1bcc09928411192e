//! `ALTER TYPE` and `ALTER DOMAIN`.

use sqlparser::tokenizer::TokenWithSpan;

use crate::{
    action::{Action, AlterObject, AlterObjectClause, ObjectKind, RenamePart},
    lower::{
        Input,
        cursor::{Cursor, literal, span_of_all, split_commas},
        parsed::constraint,
        patterns::{Reading, alter::rename, kind::Named, one},
        step,
    },
    name::{Ident, ObjectName},
    source::Span,
};

/// Reads what stands behind the name in `ALTER TYPE`.
pub(super) fn alter_type(input: Input<'_>, mut cursor: Cursor<'_>, object: Named) -> Reading {
    let kind = ObjectKind::Type;
    if cursor.eat(&["rename", "value"]) {
        let (from, _) = label(&mut cursor)?;
        let problem = cursor.expected("TO");
        if !cursor.eat(&["to"]) {
            return Err(problem);
        }
        let (to, span) = label(&mut cursor)?;
        let to = Ident::new(to, span);
        let part = RenamePart::EnumValue(from);
        return one(input, Action::Rename(rename(kind, object, part, false, to)));
    }
    if cursor.eat(&["rename", "attribute"]) {
        let (from, to) = renamed(&mut cursor)?;
        let part = RenamePart::Attribute(from);
        return one(input, Action::Rename(rename(kind, object, part, false, to)));
    }
    if cursor.eat(&["add", "value"]) {
        let if_not_exists = cursor.eat(&["if", "not", "exists"]);
        let label_start = cursor.start();
        let (label, _) = label(&mut cursor)?;
        let clause = AlterObjectClause::AddEnumValue {
            label,
            if_not_exists,
            label_start,
        };
        return altered(kind, &object.name, clause, input.span);
    }
    let mut steps = Vec::new();
    for part in split_commas(cursor.rest()) {
        let clause = attribute(part)?;
        steps.extend(altered(kind, &object.name, clause, span_of_all(part))?);
    }
    if steps.is_empty() {
        return Err(cursor.expected("what to alter"));
    }
    Ok(steps)
}

/// One of several clauses on a composite type's attributes, or anything else.
fn attribute(tokens: &[TokenWithSpan]) -> Result<AlterObjectClause, String> {
    let mut cursor = Cursor::new(tokens);
    if cursor.eat(&["add", "attribute"]) {
        return Ok(AlterObjectClause::AddAttribute(
            cursor.expect_ident("an attribute")?,
        ));
    }
    if cursor.eat(&["drop", "attribute"]) {
        let if_exists = cursor.eat(&["if", "exists"]);
        return Ok(AlterObjectClause::DropAttribute {
            name: cursor.expect_ident("an attribute")?,
            if_exists,
            cascade: cursor.eat(&["cascade"]),
        });
    }
    let known = ["alter", "owner", "set"];
    if known.iter().any(|word| cursor.at(&[word])) {
        return Ok(AlterObjectClause::Other);
    }
    Err(cursor.expected("what to alter"))
}

/// Reads what stands behind the name in `ALTER DOMAIN`.
pub(super) fn alter_domain(input: Input<'_>, mut cursor: Cursor<'_>, object: Named) -> Reading {
    let kind = ObjectKind::Domain;
    if cursor.eat(&["rename", "constraint"]) {
        let (from, to) = renamed(&mut cursor)?;
        let part = RenamePart::Constraint(from);
        return one(input, Action::Rename(rename(kind, object, part, false, to)));
    }
    let clause = if cursor.eat(&["add"]) {
        domain_constraint(cursor)?
    } else if cursor.eat(&["drop", "constraint"]) {
        let if_exists = cursor.eat(&["if", "exists"]);
        AlterObjectClause::DropConstraint {
            name: cursor.expect_ident("a constraint")?,
            if_exists,
            cascade: cursor.eat(&["cascade"]),
        }
    } else if cursor.eat(&["validate", "constraint"]) {
        AlterObjectClause::ValidateConstraint(cursor.expect_ident("a constraint")?)
    } else if cursor.eat(&["set", "not", "null"]) {
        AlterObjectClause::SetNotNull
    } else if cursor.eat_any(&["set", "drop", "owner"]) {
        AlterObjectClause::Other
    } else {
        return Err(cursor.expected("what to alter"));
    };
    altered(kind, &object.name, clause, input.span)
}

/// `[CONSTRAINT name] CHECK (…) [NOT VALID]` or `[CONSTRAINT name] NOT NULL`.
fn domain_constraint(mut cursor: Cursor<'_>) -> Result<AlterObjectClause, String> {
    let mut behind_name = cursor;
    if behind_name.eat(&["constraint"]) {
        behind_name.expect_ident("a constraint")?;
    }
    if behind_name.at(&["not", "null"]) {
        return Ok(AlterObjectClause::SetNotNull);
    }
    let problem = behind_name.expected("CHECK (…) or NOT NULL");
    let constraint = constraint::table(&mut cursor)?.ok_or(problem)?;
    Ok(AlterObjectClause::AddConstraint(constraint))
}

/// `from TO to`
fn renamed(cursor: &mut Cursor<'_>) -> Result<(Ident, Ident), String> {
    let from = cursor.expect_ident("a name")?;
    if !cursor.eat(&["to"]) {
        return Err(cursor.expected("TO"));
    }
    Ok((from, cursor.expect_ident("the new name")?))
}

fn label(cursor: &mut Cursor<'_>) -> Result<(String, Span), String> {
    let problem = cursor.expected("a label in quotes");
    let start = cursor.start();
    let text = cursor
        .next()
        .and_then(|token| literal(&token.token))
        .ok_or(problem)?;
    Ok((text.to_owned(), Span::new(start, cursor.end_of_last())))
}

fn altered(kind: ObjectKind, name: &ObjectName, clause: AlterObjectClause, span: Span) -> Reading {
    let name = name.clone();
    Ok(vec![step(
        Action::AlterObject(AlterObject {
            kind,
            name,
            table: None,
            clause,
        }),
        span,
    )])
}
