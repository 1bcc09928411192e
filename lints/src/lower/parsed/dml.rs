//! Reads statements that read and change rows, each with its `WITH`: one step for each statement in it that changes rows.

use std::collections::HashSet;

use sqlparser::{
    ast,
    tokenizer::{Token, TokenWithSpan},
};

use crate::{
    action::{Action, Assignment, ColumnRead, Delete, Insert, Reads, Update},
    lower::{
        cursor::{Cursor, is_word, span_of_all, split_commas},
        parsed::{
            antijoin, bound, clause, constraint, expr, given, literals, query, repeats,
            scope::Source, syntax, walk,
        },
        step,
    },
    name::{Ident, ObjectName},
    step::Step,
};

/// How deep statements may stand inside each other; sqlparser's own limit is the same.
const MAX_DEPTH: usize = 50;

/// A statement of a `WITH`, by name.
pub(super) struct Cte {
    pub(super) name: Ident,
    /// None of a statement that changes rows.
    pub(super) query: Option<ast::Query>,
    /// The table from which it deletes rows: a second run finds none of them.
    pub(super) deletes_from: Option<ObjectName>,
}

/// Reads a statement; `depth` counts the statements around it.
///
/// # Errors
/// The parser's words.
pub(super) fn read(tokens: &[TokenWithSpan], depth: usize) -> Result<Vec<Step>, String> {
    if depth > MAX_DEPTH {
        return Err("nested too deeply".to_owned());
    }
    let mut cursor = Cursor::new(tokens);
    let mut steps = Vec::new();
    let mut ctes = Vec::new();
    if cursor.eat(&["with"]) {
        cursor.eat(&["recursive"]);
        with(&mut cursor, depth, &mut steps, &mut ctes)?;
    }
    let span = span_of_all(tokens);
    if cursor.eat(&["insert"]) {
        let insert = insert(&mut cursor, &ctes, depth)?;
        steps.push(step(Action::Insert(insert), span));
    } else if cursor.eat(&["update"]) {
        steps.push(step(Action::Update(update(&mut cursor, &ctes)?), span));
    } else if cursor.eat(&["delete"]) {
        steps.push(step(Action::Delete(delete(&mut cursor, &ctes)?), span));
    } else if cursor.eat(&["merge"]) {
        for action in merge(&mut cursor)? {
            steps.push(step(action, span));
        }
    } else if is_query(&cursor) {
        steps.extend(query::read(cursor.rest(), &ctes, span)?);
    } else {
        return Err(cursor.expected("an SQL statement"));
    }
    Ok(steps)
}

fn is_query(cursor: &Cursor<'_>) -> bool {
    cursor.peek() == Some(&Token::LParen)
        || ["select", "values", "table", "with"]
            .iter()
            .any(|word| cursor.at(&[word]))
}

/// `name [(columns)] AS [NOT MATERIALIZED] (statement) [SEARCH …] [CYCLE …], …`
fn with(
    cursor: &mut Cursor<'_>,
    depth: usize,
    steps: &mut Vec<Step>,
    ctes: &mut Vec<Cte>,
) -> Result<(), String> {
    loop {
        let name = cursor.expect_ident("a name")?;
        cursor.group();
        if !cursor.eat(&["as"]) {
            return Err(cursor.expected("AS"));
        }
        cursor.eat(&["not"]);
        cursor.eat(&["materialized"]);
        let body = cursor.expect_group()?;
        let query = if changes_rows(body) {
            steps.extend(read(body, depth + 1)?);
            None
        } else {
            Some(query::parse(body)?)
        };
        let mut ahead = Cursor::new(body);
        let deletes = ahead.eat(&["delete", "from"]);
        ahead.eat(&["only"]);
        let deletes_from = ahead.object_name().filter(|_| deletes);
        ctes.push(Cte {
            name,
            query,
            deletes_from,
        });
        if cursor.at(&["search"]) || cursor.at(&["cycle"]) {
            let main = [
                "select", "insert", "update", "delete", "merge", "values", "table",
            ];
            let rest = cursor.rest();
            // The columns that it names have commas between them, too.
            let begins_next = |index: usize| {
                let mut next = Cursor::new(&rest[index + 1..]);
                let is_named = next.ident().is_some();
                next.group();
                is_named && next.eat(&["as"])
            };
            let count = clause::find(rest, |index| {
                rest[index].token == Token::Comma && begins_next(index)
                    || main.iter().any(|word| is_word(&rest[index].token, word))
            });
            clause::take(cursor, count);
        }
        if !cursor.eat_token(&Token::Comma) {
            return Ok(());
        }
    }
}

