//! Which columns an `INSERT` gives another value each time.

use sqlparser::ast::{BinaryOperator, Expr, Query, Select, SetExpr};

use crate::{
    action::Given,
    lower::parsed::{
        antijoin,
        expr::{arguments, bare, literal, object_name},
        literals,
    },
    name::ObjectName,
    volatility,
};

/// What stands at each place of the rows of `source`, which go to `target`.
pub(super) fn of(source: &Query, target: &ObjectName) -> Vec<Given> {
    let rows = literals::rows(&source.body);
    let places = rows.iter().map(Vec::len).min().unwrap_or(0);
    let own = match &*source.body {
        SetExpr::Select(select) => reads_alone(source, select, target),
        _ => false,
    };
    let at = |place: usize| {
        let mut values = rows.iter().map(|row| row[place]);
        if values.clone().all(|value| is_fresh(value, target, own)) {
            Given::Fresh
        } else if values.all(is_default) {
            Given::Default
        } else {
            Given::Any
        }
    };
    (0..places).map(at).collect()
}

/// Whether a value is another one each time; `own` where it is computed over all rows of the target.
fn is_fresh(value: &Expr, target: &ObjectName, own: bool) -> bool {
    match bare(value) {
        Expr::Cast { expr, .. } => is_fresh(expr, target, own),
        Expr::Function(function) => volatility::is_chance(&object_name(&function.name)),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Plus,
            right,
        } => is_positive(right) && is_highest(left, target, own),
        // `(SELECT max(n) + 1 FROM target)`
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => {
                let only = literals::rows(&query.body);
                let own = reads_alone(query, select, target);
                only.iter()
                    .any(|row| matches!(row[..], [value] if is_fresh(value, target, own)))
            }
            _ => false,
        },
        _ => false,
    }
}

/// `max(n)`, `coalesce(max(n), 0)`, `(SELECT max(n) FROM target)`.
fn is_highest(value: &Expr, target: &ObjectName, own: bool) -> bool {
    match bare(value) {
        Expr::Cast { expr, .. } => is_highest(expr, target, own),
        Expr::Function(function) => match object_name(&function.name).name() {
            "max" => own,
            "coalesce" => arguments(function)
                .and_then(|arguments| Some(is_highest(arguments.first()?, target, own)))
                .unwrap_or(false),
            _ => false,
        },
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => {
                let own = reads_alone(query, select, target);
                let rows = literals::rows(&query.body);
                rows.iter()
                    .any(|row| matches!(row[..], [value] if is_highest(value, target, own)))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a query looks at all rows of `target` and at nothing else.
fn reads_alone(query: &Query, select: &Select, target: &ObjectName) -> bool {
    let tables = antijoin::reads(query, &[]);
    matches!(&tables[..], [table] if table == target) && select.selection.is_none()
}

fn is_positive(value: &Expr) -> bool {
    let number = literal(value).and_then(|text| text.parse::<f64>().ok());
    number.is_some_and(|number| number > 0.0)
}

fn is_default(value: &Expr) -> bool {
    matches!(value, Expr::Identifier(name)
        if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default"))
}
