//! Sums up an expression: what it calls, which columns it names, what it proves.

use sqlparser::{
    ast::{self, BinaryOperator, UnaryOperator, Value},
    tokenizer::TokenWithSpan,
};

use crate::{
    action::Expr,
    lower::{
        cursor::span_of_all,
        parsed::{syntax, walk},
    },
    name::{Ident, ObjectName},
    token,
};

/// Reads the whole of `tokens` as an expression.
///
/// # Errors
/// The parser's words.
pub(crate) fn read(tokens: &[TokenWithSpan]) -> Result<Expr, String> {
    Ok(summary(&syntax::expression(tokens)?, tokens))
}

/// What `expr`, parsed from `tokens`, has to say.
pub(super) fn summary(expr: &ast::Expr, tokens: &[TokenWithSpan]) -> Expr {
    let mut seen = walk::Seen::default();
    seen.expr(expr);
    let mut proven = Vec::new();
    prove(expr, &mut proven);
    Expr {
        span: span_of_all(tokens),
        functions: seen.functions,
        columns: seen.columns,
        casts: seen.casts,
        is_null: is_null(expr),
        subquery: seen.subquery,
        proves_not_null: proven,
    }
}

/// The expression without parentheses around it.
pub(crate) fn bare(mut expr: &ast::Expr) -> &ast::Expr {
    while let ast::Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

/// The terms that `AND` joins.
pub(super) fn conjuncts(expr: &ast::Expr) -> Vec<&ast::Expr> {
    let mut terms = Vec::new();
    let mut rest = vec![expr];
    while let Some(expr) = rest.pop() {
        match bare(expr) {
            ast::Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => {
                rest.push(right);
                rest.push(left);
            }
            term => terms.push(term),
        }
    }
    terms
}

/// The column that an expression is, with its table or without.
pub(crate) fn column(expr: &ast::Expr) -> Option<Ident> {
    match bare(expr) {
        ast::Expr::Identifier(name) => Some(ident(name)),
        ast::Expr::CompoundIdentifier(parts) => parts.last().map(ident),
        _ => None,
    }
}

/// Whether it is `NULL`, of any type.
pub(super) fn is_null(expr: &ast::Expr) -> bool {
    match bare(expr) {
        ast::Expr::Value(value) => value.value == Value::Null,
        ast::Expr::Cast { expr, .. } => is_null(expr),
        _ => false,
    }
}

/// Only what says so in plain words proves it: a check that is null passes.
fn prove(expr: &ast::Expr, proven: &mut Vec<Ident>) {
    for term in conjuncts(expr) {
        let column = match term {
            ast::Expr::IsNotNull(inner) => column(inner),
            ast::Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => match bare(expr) {
                ast::Expr::IsNull(inner) => column(inner),
                _ => None,
            },
            _ => None,
        };
        proven.extend(column);
    }
}

/// A literal as Postgres would read it, without the type that it is cast to.
pub(super) fn literal(expr: &ast::Expr) -> Option<String> {
    match bare(expr) {
        ast::Expr::Value(value) => match &value.value {
            Value::Boolean(boolean) => Some(boolean.to_string()),
            Value::Number(number, _) => Some(number.clone()),
            other => other.clone().into_string(),
        },
        ast::Expr::TypedString(typed) => typed.value.value.clone().into_string(),
        ast::Expr::Cast { expr, .. } => literal(expr),
        _ => None,
    }
}

/// The arguments of a plain call.
pub(super) fn arguments(function: &ast::Function) -> Option<Vec<&ast::Expr>> {
    let ast::FunctionArguments::List(list) = &function.args else {
        return None;
    };
    list.args
        .iter()
        .map(|argument| match argument {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

/// An identifier of the syntax tree, folded.
pub(super) fn ident(ident: &ast::Ident) -> Ident {
    let value = match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    };
    Ident::new(value, token::span(ident.span))
}

/// A name of the syntax tree, folded.
pub(crate) fn object_name(name: &ast::ObjectName) -> ObjectName {
    let mut parts: Vec<Ident> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(ident)
        .collect();
    let last = parts.pop().unwrap_or_default();
    ObjectName::new(parts.pop().map(|schema| schema.value), last)
}
