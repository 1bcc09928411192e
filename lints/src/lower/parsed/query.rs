//! Reads queries: `SELECT`, `VALUES`, `TABLE`, and the two kinds of `SELECT` that are something else in disguise.

use sqlparser::{
    ast::{
        self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem, SetExpr, Value,
    },
    tokenizer::{Token, TokenWithSpan},
};

use crate::{
    action::{Action, CreateTable, SetParameter},
    lower::{
        cursor::{Cursor, is_word},
        parsed::{
            antijoin, clause,
            dml::Cte,
            expr::{bare, object_name},
            scope, syntax, table, walk,
        },
        step,
    },
    name::ObjectName,
    source::Span,
    step::Step,
};

/// Reads a query that stands on its own, behind its `WITH`.
///
/// # Errors
/// The parser's words.
pub(super) fn read(
    tokens: &[TokenWithSpan],
    ctes: &[Cte],
    span: Span,
) -> Result<Vec<Step>, String> {
    if let Some(into) = into(tokens, ctes)? {
        return Ok(vec![step(into, span)]);
    }
    let query = parse(tokens)?;
    let settings = settings(&query);
    if !settings.is_empty() {
        return Ok(settings
            .into_iter()
            .map(|set| step(Action::Set(set), span))
            .collect());
    }
    let mut seen = walk::Seen::within(ctes);
    seen.query(&query);
    let query = Action::Query {
        functions: seen.functions,
        needs: seen.scopes.reads,
    };
    Ok(vec![step(query, span)])
}

/// Parses a query.
///
/// # Errors
/// The parser's words.
pub(crate) fn parse(tokens: &[TokenWithSpan]) -> Result<ast::Query, String> {
    syntax::query(tokens)
}

/// Parses what stands behind the `FROM`, `USING` or `RETURNING` of another statement as that part of a `SELECT`;
/// `keywords` are put before it.
///
/// # Errors
/// The parser's words.
pub(super) fn parse_behind(
    keywords: &[&str],
    clause: &[TokenWithSpan],
) -> Result<ast::Query, String> {
    let tokens: Vec<TokenWithSpan> = keywords
        .iter()
        .map(|keyword| TokenWithSpan::wrap(Token::make_keyword(keyword)))
        .chain(clause.iter().cloned())
        .collect();
    syntax::query(&tokens)
}

/// The tables and views that the query of a view reads; what stands behind it, such as `WITH NO DATA`, is left out.
pub(crate) fn sources(query: &[TokenWithSpan]) -> Vec<ObjectName> {
    let ends = ["check", "cascaded", "local", "no", "data", "option"];
    let end = query
        .iter()
        .rposition(|token| is_word(&token.token, "with"))
        .filter(|&with| {
            query
                .get(with + 1)
                .is_some_and(|next| ends.iter().any(|word| is_word(&next.token, word)))
        });
    let query = &query[..end.unwrap_or(query.len())];
    syntax::query(query).map_or_else(|_| Vec::new(), |query| antijoin::reads(&query, &[]))
}

/// `SELECT … INTO table`.
fn into(tokens: &[TokenWithSpan], ctes: &[Cte]) -> Result<Option<Action>, String> {
    if !tokens
        .first()
        .is_some_and(|first| is_word(&first.token, "select"))
    {
        return Ok(None);
    }
    let at = clause::find_word(
        tokens,
        &["into", "from", "where", "union", "except", "intersect"],
    );
    if !tokens
        .get(at)
        .is_some_and(|word| is_word(&word.token, "into"))
    {
        return Ok(None);
    }
    let mut cursor = Cursor::new(&tokens[at + 1..]);
    let persistence = table::persistence(&mut cursor);
    cursor.eat(&["table"]);
    let name = cursor.expect_name("a table")?;
    let mut query = tokens[..at].to_vec();
    query.extend_from_slice(cursor.rest());
    let query = parse(&query)?;
    Ok(Some(Action::CreateTable(CreateTable {
        name,
        persistence,
        filled: !is_written_out(&query),
        from_query: true,
        needs: scope::of_query(&query, ctes),
        ..CreateTable::default()
    })))
}

/// Whether the rows stand in the query itself: `VALUES`, or a `SELECT` that reads nothing and calls nothing, each of whose
/// functions might return any number of rows.
pub(super) fn is_written_out(query: &ast::Query) -> bool {
    let plain = query.with.is_none() && functions(query).is_empty();
    plain
        && match query.body.as_ref() {
            SetExpr::Values(_) => true,
            SetExpr::Select(select) => select.from.is_empty(),
            _ => false,
        }
}

/// The parameters that `SELECT set_config(…)` sets, if it does nothing else.
fn settings(query: &ast::Query) -> Vec<SetParameter> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Vec::new();
    };
    let settings: Option<Vec<_>> = select.projection.iter().map(set_config).collect();
    settings.unwrap_or_default()
}

fn set_config(item: &SelectItem) -> Option<SetParameter> {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return None;
    };
    let Expr::Function(function) = bare(expr) else {
        return None;
    };
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    if object_name(&function.name).name() != "set_config" {
        return None;
    }
    let [name, value, local] = list.args.as_slice() else {
        return None;
    };
    let name = string(name)?.to_lowercase();
    let value = string(value)?;
    // The one list among the parameters that matters.
    let values = if name == "search_path" {
        value
            .split(',')
            .map(|schema| schema.trim().trim_matches('"').to_owned())
            .collect()
    } else {
        vec![value]
    };
    Some(SetParameter {
        name,
        values,
        local: is_true(local),
    })
}

fn argument(argument: &FunctionArg) -> Option<&Value> {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else {
        return None;
    };
    match bare(expr) {
        Expr::Value(value) => Some(&value.value),
        Expr::Cast { expr, .. } => match bare(expr) {
            Expr::Value(value) => Some(&value.value),
            _ => None,
        },
        _ => None,
    }
}

fn string(given: &FunctionArg) -> Option<String> {
    argument(given)?.clone().into_string()
}

fn is_true(given: &FunctionArg) -> bool {
    match argument(given) {
        Some(Value::Boolean(local)) => *local,
        Some(other) => matches!(
            other.clone().into_string().as_deref(),
            Some("t" | "true" | "on" | "yes" | "1")
        ),
        None => false,
    }
}

/// The functions that a query calls.
pub(super) fn functions(query: &ast::Query) -> Vec<ObjectName> {
    let mut seen = walk::Seen::default();
    seen.query(query);
    seen.functions
}

/// `CALL procedure(…)`.
///
/// # Errors
/// The parser's words.
pub(super) fn call(tokens: &[TokenWithSpan]) -> Result<Action, String> {
    let mut seen = walk::Seen::default();
    seen.expr(&syntax::expression(tokens)?);
    if seen.functions.is_empty() {
        return Err("expected a procedure with its arguments".to_owned());
    }
    Ok(Action::Query {
        functions: seen.functions,
        needs: seen.scopes.reads,
    })
}
