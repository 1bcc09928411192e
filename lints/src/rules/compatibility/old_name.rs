//! Whether the name that a relation had is there again, so that the running application does not notice.

use crate::{
    Context,
    action::{Action, ObjectKind, Rename, RenamePart},
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
    kinds.iter().any(|&kind| {
        context
            .outline
            .is_created_after(context.index, kind, name.name())
    }) || context.later_steps().iter().any(|step| {
        matches!(&step.action, Action::Rename(rename)
                if rename.part == RenamePart::Object
                    && rename.kind.is_relation()
                    && rename.to.value == name.name())
    })
}

/// Whether an earlier step has freed the name that this one takes: a copy that was filled on the side takes the place of
/// the original, and nobody asks for the copy's own name.
pub(super) fn takes_a_freed_name(context: &Context<'_>, rename: &Rename) -> bool {
    context.migration.steps[..context.index].iter().any(|step| {
        let Action::Rename(earlier) = &step.action else {
            return false;
        };
        match (&earlier.part, &rename.part) {
            (RenamePart::Object, RenamePart::Object) => earlier.object.name() == rename.to.value,
            (RenamePart::Column(freed), RenamePart::Column(_)) => {
                earlier.object.name() == rename.object.name() && *freed == rename.to
            }
            _ => false,
        }
    })
}

/// Whether the table has a new name and a later step makes a view under the old one.
pub(super) fn is_viewed(context: &Context<'_>, table: &ObjectName) -> bool {
    let renames = context
        .migration
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Rename(rename) if rename.part == RenamePart::Object => Some(rename),
            _ => None,
        });
    renames
        .filter(|rename| rename.to.value == table.name() || rename.object.name() == table.name())
        .any(|rename| {
            let name = rename.object.name();
            context
                .outline
                .is_created_after(context.index, ObjectKind::View, name)
        })
}