/// Whether the main statement of a query's body is one that changes rows.
fn changes_rows(body: &[TokenWithSpan]) -> bool {
    let mut words = vec!["insert", "update", "delete", "merge"];
    if body
        .first()
        .is_some_and(|first| is_word(&first.token, "with"))
    {
        words.extend(["select", "values", "table"]);
        let main = clause::find_word(body, &words);
        return body
            .get(main)
            .is_some_and(|word| words[..4].iter().any(|change| is_word(&word.token, change)));
    }
    body.first()
        .is_some_and(|first| words.iter().any(|word| is_word(&first.token, word)))
}

fn insert(cursor: &mut Cursor<'_>, ctes: &[Cte], depth: usize) -> Result<Insert, String> {
    if !cursor.eat(&["into"]) {
        return Err(cursor.expected("INTO"));
    }
    let table = cursor.expect_name("a table")?;
    let mut name = table.name().to_owned();
    if cursor.eat(&["as"]) {
        name = cursor.expect_ident("a name")?.value;
    }
    let mut ahead = *cursor;
    let mut columns = Vec::new();
    if let Some(group) = ahead.group()
        && !is_query(&Cursor::new(group))
    {
        columns = constraint::idents(group);
        *cursor = ahead;
    }
    let _ = cursor.eat(&["overriding", "system", "value"])
        || cursor.eat(&["overriding", "user", "value"]);
    let mut insert = Insert {
        table,
        columns,
        on_conflict: false,
        update_repeats: false,
        conflict: Vec::new(),
        given: Vec::new(),
        excludes_existing: false,
        literals: Vec::new(),
        reads: Vec::new(),
        needs: Reads::default(),
        written_out: true,
        source_end: None,
    };
    if !cursor.eat(&["default", "values"]) {
        let rest = cursor.rest();
        let count = clause::find(rest, |index| {
            is_word(&rest[index].token, "returning")
                || is_word(&rest[index].token, "on")
                    && rest
                        .get(index + 1)
                        .is_some_and(|next| is_word(&next.token, "conflict"))
        });
        let source = query::parse(clause::take(cursor, count))?;
        insert.excludes_existing = antijoin::excludes(&source, &insert.table, ctes);
        insert.literals = literals::given(&source, &insert.columns);
        insert.given = given::of(&source, &insert.table);
        insert.reads = antijoin::reads(&source, ctes);
        let mut seen = walk::Seen::within(ctes);
        seen.query(&source);
        insert.needs = seen.scopes.reads;
        insert.written_out = matches!(*source.body, ast::SetExpr::Values(_));
    }
    let source_end = cursor.end_of_last();
    let given = insert.columns.iter();
    let given = given.map(|column| ColumnRead::of(&insert.table, column));
    insert.needs.columns.extend(given);
    if cursor.eat(&["on", "conflict"]) {
        insert.on_conflict = true;
        insert.conflict = conflict(*cursor);
        let asked = insert.conflict.iter();
        let asked = asked.map(|column| ColumnRead::of(&insert.table, column));
        insert.needs.columns.extend(asked);
        insert.update_repeats = on_conflict(cursor, name)?;
    } else if depth == 0 {
        insert.source_end = Some(source_end);
    }
    returning(cursor)?;
    Ok(insert)
}

/// The columns behind `ON CONFLICT`, where they are plain.
fn conflict(mut cursor: Cursor<'_>) -> Vec<Ident> {
    let Some(group) = cursor.group() else {
        return Vec::new();
    };
    let columns: Vec<Ident> = split_commas(group)
        .into_iter()
        .filter_map(|part| {
            let mut cursor = Cursor::new(part);
            cursor.ident().filter(|_| cursor.is_at_end())
        })
        .collect();
    match columns.len() == split_commas(group).len() {
        true => columns,
        false => Vec::new(),
    }
}

/// Reads what stands behind `ON CONFLICT` of the table that is called `name`: whether it changes a row again that the
/// statement has put in or changed before.
fn on_conflict(cursor: &mut Cursor<'_>, name: String) -> Result<bool, String> {
    clause::take_until(cursor, &["do", "returning"]);
    if cursor.eat(&["do", "nothing"]) {
        return Ok(false);
    }
    if !cursor.eat(&["do", "update", "set"]) {
        return Err(cursor.expected("DO NOTHING or DO UPDATE SET"));
    }
    let values = set(clause::take_until(cursor, &["where", "returning"]))?;
    let filter = filter(cursor)?;
    let filter = filter.as_ref().map(|(_, tree)| tree);
    // `||` of two `jsonb` objects sets the same keys again, and nothing here tells it from that of texts.
    let joins = |value: &Value<'_>| {
        let op = match expr::bare(&value.tree) {
            ast::Expr::BinaryOp { op, .. } => op,
            _ => return false,
        };
        *op == ast::BinaryOperator::StringConcat
    };
    let repeats = repeats::of_update(&values, filter, &[name]);
    let mut values = values.iter().zip(repeats);
    Ok(values.any(|(value, repeats)| repeats && !joins(value)))
}

