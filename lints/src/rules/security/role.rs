//! What the rules about roles share.

use crate::{
    Step,
    action::{Action, AlterObjectClause, CreateDetail, RoleOptions},
    name::ObjectName,
};

/// The role that a step creates or alters, and its options.
pub(super) fn options(step: &Step) -> Option<(&ObjectName, RoleOptions)> {
    match &step.action {
        Action::CreateObject(create) => match &create.detail {
            CreateDetail::Role(options) => Some((&create.name, *options)),
            _ => None,
        },
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::Role(options) => Some((&alter.name, *options)),
            _ => None,
        },
        _ => None,
    }
}
