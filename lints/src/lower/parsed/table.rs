//! Reads `CREATE TABLE` in all its forms.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, ConstraintKind, CreateTable, IfExists, Persistence},
    lower::{
        Input,
        cursor::{Cursor, is_word, split_commas},
        parsed::{column, constraint, query, scope},
        step,
    },
    step::Step,
};

/// Reads the statement; none when it is no `CREATE TABLE`.
pub(super) fn read(input: Input<'_>) -> Option<Result<Vec<Step>, String>> {
    let mut cursor = Cursor::new(input.tokens);
    if !cursor.eat(&["create"]) {
        return None;
    }
    let mut create = CreateTable {
        persistence: persistence(&mut cursor),
        foreign: cursor.eat(&["foreign"]),
        ..CreateTable::default()
    };
    if !cursor.eat(&["table"]) {
        return None;
    }
    Some(
        definition(&mut cursor, &mut create)
            .map(|()| vec![step(Action::CreateTable(create), input.span)]),
    )
}

/// `TEMPORARY` and its synonyms, `UNLOGGED`.
pub(super) fn persistence(cursor: &mut Cursor<'_>) -> Persistence {
    if !cursor.eat(&["global"]) {
        cursor.eat(&["local"]);
    }
    if cursor.eat(&["temporary"]) || cursor.eat(&["temp"]) {
        Persistence::Temporary
    } else if cursor.eat(&["unlogged"]) {
        Persistence::Unlogged
    } else {
        Persistence::Permanent
    }
}

fn definition(cursor: &mut Cursor<'_>, create: &mut CreateTable) -> Result<(), String> {
    if cursor.eat(&["if", "not", "exists"]) {
        create.if_exists = IfExists::Keep;
    }
    create.name_start = Some(cursor.start());
    let name = cursor.expect_name("the table's name")?;
    // Whatever is created there is the session's own, `TEMPORARY` or not.
    if name.schema.as_deref() == Some("pg_temp") {
        create.persistence = Persistence::Temporary;
    }
    create.name = name;
    let typed = if cursor.eat(&["partition", "of"]) {
        create.partition_of = Some(cursor.expect_name("a table")?);
        true
    } else if cursor.eat(&["of"]) {
        cursor.expect_name("a type")?;
        true
    } else {
        false
    };
    let mut names_only = false;
    if cursor.peek() == Some(&Token::LParen) {
        let group = cursor.expect_group()?;
        names_only = !typed && is_names(group);
        if !names_only {
            elements(group, create, typed)?;
        }
    } else if !typed && !cursor.at(&["as"]) && !is_query_option(cursor) {
        return Err(cursor.expected("("));
    }
    if create.partition_of.is_some() {
        create.default_partition = bounds(cursor)? == Bounds::Default;
    }
    options(cursor, create)?;
    if names_only && !create.from_query {
        return Err("expected a type name, found `)`".to_owned());
    }
    cursor.expect_end()
}

/// `(a, b)` as in `CREATE TABLE t (a, b) AS SELECT`: the types are the query's.
fn is_names(group: &[TokenWithSpan]) -> bool {
    let parts = split_commas(group);
    !parts.is_empty() && parts.iter().all(|part| part.len() == 1)
}

/// Whether what stands here may come between the name and the `AS` of `CREATE TABLE AS`.
fn is_query_option(cursor: &Cursor<'_>) -> bool {
    ["using", "with", "without", "on", "tablespace"]
        .iter()
        .any(|word| cursor.at(&[word]))
}

fn elements(group: &[TokenWithSpan], create: &mut CreateTable, typed: bool) -> Result<(), String> {
    for part in split_commas(group) {
        let mut cursor = Cursor::new(part);
        if cursor.eat(&["like"]) {
            let source = cursor.expect_name("a table")?;
            create.like.push(source);
            while cursor.eat(&["including"]) || cursor.eat(&["excluding"]) {
                cursor.next();
            }
        } else if let Some(constraint) = constraint::table(&mut cursor)? {
            create.constraints.push(constraint);
        } else if typed {
            create.columns.push(column::read_without_type(&mut cursor)?);
        } else {
            create.columns.push(column::read(&mut cursor)?);
        }
        cursor.expect_end()?;
    }
    for constraint in &create.constraints {
        if let ConstraintKind::PrimaryKey { columns: key, .. } = &constraint.kind {
            for column in &mut create.columns {
                column.not_null |= key.contains(&column.name);
            }
        }
        if let ConstraintKind::NotNull(name) = &constraint.kind {
            for column in &mut create.columns {
                column.not_null |= column.name == *name;
            }
        }
    }
    Ok(())
}

