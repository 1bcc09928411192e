//! Functions of a column that change nothing the second time.

use sqlparser::ast::{BinaryOperator, CaseWhen, Expr, Function};

use crate::{
    lower::parsed::{
        expr::{arguments, bare, literal, object_name},
        repeats::Own,
        walk,
    },
    volatility,
};

/// `f(f(x, …), …) = f(x, …)` while the other arguments stay.
const IDEMPOTENT: &[&str] = &[
    "abs",
    "array_remove",
    "array_replace",
    "btrim",
    "ceil",
    "ceiling",
    "coalesce",
    "date_trunc",
    "floor",
    "greatest",
    "initcap",
    "jsonb_set",
    "jsonb_set_lax",
    "jsonb_strip_nulls",
    "json_strip_nulls",
    "least",
    "left",
    "lower",
    "lpad",
    "ltrim",
    "nullif",
    "round",
    "rpad",
    "rtrim",
    "trim",
    "trunc",
    "upper",
];

impl Own<'_> {
    /// Whether giving the column this value a second time changes nothing.
    pub(super) fn is_stable(&self, value: &Expr) -> bool {
        if self.is(value) || !self.is_in(value) {
            return true;
        }
        match bare(value) {
            Expr::Cast { expr, .. }
            | Expr::Collate { expr, .. }
            | Expr::Ceil { expr, .. }
            | Expr::Floor { expr, .. }
            | Expr::Trim {
                expr,
                trim_what: None,
                trim_characters: None,
                ..
            } => self.is_stable(expr),
            Expr::Trim {
                expr,
                trim_what: Some(what),
                ..
            } => self.is_stable(expr) && !self.is_in(what),
            Expr::Function(function) => self.is_stable_call(function),
            Expr::BinaryOp { left, op, right } => self.is_stable_operation(left, op, right),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.is_stable_case(operand.as_deref(), conditions, else_result.as_deref()),
            _ => false,
        }
    }

    fn is_stable_call(&self, function: &Function) -> bool {
        let name = object_name(&function.name);
        let Some(arguments) = arguments(function) else {
            return false;
        };
        match name.name() {
            "replace" => self.is_stable_replace(&arguments),
            // Which argument is the column does not matter: `coalesce(x, 0)`, `greatest(0, x)`, `date_trunc('day', x)`.
            name if IDEMPOTENT.contains(&name) => {
                arguments.iter().all(|argument| self.is_stable(argument))
                    && (arguments
                        .iter()
                        .filter(|argument| self.is_in(argument))
                        .count()
                        == 1
                        || matches!(name, "coalesce" | "greatest" | "least"))
            }
            _ => false,
        }
    }

    /// `replace(x, from, to)`: nothing of `from` is left, and none can come about around a `to`.
    fn is_stable_replace(&self, arguments: &[&Expr]) -> bool {
        let [text, from, to] = arguments else {
            return false;
        };
        let (Some(from), Some(to)) = (literal(from), literal(to)) else {
            return false;
        };
        let cuts = |text: &str| {
            text.char_indices()
                .map(|(at, _)| at)
                .skip(1)
                .collect::<Vec<_>>()
        };
        self.is_stable(text)
            && !from.is_empty()
            && !to.contains(&from)
            && !from.contains(&to)
            && cuts(&from)
                .into_iter()
                .all(|at| !to.starts_with(&from[at..]) && !to.ends_with(&from[..at]))
    }

    /// `jsonb` operators that set or remove keys; `||` of texts and arithmetic go on and on.
    fn is_stable_operation(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
        if !self.is_stable(left) || self.is_in(right) {
            return false;
        }
        match op {
            BinaryOperator::StringConcat => is_object(right),
            BinaryOperator::Minus | BinaryOperator::HashMinus => is_key(right),
            _ => false,
        }
    }

    fn is_stable_case(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        other: Option<&Expr>,
    ) -> bool {
        let results: Vec<&Expr> = conditions.iter().map(|when| &when.result).collect();
        if !results
            .iter()
            .chain(&other)
            .all(|result| self.is_stable(result))
        {
            return false;
        }
        let asks = |expr: &Expr| self.is_in(expr);
        if !operand.is_some_and(asks) && !conditions.iter().any(|when| asks(&when.condition)) {
            return true;
        }
        if self.is_one_literal_or_own(conditions, other) {
            return true;
        }
        // `CASE x WHEN 'a' THEN 'b' …`: each result must be one that stays as it is.
        let Some(map) = conditions
            .iter()
            .map(|when| {
                self.matched(operand, &when.condition)
                    .zip(literal(&when.result))
            })
            .collect::<Option<Vec<_>>>()
        else {
            return false;
        };
        let again = |text: &String| match map.iter().find(|(from, _)| from == text) {
            Some((_, to)) => Some(to.clone()),
            None => match other {
                Some(other) if self.is(other) => Some(text.clone()),
                Some(other) => literal(other),
                None => None,
            },
        };
        let results = map.iter().map(|(_, to)| to.clone());
        results
            .chain(other.and_then(literal))
            .all(|text| again(&text).as_ref() == Some(&text))
            && other.is_none_or(|other| self.is(other) || literal(other).is_some())
    }

    /// Whether a case of the row alone gives one literal, and the column itself elsewhere: what has the literal keeps it, and
    /// for a row that has stayed as it was the conditions are what they were.
    fn is_one_literal_or_own(&self, conditions: &[CaseWhen], other: Option<&Expr>) -> bool {
        let mut seen = walk::Seen::default();
        for when in conditions {
            seen.expr(&when.condition);
        }
        let results = conditions.iter().map(|when| &when.result).chain(other);
        let mut given = results.filter(|result| !self.is(result));
        let Some(first) = given.next().and_then(literal) else {
            return false;
        };
        let chance = seen.functions.iter().any(volatility::is_chance);
        other.is_some()
            && !seen.subquery
            && !chance
            && given.all(|result| literal(result).as_ref() == Some(&first))
    }

    /// The literal that a condition compares the column with.
    fn matched(&self, operand: Option<&Expr>, condition: &Expr) -> Option<String> {
        match operand {
            Some(operand) => self.is(operand).then(|| literal(condition)).flatten(),
            None => match bare(condition) {
                Expr::BinaryOp {
                    left,
                    op: BinaryOperator::Eq,
                    right,
                } if self.is(left) => literal(right),
                _ => None,
            },
        }
    }
}

/// Whether an expression is a key or path that `-` or `#-` removes, and no number or interval that it subtracts.
fn is_key(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Value(_))
        && literal(expr).is_some_and(|text| {
            text.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '{'))
        })
}

/// Whether an expression is a `jsonb` object: `||` with it sets keys. An array would be appended.
fn is_object(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Function(function) => matches!(
            object_name(&function.name).name(),
            "jsonb_build_object" | "jsonb_object" | "jsonb_object_agg"
        ),
        other => literal(other).is_some_and(|text| text.trim_start().starts_with('{')),
    }
}
