//! What the rules about `DROP` share.

use crate::{
    Context, Step,
    action::{Action, DropObject, ObjectKind},
};

/// The drop of an object of one of these kinds, unless this migration made it or it is the session's own.
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
    (kinds.contains(&drop.kind) && !own).then_some(drop)
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

/// The end of a message: what `CASCADE` takes along.
pub(super) fn along(drop: &DropObject, what: &str) -> String {
    if drop.cascade {
        format!(", and `CASCADE` {what}")
    } else {
        String::new()
    }
}
