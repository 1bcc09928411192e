//! Reads the constraints of columns, tables and domains.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Constraint, ConstraintKind},
    lower::{
        cursor::{Cursor, is_word, split_commas},
        parsed::{clause, expr, index},
    },
    name::Ident,
    source::Span,
};

/// Reads a constraint of a table or domain, its name and attributes included; none where no constraint begins here.
///
/// # Errors
/// What was expected, where one begins here and is broken.
pub(crate) fn table(cursor: &mut Cursor<'_>) -> Result<Option<Constraint>, String> {
    let start = cursor.start();
    let mut ahead = *cursor;
    let name = name(&mut ahead)?;
    let begin = ahead;
    let kind = if ahead.eat(&["foreign", "key"]) {
        let group = ahead.expect_group()?;
        let columns = idents(group);
        if !ahead.eat(&["references"]) {
            return Err(ahead.expected("REFERENCES"));
        }
        references(&mut ahead, columns)?
    } else if ahead.eat(&["not", "null"]) {
        match ahead.ident() {
            Some(column) => ConstraintKind::NotNull(column),
            None => return Err(ahead.expected("a column")),
        }
    } else {
        match shared(&mut ahead, Vec::new())? {
            Some(kind) => kind,
            None if name.is_some() => return Err(ahead.expected("a constraint")),
            None => return Ok(None),
        }
    };
    *cursor = ahead;
    let definition = definition(&kind, begin.up_to(cursor));
    Ok(Some(finish(cursor, name, kind, definition, start)))
}

/// Reads a constraint that stands with its column, `NOT NULL`, `NULL` and defaults apart; none where none begins here.
///
/// # Errors
/// What was expected, where one begins here and is broken.
pub(super) fn column(
    cursor: &mut Cursor<'_>,
    column: &Ident,
) -> Result<Option<Constraint>, String> {
    let start = cursor.start();
    let mut ahead = *cursor;
    let name = name(&mut ahead)?;
    let begin = ahead;
    let kind = if ahead.eat(&["references"]) {
        Some(references(&mut ahead, vec![column.clone()])?)
    } else {
        shared(&mut ahead, vec![column.clone()])?
    };
    let Some(kind) = kind else {
        return Ok(None);
    };
    *cursor = ahead;
    let definition = definition(&kind, begin.up_to(cursor));
    Ok(Some(finish(cursor, name, kind, definition, start)))
}

/// `CONSTRAINT name`.
pub(super) fn name(cursor: &mut Cursor<'_>) -> Result<Option<Ident>, String> {
    if !cursor.eat(&["constraint"]) {
        return Ok(None);
    }
    match cursor.ident() {
        Some(name) => Ok(Some(name)),
        None => Err(cursor.expected("the constraint's name")),
    }
}

/// The kinds that columns and tables share; `own` is the column that a constraint without columns is of.
fn shared(cursor: &mut Cursor<'_>, own: Vec<Ident>) -> Result<Option<ConstraintKind>, String> {
    let kind = if cursor.eat(&["check"]) {
        let group = cursor.expect_group()?;
        ConstraintKind::Check(expr::read(group)?)
    } else if cursor.eat(&["unique"]) {
        let _ = cursor.eat(&["nulls", "not", "distinct"]) || cursor.eat(&["nulls", "distinct"]);
        let (columns, using_index) = key(cursor, own)?;
        ConstraintKind::Unique {
            columns,
            using_index,
        }
    } else if cursor.eat(&["primary", "key"]) {
        let (columns, using_index) = key(cursor, own)?;
        ConstraintKind::PrimaryKey {
            columns,
            using_index,
        }
    } else if cursor.at(&["exclude"]) && is_exclusion(cursor) {
        cursor.eat(&["exclude"]);
        exclude(cursor)?
    } else {
        return Ok(None);
    };
    Ok(Some(kind))
}

/// The columns of a key, or the index that it takes, and the index's parameters.
fn key(cursor: &mut Cursor<'_>, own: Vec<Ident>) -> Result<(Vec<Ident>, Option<Ident>), String> {
    if cursor.at(&["using", "index"]) && !cursor.at(&["using", "index", "tablespace"]) {
        cursor.eat(&["using", "index"]);
        return match cursor.ident() {
            Some(index) => Ok((Vec::new(), Some(index))),
            None => Err(cursor.expected("an index")),
        };
    }
    let columns = if own.is_empty() || cursor.peek() == Some(&Token::LParen) {
        idents(cursor.expect_group()?)
    } else {
        own
    };
    index_parameters(cursor)?;
    Ok((columns, None))
}

/// `INCLUDE (…) WITH (…) USING INDEX TABLESPACE name`.
fn index_parameters(cursor: &mut Cursor<'_>) -> Result<(), String> {
    for word in ["include", "with"] {
        if cursor.eat(&[word]) {
            cursor.expect_group()?;
        }
    }
    if cursor.eat(&["using", "index", "tablespace"]) {
        cursor.expect_ident("a tablespace")?;
    }
    Ok(())
}

