//! Recognises a `WHERE` that no longer holds for a row which the `UPDATE` has changed.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use crate::{
    lower::parsed::{
        expr::{self, arguments, bare, conjuncts, literal, object_name},
        repeats::Own,
    },
    volatility,
};

/// Whether `filter` holds for no row in which the column has got `value`, so that a second run leaves it alone.
pub(super) fn excludes(filter: &Expr, own: &Own<'_>, value: &Expr) -> bool {
    conjuncts(filter)
        .into_iter()
        .any(|term| own.is_done(term, value))
}

/// Whether `filter` leaves only rows in which the column is null.
pub(super) fn is_null(filter: &Expr, own: &Own<'_>) -> bool {
    conjuncts(filter)
        .into_iter()
        .any(|term| matches!(term, Expr::IsNull(tested) if own.is(tested)))
}

impl Own<'_> {
    /// Whether `term` cannot hold where the column is `value`.
    fn is_done(&self, term: &Expr, value: &Expr) -> bool {
        match term {
            Expr::IsNull(tested) => self.is(tested) && is_certain(value),
            Expr::IsNotNull(tested) => self.is(tested) && expr::is_null(value),
            Expr::BinaryOp { left, op, right } => self.fails_comparison(left, op, right, value),
            Expr::IsDistinctFrom(left, right) => {
                self.fails_comparison(left, &BinaryOperator::NotEq, right, value)
            }
            Expr::InList {
                expr,
                list,
                negated,
            } => {
                let texts: Option<Vec<String>> = list.iter().map(literal).collect();
                self.is(expr)
                    && texts
                        .zip(literal(value))
                        .is_some_and(|(texts, value)| texts.contains(&value) == *negated)
            }
            Expr::Like {
                expr,
                pattern,
                negated,
                ..
            } => self.is(expr) && fails_like(pattern, *negated, value),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => match bare(expr) {
                // `NOT x LIKE 'y%'`
                Expr::Like { expr, pattern, .. } => {
                    self.is(expr) && fails_like(pattern, true, value)
                }
                Expr::IsNotNull(tested) => self.is(tested) && is_certain(value),
                tested => self.is(tested) && literal(value).as_deref() == Some("true"),
            },
            Expr::IsFalse(tested) | Expr::IsNotTrue(tested) => {
                self.is(tested) && literal(value).as_deref() == Some("true")
            }
            Expr::IsTrue(tested) | Expr::IsNotFalse(tested) => {
                self.is(tested) && literal(value).as_deref() == Some("false")
            }
            tested => self.is(tested) && literal(value).as_deref() == Some("false"),
        }
    }

    fn fails_comparison(
        &self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        value: &Expr,
    ) -> bool {
        if !self.is(left) {
            return self.is(right)
                && turned(op).is_some_and(|op| self.fails_comparison(right, &op, left, value));
        }
        match op {
            BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => number(value)
                .zip(number(right))
                .is_some_and(|(new, limit)| !holds(new, op, limit)),
            BinaryOperator::Eq => match (literal(right), literal(value), prefix(value)) {
                (Some(old), Some(new), _) => old != new,
                (Some(_), None, _) if self.moves(value) => true,
                (Some(old), None, Some(start)) => !old.starts_with(&start),
                _ => expr::is_null(value),
            },
            BinaryOperator::NotEq => match (literal(right), literal(value)) {
                (Some(other), Some(new)) => other == new,
                // The very expression that is assigned.
                _ => !self.is_in(value) && bare(right) == bare(value),
            },
            // `WHERE data ? 'old'` where `data - 'old'` is assigned.
            BinaryOperator::Question => literal(right).is_some_and(|key| self.removes(value, &key)),
            _ => false,
        }
    }

    /// Whether a value is certainly another one than the column had: a number more or less, a text with something behind it.
    fn moves(&self, value: &Expr) -> bool {
        let Expr::BinaryOp { left, op, right } = bare(value) else {
            return false;
        };
        let Some(step) = literal(right).filter(|_| self.is(left)) else {
            return false;
        };
        match op {
            BinaryOperator::Plus | BinaryOperator::Minus => {
                step.parse::<f64>().is_ok_and(|number| number != 0.0)
            }
            BinaryOperator::StringConcat => !step.is_empty(),
            _ => false,
        }
    }

    /// Whether a `jsonb` value is the column without a key.
    fn removes(&self, value: &Expr, key: &str) -> bool {
        match bare(value) {
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Minus,
                right,
            } => {
                literal(right).as_deref() == Some(key) && self.is_in(left)
                    || self.removes(left, key)
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::StringConcat,
                right,
            } => self.removes(left, key) || self.removes(right, key),
            _ => false,
        }
    }
}

