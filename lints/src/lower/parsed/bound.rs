//! Tells whether a `WHERE` may pick few rows, or leaves most of a table in.

use sqlparser::ast::{BinaryOperator, Expr, Query, SetExpr, TableFactor, UnaryOperator, Value};

use crate::lower::parsed::{
    dml::Cte,
    expr::{bare, column, conjuncts, ident},
};

/// Whether the rows of `from` that a statement joins may be all of some tables, and the statement's own `WHERE` asks no more
/// than which belong together.
pub(super) fn is_open_join(from: &Query, filter: Option<&Expr>, ctes: &[Cte]) -> bool {
    is_open_query(from, ctes) && filter.is_none_or(joins_alone)
}

/// Whether a query gives the rows of whole tables, grouped or not.
fn is_open_query(query: &Query, ctes: &[Cte]) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return false;
    };
    let is_whole = |factor: &TableFactor| match factor {
        TableFactor::Table {
            name, args: None, ..
        } => {
            // What a `WITH` gives may be a batch.
            let last = name.0.last().and_then(|part| part.as_ident()).map(ident);
            last.is_some_and(|last| ctes.iter().all(|cte| cte.name != last))
        }
        TableFactor::Derived { subquery, .. } => is_open_query(subquery, ctes),
        _ => false,
    };
    query.with.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && select.having.is_none()
        && !select.from.is_empty()
        && select.selection.as_ref().is_none_or(joins_alone)
        && select.from.iter().all(|table| {
            is_whole(&table.relation) && table.joins.iter().all(|join| is_whole(&join.relation))
        })
}

/// Whether every term is open, or says that two columns are the same.
fn joins_alone(filter: &Expr) -> bool {
    let is_pair = |term: &Expr| {
        matches!(bare(term), Expr::BinaryOp { left, op: BinaryOperator::Eq, right }
            if column(left).is_some() && column(right).is_some())
    };
    conjuncts(filter)
        .into_iter()
        .all(|term| is_pair(term) || is_open_term(term))
}

/// Whether every term only asks for nulls, truth values, inequality, or for what another table does not have: no key, no
/// range.
pub(super) fn is_open(filter: &Expr) -> bool {
    conjuncts(filter).into_iter().all(is_open_term)
}

fn is_open_term(term: &Expr) -> bool {
    match bare(term) {
        Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner)
        | Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: inner,
        } => column(inner).is_some() || is_open_term(inner),
        Expr::InSubquery { negated: true, .. } | Expr::Exists { negated: true, .. } => true,
        Expr::Value(value) => value.value == Value::Boolean(true),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
        Expr::IsDistinctFrom(left, right) => is_plain(left) && is_plain(right),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::NotEq => is_plain(left) && is_plain(right),
            BinaryOperator::Eq => column(left).is_some() && is_truth(right),
            BinaryOperator::Or => is_open(left) || is_open(right),
            BinaryOperator::And => is_open(left) && is_open(right),
            _ => false,
        },
        _ => false,
    }
}

fn is_truth(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Value(value) if matches!(value.value, Value::Boolean(_)))
}

/// A column, a constant or a function of them: nothing that reads another table.
fn is_plain(expr: &Expr) -> bool {
    let mut seen = super::walk::Seen::default();
    seen.expr(expr);
    !seen.subquery
}