/// A column may be called `exclude`.
fn is_exclusion(cursor: &Cursor<'_>) -> bool {
    cursor.at(&["exclude", "using"])
        || cursor
            .rest()
            .get(1)
            .is_some_and(|next| next.token == Token::LParen)
}

fn exclude(cursor: &mut Cursor<'_>) -> Result<ConstraintKind, String> {
    if cursor.eat(&["using"]) {
        cursor.expect_ident("an access method")?;
    }
    cursor.expect_group()?;
    index_parameters(cursor)?;
    if cursor.eat(&["where"]) {
        cursor.expect_group()?;
    }
    Ok(ConstraintKind::Exclude)
}

/// What stands behind `REFERENCES`.
fn references(cursor: &mut Cursor<'_>, columns: Vec<Ident>) -> Result<ConstraintKind, String> {
    let references = cursor.expect_name("a table")?;
    let referenced = cursor.group().map(idents).unwrap_or_default();
    loop {
        let mut matched = false;
        for words in [["match", "full"], ["match", "partial"], ["match", "simple"]] {
            matched |= cursor.eat(&words);
        }
        if cursor.eat(&["on", "delete"]) || cursor.eat(&["on", "update"]) {
            referential_action(cursor)?;
            matched = true;
        }
        if !matched {
            break;
        }
    }
    Ok(ConstraintKind::ForeignKey {
        columns,
        references,
        referenced,
    })
}

fn referential_action(cursor: &mut Cursor<'_>) -> Result<(), String> {
    let simple =
        cursor.eat(&["no", "action"]) || cursor.eat(&["restrict"]) || cursor.eat(&["cascade"]);
    if simple {
        return Ok(());
    }
    if cursor.eat(&["set", "null"]) || cursor.eat(&["set", "default"]) {
        cursor.group();
        return Ok(());
    }
    Err(cursor.expected("NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT"))
}

/// What tells a constraint apart, as far as its attributes do not.
fn definition(kind: &ConstraintKind, tokens: &[TokenWithSpan]) -> String {
    match kind {
        ConstraintKind::Check(_) | ConstraintKind::Exclude => index::folded(tokens),
        ConstraintKind::ForeignKey { .. } => {
            let actions = clause::find_word(tokens, &["match", "on"]);
            index::folded(&tokens[actions..])
        }
        _ => String::new(),
    }
}

/// Reads the attributes behind a constraint that begins at `start`.
fn finish(
    cursor: &mut Cursor<'_>,
    name: Option<Ident>,
    kind: ConstraintKind,
    mut definition: String,
    start: usize,
) -> Constraint {
    let (mut not_valid, mut not_enforced) = (false, false);
    loop {
        let begin = *cursor;
        if cursor.eat(&["not", "valid"]) {
            not_valid = true;
        } else if cursor.eat(&["not", "enforced"]) {
            not_enforced = true;
        } else if attribute(cursor) {
            definition.push(' ');
            definition.push_str(&index::folded(begin.up_to(cursor)));
        } else {
            break;
        }
    }
    Constraint {
        name,
        kind,
        definition,
        not_valid,
        not_enforced,
        span: Span::new(start, cursor.end_of_last()),
    }
}

/// Steps over an attribute that no rule asks for.
pub(super) fn attribute(cursor: &mut Cursor<'_>) -> bool {
    let attributes: [&[&str]; 6] = [
        &["deferrable"],
        &["not", "deferrable"],
        &["initially", "deferred"],
        &["initially", "immediate"],
        &["enforced"],
        &["no", "inherit"],
    ];
    attributes.iter().any(|words| cursor.eat(words))
}

/// The names in a list of columns: `(a, PERIOD b)`, `(a, b WITHOUT OVERLAPS)`.
pub(crate) fn idents(group: &[TokenWithSpan]) -> Vec<Ident> {
    split_commas(group)
        .into_iter()
        .filter_map(|part| {
            let mut cursor = Cursor::new(part);
            if part.len() == 2 {
                cursor.eat(&["period"]);
            }
            cursor.ident()
        })
        .collect()
}

/// The end of an expression that stands unparenthesised in a column's definition.
///
/// Source: `ColQualList` in Postgres's `gram.y`; a default is a `b_expr`, which holds none of these words but in
/// parentheses, casts and `IS NOT DISTINCT FROM`.
pub(super) fn default_end(tokens: &[TokenWithSpan]) -> usize {
    const ENDS: &[&str] = &[
        "not",
        "null",
        "constraint",
        "check",
        "unique",
        "primary",
        "references",
        "default",
        "generated",
        "collate",
        "deferrable",
        "initially",
        "enforced",
        "storage",
        "compression",
        "options",
    ];
    clause::find(tokens, |index| {
        let before = index.checked_sub(1).map(|before| &tokens[before].token);
        before.is_some_and(|before| !matches!(before, Token::DoubleColon | Token::Period))
            && !before.is_some_and(|before| is_word(before, "is"))
            && ENDS.iter().any(|word| is_word(&tokens[index].token, word))
    })
}
