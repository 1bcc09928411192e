//! Tells whether a second run of an `UPDATE` may change a row again.
//!
//! It may where the new value is a function of the old one that is not idempotent, of another column that the same
//! statement changes, or of chance; and it does not where the `WHERE` no longer holds for a row that is done.

mod done;
mod idempotent;

use sqlparser::ast::Expr;

use crate::{
    lower::parsed::{
        dml::Value,
        expr::{bare, ident},
        walk,
    },
    name::Ident,
    volatility,
};

/// A value of more tokens is not looked into: each part of it is compared with all that stands inside.
const LONGEST: usize = 1_000;

/// For each of `values`, whether a second run may change it again. `names` is what the target is called.
pub(super) fn of_update(
    values: &[Value<'_>],
    filter: Option<&Expr>,
    names: &[String],
) -> Vec<bool> {
    if filter.is_some_and(|filter| {
        values
            .iter()
            .filter(|value| value.tokens.len() <= LONGEST)
            .any(|value| done::excludes(filter, &Own::new(&value.column, names), &value.tree))
    }) {
        return vec![false; values.len()];
    }
    values
        .iter()
        .map(|value| {
            let own = Own::new(&value.column, names);
            let mut seen = walk::Seen::default();
            seen.expr(&value.tree);
            let chance = seen.functions.iter().any(volatility::is_chance);
            let moving = values.iter().any(|other| {
                let changed = Own::new(&other.column, names);
                other.column != value.column
                    && !changed.is(&other.tree)
                    && changed.is_in(&value.tree)
            });
            // What is still null comes out as it did the first time.
            let fills = filter.is_some_and(|filter| done::is_null(filter, &own));
            let stable = if value.tokens.len() <= LONGEST {
                own.is_stable(&value.tree)
            } else {
                !own.is_in(&value.tree)
            };
            moving || !fills && (chance || !stable)
        })
        .collect()
}

/// A column of the row that is updated.
pub(super) struct Own<'a> {
    column: &'a Ident,
    names: &'a [String],
}

impl<'a> Own<'a> {
    fn new(column: &'a Ident, names: &'a [String]) -> Self {
        Self { column, names }
    }

    /// Whether an expression is the column itself.
    fn is(&self, expr: &Expr) -> bool {
        match bare(expr) {
            Expr::Identifier(name) => ident(name) == *self.column,
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, name] => {
                    ident(name) == *self.column && self.names.contains(&ident(table).value)
                }
                _ => false,
            },
            // `x::text` and `x COLLATE "C"` of a value that comes back into `x` are `x`.
            Expr::Cast { expr, .. } | Expr::Collate { expr, .. } => self.is(expr),
            _ => false,
        }
    }

    /// Whether an expression names the column, in a sub-query only where the table's name stands with it.
    fn is_in(&self, expr: &Expr) -> bool {
        let mut seen = walk::Seen::default();
        seen.expr(expr);
        seen.columns
            .iter()
            .zip(&seen.references)
            .filter(|(column, _)| *column == self.column)
            .any(|(_, reference)| match &reference.qualifier {
                Some(table) => self.names.contains(table),
                None => !reference.in_subquery,
            })
    }
}
