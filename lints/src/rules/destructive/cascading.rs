//! What a `DELETE` takes along.

use crate::{
    Context,
    name::{ObjectName, listed},
};

/// The tables whose rows go with those of a table that they refer to.
pub(in crate::rules) fn note(context: &Context<'_>, table: &ObjectName) -> Option<String> {
    let tables = context.catalog.cascading(table);
    (!tables.is_empty()).then(|| {
        let tables = listed(&tables);
        format!("the rows of {tables} that refer to them go too: `ON DELETE CASCADE`")
    })
}
