//! Whether the name that a relation had is there again, so that the running application does not notice.

use crate::{
    Context,
    action::{ObjectKind, Rename, RenamePart},
    name::ObjectName,
};

/// Whether a later step creates a relation of that name, or gives the name to another one.
pub(super) fn is_provided_again(context: &Context<'_>, name: &ObjectName) -> bool {
    let kinds = [
        ObjectKind::View,
        ObjectKind::Table,
        ObjectKind::MaterializedView,
        ObjectKind::Sequence,
    ];
    let relations = [ObjectKind::ForeignTable, ObjectKind::Index];
    kinds.iter().any(|&kind| {
        context
            .outline
            .is_created_after(context.index, kind, name.name())
    }) || kinds.iter().chain(&relations).any(|&kind| {
        context
            .outline
            .is_renamed_after(context.index, kind, name.name())
    })
}

/// Whether an earlier step has freed the name that this one takes: a copy that was filled on the side takes the place of
/// the original, and nobody asks for the copy's own name.
pub(super) fn takes_a_freed_name(context: &Context<'_>, rename: &Rename) -> bool {
    let (outline, to) = (context.outline, &rename.to.value);
    match &rename.part {
        RenamePart::Object => outline.is_freed_before(context.index, to),
        RenamePart::Column(_) => {
            outline.is_column_freed_before(context.index, rename.object.name(), to)
        }
        _ => false,
    }
}

/// Whether the table has a new name and a later step makes a view under the old one.
pub(super) fn is_viewed(context: &Context<'_>, table: &ObjectName) -> bool {
    let outline = context.outline;
    outline
        .former_names(table.name())
        .any(|name| outline.is_created_after(context.index, ObjectKind::View, name))
}
