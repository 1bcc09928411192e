//! The literals that an `INSERT` gives its columns, and those by which a `DELETE` picks its rows.

use sqlparser::ast::{BinaryOperator, Expr, Query, Select, SelectItem, SetExpr};

use crate::{
    action::ColumnValues,
    lower::parsed::expr::{column, conjuncts, literal},
    name::Ident,
};

/// The columns that have a literal in each row of `source`: of `VALUES`, or of a `SELECT` that reads nothing.
pub(super) fn given(source: &Query, columns: &[Ident]) -> Vec<ColumnValues> {
    let rows = match &*source.body {
        SetExpr::Select(select) if !select.from.is_empty() => return Vec::new(),
        body => rows(body),
    };
    columns
        .iter()
        .enumerate()
        .filter_map(|(index, column)| {
            let values = rows.iter().map(|row| literal(row.get(index)?));
            Some(ColumnValues {
                column: column.clone(),
                values: values.collect::<Option<_>>()?,
            })
        })
        .collect()
}

/// The rows of `VALUES`, or the one of which a `SELECT` makes all of its; none where they are not spelt out.
pub(super) fn rows(body: &SetExpr) -> Vec<Vec<&Expr>> {
    match body {
        SetExpr::Values(values) => {
            let rows = values.rows.iter();
            rows.map(|row| row.content.iter().collect()).collect()
        }
        SetExpr::Select(select) => row(select).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The values of a `SELECT` list without `*`.
fn row(select: &Select) -> Option<Vec<&Expr>> {
    let items = select.projection.iter();
    items
        .map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
            _ => None,
        })
        .collect()
}

/// The literals that each column must be one of: `a = 'x' AND b IN ('y', 'z')`. Empty where `filter` asks for more.
pub(super) fn picked(filter: &Expr) -> Vec<ColumnValues> {
    let picks = conjuncts(filter).into_iter().map(pick);
    picks.collect::<Option<_>>().unwrap_or_default()
}

fn pick(term: &Expr) -> Option<ColumnValues> {
    let (tested, values) = match term {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => match literal(right) {
            Some(value) => (left, [value].into()),
            None => (right, [literal(left)?].into()),
        },
        Expr::InList {
            expr,
            list,
            negated: false,
        } => (expr, list.iter().map(literal).collect::<Option<_>>()?),
        _ => return None,
    };
    Some(ColumnValues {
        column: column(tested)?,
        values,
    })
}
