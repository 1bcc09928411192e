//! The columns that a step adds for good, or gives another type.

use std::borrow::Cow;

use crate::{
    Context, Step,
    action::{Action, AlterClause, Column, IfExists, ObjectKind},
    migration::ColumnProperty,
    name::ObjectName,
};

/// [`new`], and columns that are given another type: with nothing but their name and that type.
pub(super) fn typed<'a>(
    context: &Context<'_>,
    step: &'a Step,
) -> impl Iterator<Item = (&'a ObjectName, Cow<'a, Column>)> {
    new(context, step)
        .map(|(table, column)| (table, Cow::Borrowed(column)))
        .chain(retyped(context, step).map(|(table, column)| (table, Cow::Owned(column))))
}

fn retyped<'a>(context: &Context<'_>, step: &'a Step) -> Option<(&'a ObjectName, Column)> {
    let Action::AlterTable(alter) = &step.action else {
        return None;
    };
    let AlterClause::ColumnType {
        column,
        data_type,
        type_span,
        ..
    } = &alter.clause
    else {
        return None;
    };
    let others =
        alter.kind == ObjectKind::ForeignTable || context.catalog.is_temporary(&alter.table);
    let column = Column {
        name: column.clone(),
        data_type: data_type.clone(),
        type_span: *type_span,
        not_null: false,
        default: None,
        generated: None,
        collation: None,
        constraints: Vec::new(),
        span: step.span,
    };
    (!others).then_some((&alter.table, column))
}

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

/// Whether a fix may give the column another type: no migration does so itself, which then would not be the change that its
/// author tried.
pub(super) fn may_change(context: &Context<'_>, table: &ObjectName, column: &Column) -> bool {
    let column = &column.name.value;
    !context
        .set
        .alters(table.name(), column, ColumnProperty::Type)
}
