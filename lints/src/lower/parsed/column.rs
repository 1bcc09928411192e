//! Reads the definition of a column.

use crate::{
    action::{Column, Generated, TypeName},
    lower::{
        cursor::Cursor,
        parsed::{clause, constraint, expr, types},
    },
    source::Span,
};

/// Reads `name type …`.
///
/// # Errors
/// What was expected.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Column, String> {
    let mut column = named(cursor)?;
    let start = cursor.start();
    column.data_type = types::read(cursor)?;
    column.type_span = Span::new(start, cursor.end_of_last());
    column.not_null = column.data_type.is_serial();
    qualities(cursor, &mut column)?;
    Ok(column)
}

/// Reads `name [WITH OPTIONS] …` of a partition or a typed table: the type is the parent's.
///
/// # Errors
/// What was expected.
pub(super) fn read_without_type(cursor: &mut Cursor<'_>) -> Result<Column, String> {
    let mut column = named(cursor)?;
    cursor.eat(&["with", "options"]);
    qualities(cursor, &mut column)?;
    Ok(column)
}

fn named(cursor: &mut Cursor<'_>) -> Result<Column, String> {
    let start = cursor.start();
    let name = cursor.expect_ident("a column")?;
    Ok(Column {
        name,
        data_type: TypeName::default(),
        type_span: Span::default(),
        not_null: false,
        default: None,
        generated: None,
        collation: None,
        constraints: Vec::new(),
        span: Span::new(start, cursor.end_of_last()),
    })
}

/// Everything behind the type, in any order.
fn qualities(cursor: &mut Cursor<'_>, column: &mut Column) -> Result<(), String> {
    while !cursor.is_at_end() {
        quality(cursor, column)?;
    }
    column.span.end = cursor.end_of_last();
    Ok(())
}

fn quality(cursor: &mut Cursor<'_>, column: &mut Column) -> Result<(), String> {
    let mut ahead = *cursor;
    constraint::name(&mut ahead)?;
    if ahead.eat(&["not", "null"]) {
        column.not_null = true;
        *cursor = ahead;
    } else if ahead.eat(&["null"]) {
        *cursor = ahead;
    } else if ahead.eat(&["default"]) {
        let end = constraint::default_end(ahead.rest());
        column.default = Some(expr::read(clause::take(&mut ahead, end))?);
        *cursor = ahead;
    } else if ahead.eat(&["generated"]) {
        column.generated = Some(generated(&mut ahead)?);
        column.not_null |= matches!(column.generated, Some(Generated::Identity));
        *cursor = ahead;
    } else if let Some(constraint) = constraint::column(cursor, &column.name)? {
        column.not_null |= constraint.kind.words() == "PRIMARY KEY";
        column.constraints.push(constraint);
    } else if cursor.eat(&["collate"]) {
        column.collation = cursor.object_name();
    } else if cursor.eat(&["storage"]) || cursor.eat(&["compression"]) {
        cursor.next();
    } else if cursor.eat(&["options"]) {
        cursor.group();
    } else if !constraint::attribute(cursor) {
        return Err(cursor.expected("a column constraint"));
    }
    Ok(())
}

/// What stands behind `GENERATED`.
pub(super) fn generated(cursor: &mut Cursor<'_>) -> Result<Generated, String> {
    if !cursor.eat(&["always"]) && !cursor.eat(&["by", "default"]) {
        return Err(cursor.expected("ALWAYS or BY DEFAULT"));
    }
    if cursor.eat(&["as", "identity"]) {
        cursor.group();
        return Ok(Generated::Identity);
    }
    cursor.eat(&["as"]);
    let value = expr::read(cursor.expect_group()?)?;
    if cursor.eat(&["stored"]) {
        return Ok(Generated::Stored(value));
    }
    // Without a word it is virtual since Postgres 18, and refused before.
    cursor.eat(&["virtual"]);
    Ok(Generated::Virtual(value))
}
