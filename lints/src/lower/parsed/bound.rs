//! Tells whether a `WHERE` may pick few rows, or leaves most of a table in.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use crate::lower::parsed::expr::{bare, column, conjuncts};

/// Whether every term only asks for nulls, truth values or inequality: no key, no range, no other table.
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