/// The comparison that says the same with its sides exchanged.
fn turned(op: &BinaryOperator) -> Option<BinaryOperator> {
    Some(match op {
        BinaryOperator::Eq | BinaryOperator::NotEq => op.clone(),
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        _ => return None,
    })
}

/// Whether `new op limit`, for an operator that puts numbers in order.
fn holds(new: f64, op: &BinaryOperator, limit: f64) -> bool {
    match op {
        BinaryOperator::Lt => new < limit,
        BinaryOperator::LtEq => new <= limit,
        BinaryOperator::Gt => new > limit,
        _ => new >= limit,
    }
}

/// A number that is written as one: texts have an order of their own.
fn number(expr: &Expr) -> Option<f64> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => number(expr).map(|number| -number),
        _ => None,
    }
}

/// Whether a value is certainly not null.
fn is_certain(value: &Expr) -> bool {
    match bare(value) {
        Expr::Value(value) => value.value != Value::Null,
        Expr::TypedString(_) | Expr::Interval(_) | Expr::Array(_) => true,
        Expr::Cast { expr, .. } | Expr::Collate { expr, .. } => is_certain(expr),
        Expr::BinaryOp { left, right, .. } => is_certain(left) && is_certain(right),
        Expr::Function(function) => match object_name(&function.name).name() {
            "coalesce" | "greatest" | "least" => {
                arguments(function).is_some_and(|arguments| arguments.into_iter().any(is_certain))
            }
            "now" | "current_timestamp" | "current_date" | "clock_timestamp"
            | "jsonb_build_object" | "json_build_object" | "jsonb_build_array" | "concat" => true,
            _ => volatility::is_chance(&object_name(&function.name)),
        },
        _ => false,
    }
}

/// Whether a value that begins or ends in a known way fails `LIKE pattern`, or `NOT LIKE` it.
fn fails_like(pattern: &Expr, negated: bool, value: &Expr) -> bool {
    let Some(pattern) = literal(pattern) else {
        return false;
    };
    let wild = |text: &str| text.contains(['%', '_', '\\']);
    if negated {
        let (prefixed, suffixed) = (pattern.strip_suffix('%'), pattern.strip_prefix('%'));
        return prefixed
            .zip(prefix(value))
            .is_some_and(|(start, known)| !wild(start) && known.starts_with(start))
            || suffixed
                .zip(suffix(value))
                .is_some_and(|(end, known)| !wild(end) && known.ends_with(end));
    }
    let fixed = pattern.find(['%', '_', '\\']).unwrap_or(pattern.len());
    let start = &pattern[..fixed];
    match (literal(value), prefix(value)) {
        (Some(new), _) => !new.starts_with(start) || fixed == pattern.len() && new != pattern,
        (None, Some(known)) => !known.starts_with(start) && !start.starts_with(&known),
        _ => expr::is_null(value),
    }
}

/// What a text certainly begins with: `'a' || x`, `concat('a', x)`.
fn prefix(value: &Expr) -> Option<String> {
    match bare(value) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::StringConcat,
            ..
        } => prefix(left),
        Expr::Function(function) if object_name(&function.name).name() == "concat" => {
            arguments(function)?.first().and_then(|first| prefix(first))
        }
        other => literal(other),
    }
}

/// What a text certainly ends with: `x || 'a'`.
fn suffix(value: &Expr) -> Option<String> {
    match bare(value) {
        Expr::BinaryOp {
            op: BinaryOperator::StringConcat,
            right,
            ..
        } => suffix(right),
        Expr::Function(function) if object_name(&function.name).name() == "concat" => {
            arguments(function)?.last().and_then(|last| suffix(last))
        }
        other => literal(other),
    }
}