fn returning(cursor: &mut Cursor<'_>) -> Result<(), String> {
    if cursor.eat(&["returning"]) {
        // `WITH (OLD AS o, NEW AS n)`, Postgres 18.
        if cursor.eat(&["with"]) {
            cursor.expect_group()?;
        }
        let rest = cursor.rest();
        query::parse_behind(&["SELECT"], clause::take(cursor, rest.len()))?;
    }
    cursor.expect_end()
}

/// `[ONLY] table [*] [[AS] alias]`, up to one of `keywords`.
fn target(cursor: &mut Cursor<'_>, keywords: &[&str]) -> Result<(ObjectName, Vec<String>), String> {
    cursor.eat(&["only"]);
    let parenthesised = cursor.eat_token(&Token::LParen);
    let table = cursor.expect_name("a table")?;
    if parenthesised {
        cursor.eat_token(&Token::RParen);
    }
    cursor.eat_token(&Token::Mul);
    let mut names = vec![table.name().to_owned()];
    let written = cursor.eat(&["as"]);
    let at_keyword = keywords.iter().any(|word| cursor.at(&[word]));
    if written || !at_keyword && !cursor.is_at_end() {
        // An alias hides the table's own name.
        names = vec![cursor.expect_ident("a name")?.value];
    }
    Ok((table, names))
}

fn update(cursor: &mut Cursor<'_>, ctes: &[Cte]) -> Result<Update, String> {
    let (table, names) = target(cursor, &["set"])?;
    if !cursor.eat(&["set"]) {
        return Err(cursor.expected("SET"));
    }
    let values = set(clause::take_until(cursor, &["from", "where", "returning"]))?;
    let mut reads = Vec::new();
    let mut seen = walk::Seen::within(ctes);
    let mut joined = None;
    if cursor.eat(&["from"]) {
        let from = clause::take_until(cursor, &["where", "returning"]);
        let from = query::parse_behind(&["SELECT", "FROM"], from)?;
        reads = antijoin::reads(&from, ctes);
        joined = Some(from);
    }
    let filtered = cursor.at(&["where"]);
    let filter = filter(cursor)?;
    returning(cursor)?;
    enter(&mut seen, &table, &names, joined.as_ref());
    for (index, value) in values.iter().enumerate() {
        let set = ColumnRead::of(&table, &value.column);
        seen.scopes.reads.columns.push(set);
        // Of several columns that one query sets, each has the whole of it.
        let before = index.checked_sub(1).map(|before| values[before].tokens);
        if !before.is_some_and(|before| std::ptr::eq(before, value.tokens)) {
            seen.expr(&value.tree);
        }
    }
    if let Some((_, tree)) = &filter {
        seen.expr(tree);
    }
    let repeats = repeats::of_update(&values, filter.as_ref().map(|(_, tree)| tree), &names);
    let assignments = values
        .into_iter()
        .zip(repeats)
        .map(|(value, repeats)| Assignment {
            value: expr::summary(&value.tree, value.tokens),
            column: value.column,
            repeats,
        })
        .collect();
    let tree = filter.as_ref().map(|(_, tree)| tree);
    // `WHERE CURRENT OF` has no tree.
    let unbounded = filtered == tree.is_some()
        && match &joined {
            Some(from) => bound::is_open_join(from, tree, ctes),
            None => tree.is_none_or(bound::is_open),
        };
    Ok(Update {
        table,
        unbounded,
        filtered,
        filter: filter.map(|(tokens, tree)| expr::summary(&tree, tokens)),
        reads,
        needs: seen.scopes.reads,
        assignments,
    })
}

/// Walks what stands beside the target of a statement, and enters the scope of both.
fn enter(seen: &mut walk::Seen, table: &ObjectName, names: &[String], beside: Option<&ast::Query>) {
    let from = match beside.map(|query| query.body.as_ref()) {
        Some(ast::SetExpr::Select(select)) => select.from.as_slice(),
        _ => &[],
    };
    let mut sources = Source::tables(table, names);
    sources.extend(seen.scopes.sources(from));
    seen.scopes.enter(Some(sources));
    seen.from(from);
}

/// One `column = value`.
pub(super) struct Value<'a> {
    pub(super) column: Ident,
    /// Not only a field or an element of it.
    pub(super) whole: bool,
    pub(super) tokens: &'a [TokenWithSpan],
    pub(super) tree: ast::Expr,
}