/// Which rows a partition takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bounds {
    /// Those of some values.
    Values,
    /// All that no other one takes.
    Default,
}

/// `FOR VALUES …` and `DEFAULT`.
pub(super) fn bounds(cursor: &mut Cursor<'_>) -> Result<Bounds, String> {
    if cursor.eat(&["default"]) {
        return Ok(Bounds::Default);
    }
    if !cursor.eat(&["for", "values"]) {
        return Err(cursor.expected("FOR VALUES or DEFAULT"));
    }
    let complete = if cursor.eat(&["from"]) {
        cursor.group().is_some() && cursor.eat(&["to"]) && cursor.group().is_some()
    } else {
        (cursor.eat(&["in"]) || cursor.eat(&["with"])) && cursor.group().is_some()
    };
    if complete {
        Ok(Bounds::Values)
    } else {
        Err(cursor.expected("the bounds of a partition"))
    }
}

/// Everything behind the columns.
fn options(cursor: &mut Cursor<'_>, create: &mut CreateTable) -> Result<(), String> {
    loop {
        if cursor.eat(&["inherits"]) {
            let group = cursor.expect_group()?;
            create.inherits = split_commas(group)
                .into_iter()
                .filter_map(|part| Cursor::new(part).object_name())
                .collect();
        } else if cursor.eat(&["partition", "by"]) {
            cursor.next();
            cursor.expect_group()?;
            create.partitioned = true;
        } else if cursor.eat(&["using"]) || cursor.eat(&["tablespace"]) || cursor.eat(&["server"]) {
            cursor.expect_ident("a name")?;
        } else if cursor.eat(&["without", "oids"]) || cursor.eat(&["with", "oids"]) {
        } else if cursor.eat(&["with"]) || cursor.eat(&["options"]) {
            cursor.expect_group()?;
        } else if cursor.eat(&["on", "commit"]) {
            on_commit(cursor, create)?;
        } else if cursor.eat(&["as"]) {
            return from_query(cursor, create);
        } else {
            return Ok(());
        }
    }
}

fn on_commit(cursor: &mut Cursor<'_>, create: &mut CreateTable) -> Result<(), String> {
    if cursor.eat(&["drop"]) {
        create.persistence = Persistence::TemporaryOnCommitDrop;
    } else if !cursor.eat(&["delete", "rows"]) && !cursor.eat(&["preserve", "rows"]) {
        return Err(cursor.expected("DROP, DELETE ROWS or PRESERVE ROWS"));
    }
    Ok(())
}

/// What stands behind `AS`: a query, or `EXECUTE` of a prepared one.
fn from_query(cursor: &mut Cursor<'_>, create: &mut CreateTable) -> Result<(), String> {
    let (tokens, no_data) = without_data(cursor.rest());
    create.from_query = true;
    create.filled = !no_data;
    if !cursor.at(&["execute"]) {
        let query = query::parse(tokens)?;
        create.filled &= !query::is_written_out(&query);
        create.needs = scope::of_query(&query, &[]);
    }
    while cursor.next().is_some() {}
    Ok(())
}

/// The query before `WITH [NO] DATA`, and whether `NO` stands there.
fn without_data(tokens: &[TokenWithSpan]) -> (&[TokenWithSpan], bool) {
    let word = |token: &Token, expected| is_word(token, expected);
    match tokens {
        [query @ .., with, no, data]
            if word(&with.token, "with") && word(&no.token, "no") && word(&data.token, "data") =>
        {
            (query, true)
        }
        [query @ .., with, data] if word(&with.token, "with") && word(&data.token, "data") => {
            (query, false)
        }
        _ => (tokens, false),
    }
}
