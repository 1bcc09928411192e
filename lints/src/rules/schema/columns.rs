//! The columns that a step adds for good.

use crate::{
    Context, Step,
    action::{Action, AlterClause, Column, IfExists},
    name::ObjectName,
};

/// The new columns of a step with their table; none of temporary and foreign tables, whose types are others' choice.
pub(super) fn new<'a>(
    context: &Context<'_>,
    step: &'a Step,
) -> impl Iterator<Item = (&'a ObjectName, &'a Column)> {
    let (table, columns): (Option<&ObjectName>, &[Column]) = match &step.action {
        Action::CreateTable(create) => {
            let stands = create.if_exists == IfExists::Keep
                && context.catalog.relation(&create.name).is_some();
            let others = create.persistence.is_temporary() || create.foreign || stands;
            ((!others).then_some(&create.name), &create.columns)
        }
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn { column, .. } => {
                let temporary = context.catalog.is_temporary(&alter.table);
                (
                    (!temporary).then_some(&alter.table),
                    std::slice::from_ref(column.as_ref()),
                )
            }
            _ => (None, &[]),
        },
        _ => (None, &[]),
    };
    table
        .into_iter()
        .flat_map(move |table| columns.iter().map(move |column| (table, column)))
}