/// What stands behind `SET`.
fn set(tokens: &[TokenWithSpan]) -> Result<Vec<Value<'_>>, String> {
    let mut values = Vec::new();
    for part in split_commas(tokens) {
        let equals = clause::find(part, |index| part[index].token == Token::Eq);
        let (columns, mut cursor) = (&part[..equals], Cursor::new(&part[equals..]));
        if !cursor.eat_token(&Token::Eq) {
            return Err(cursor.expected("="));
        }
        let value = cursor.rest();
        match Cursor::new(columns).group() {
            Some(columns) => several(columns, value, &mut values)?,
            // Behind the column may stand a field or a subscript.
            None => values.push(Value {
                column: Cursor::new(columns).expect_ident("a column")?,
                whole: columns.len() == 1,
                tokens: value,
                tree: syntax::expression(value)?,
            }),
        }
    }
    if values.is_empty() {
        return Err("expected a column, found the end of the statement".to_owned());
    }
    let mut seen = HashSet::new();
    if let Some(twice) = values
        .iter()
        .find(|value| value.whole && !seen.insert(&value.column.value))
    {
        let column = &twice.column;
        return Err(format!("Postgres refuses a second value for `{column}`"));
    }
    Ok(values)
}

/// `(a, b) = (1, 2)`, `= ROW (1, 2)` or `= (SELECT …)`.
fn several<'a>(
    columns: &'a [TokenWithSpan],
    value: &'a [TokenWithSpan],
    values: &mut Vec<Value<'a>>,
) -> Result<(), String> {
    let columns = split_commas(columns);
    let mut cursor = Cursor::new(value);
    cursor.eat(&["row"]);
    let single = cursor
        .group()
        .filter(|group| cursor.is_at_end() && !is_query(&Cursor::new(group)))
        .map(split_commas)
        .filter(|single| single.len() == columns.len());
    for (index, column) in columns.into_iter().enumerate() {
        let tokens = single.as_ref().map_or(value, |single| single[index]);
        values.push(Value {
            column: Cursor::new(column).expect_ident("a column")?,
            whole: column.len() == 1,
            tokens,
            tree: syntax::expression(tokens)?,
        });
    }
    Ok(())
}

/// `WHERE condition`; none where there is none, and for `WHERE CURRENT OF`.
fn filter<'a>(cursor: &mut Cursor<'a>) -> Result<Option<(&'a [TokenWithSpan], ast::Expr)>, String> {
    if !cursor.eat(&["where"]) {
        return Ok(None);
    }
    let tokens = clause::take_until(cursor, &["returning"]);
    if Cursor::new(tokens).at(&["current", "of"]) {
        return Ok(None);
    }
    Ok(Some((tokens, syntax::expression(tokens)?)))
}

fn delete(cursor: &mut Cursor<'_>, ctes: &[Cte]) -> Result<Delete, String> {
    if !cursor.eat(&["from"]) {
        return Err(cursor.expected("FROM"));
    }
    let (table, names) = target(cursor, &["using", "where", "returning"])?;
    let joins = cursor.eat(&["using"]);
    let mut seen = walk::Seen::within(ctes);
    let mut using = None;
    if joins {
        let tokens = clause::take_until(cursor, &["where", "returning"]);
        using = Some(query::parse_behind(&["SELECT", "FROM"], tokens)?);
    }
    let filtered = cursor.at(&["where"]);
    let filter = filter(cursor)?;
    returning(cursor)?;
    enter(&mut seen, &table, &names, using.as_ref());
    if let Some((_, tree)) = &filter {
        seen.expr(tree);
    }
    let open = |(_, tree): &(_, ast::Expr)| bound::is_open(tree);
    Ok(Delete {
        table,
        unbounded: !joins && filter.as_ref().map_or(!filtered, open),
        filtered,
        picks: filter
            .as_ref()
            .map_or_else(Vec::new, |(_, tree)| literals::picked(tree)),
        filter: filter.map(|(tokens, tree)| expr::summary(&tree, tokens)),
        needs: seen.scopes.reads,
    })
}

/// `MERGE`, and the `DELETE` in one of its branches.
fn merge(cursor: &mut Cursor<'_>) -> Result<Vec<Action>, String> {
    if !cursor.eat(&["into"]) {
        return Err(cursor.expected("INTO"));
    }
    let (table, _) = target(cursor, &["using"])?;
    if !cursor.eat(&["using"]) {
        return Err(cursor.expected("USING"));
    }
    let rest = cursor.rest();
    let deletes = clause::find(rest, |index| {
        index > 0
            && is_word(&rest[index].token, "delete")
            && is_word(&rest[index - 1].token, "then")
    }) < rest.len();
    if clause::find_word(rest, &["when"]) == rest.len() {
        clause::take(cursor, rest.len());
        return Err(cursor.expected("WHEN"));
    }
    let mut actions = vec![Action::Merge {
        table: table.clone(),
    }];
    if deletes {
        actions.push(Action::Delete(Delete {
            table,
            filtered: true,
            filter: None,
            unbounded: false,
            picks: Vec::new(),
            needs: Reads::default(),
        }));
    }
    Ok(actions)
}
