//! What the rules about `DROP` share.

use crate::{
    Context, Step,
    action::{Action, AlterClause, DropObject, ObjectKind},
    name::{Ident, ObjectName},
};

/// The drop of an object of one of these kinds, unless this migration made it, it is the session's own, or it is gone.
pub(super) fn existing<'a>(
    context: &Context<'_>,
    step: &'a Step,
    kinds: &[ObjectKind],
) -> Option<&'a DropObject> {
    let Action::DropObject(drop) = &step.action else {
        return None;
    };
    let own = context
        .catalog
        .is_object_new(drop.kind, &drop.name, drop.table.as_ref())
        || drop.kind.is_relation() && context.catalog.is_temporary(&drop.name);
    (kinds.contains(&drop.kind) && !own && !is_done(context, step)).then_some(drop)
}

/// Whether a step drops `IF EXISTS` what migrations made and dropped before, and so does nothing.
pub(super) fn is_done(context: &Context<'_>, step: &Step) -> bool {
    let catalog = context.catalog;
    match &step.action {
        Action::DropObject(drop) => {
            let named = drop.kind == ObjectKind::Index || drop.kind.is_relation();
            drop.if_exists && named && catalog.is_gone(&drop.name)
        }
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::DropColumn {
                name,
                if_exists: true,
                ..
            } => catalog.is_column_gone(&alter.table, name),
            AlterClause::DropConstraint {
                name,
                if_exists: true,
                ..
            } => catalog.is_constraint_gone(&alter.table, name),
            _ => false,
        },
        _ => false,
    }
}

/// The same, unless the migration makes an object of that kind and name further down, or gives one the name, or has renamed
/// this one to make another under its name.
pub(super) fn replaced<'a>(
    context: &Context<'_>,
    step: &'a Step,
    kinds: &[ObjectKind],
) -> Option<&'a DropObject> {
    let drop = existing(context, step, kinds)?;
    let (outline, index, name) = (context.outline, context.index, drop.name.name());
    let again = match &drop.table {
        Some(table) => outline.is_part_created_after(index, drop.kind, table.name(), name),
        None => {
            kinds.iter().any(|&kind| {
                outline.is_created_after(index, kind, name)
                    || outline.is_renamed_after(index, kind, name)
            }) || outline.made_room_before(index, drop.kind, name)
        }
    };
    (!again).then_some(drop)
}

/// Whether the migration drops the table or its column further down, which says more.
pub(super) fn goes_later(context: &Context<'_>, table: &ObjectName, column: &Ident) -> bool {
    is_dropped_later(context, table.name())
        || is_column_dropped_later(context, table.name(), &column.value)
}

/// Whether the migration drops a table of that unqualified name further down.
pub(super) fn is_dropped_later(context: &Context<'_>, table: &str) -> bool {
    let swaps = &context.outline.swaps;
    swaps.is_dropped_after(context.index, ObjectKind::Table, table)
}

/// Whether the migration drops a column of a table of that unqualified name further down.
pub(super) fn is_column_dropped_later(context: &Context<'_>, table: &str, column: &str) -> bool {
    let swaps = &context.outline.swaps;
    swaps.is_taken_after(context.index, ObjectKind::Column, table, column)
}

/// The end of a message: what `CASCADE` takes along.
pub(super) fn along(drop: &DropObject, what: &str) -> String {
    if drop.cascade {
        format!(", and `CASCADE` {what}")
    } else {
        String::new()
    }
}

/// Several things that happen, as one sentence.
pub(super) fn sentence(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}
