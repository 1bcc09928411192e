//! Tells whether a second run of an `UPDATE` may change a row again.

use sqlparser::ast::Expr;

use crate::lower::parsed::{dml::Value, walk};

/// For each of `values`, whether a second run may change it again. `names` is what the target is called.
pub(super) fn of_update(
    values: &[Value<'_>],
    filter: Option<&Expr>,
    names: &[String],
) -> Vec<bool> {
    let _ = (filter, names);
    values
        .iter()
        .map(|value| {
            let mut seen = walk::Seen::default();
            seen.expr(&value.tree);
            seen.columns.contains(&value.column)
        })
        .collect()
}
