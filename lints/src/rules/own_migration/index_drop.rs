//! An index is dropped concurrently, in a migration that does nothing else.

use super::{
    alone::{bare, does_nothing_else, without},
    commits_alone, in_place, insert, taken_out,
};
use crate::{
    action::DropObject,
    finding::Finding,
    rule::Context,
    split::{self, Draft, Subject, Way},
    step::Step,
};

/// Adds the fix that drops an index concurrently, in a file that does nothing else.
pub(in crate::rules) fn drop(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    drop: &DropObject,
) -> Finding {
    let (Some(after_keyword), Some(name_start)) = (drop.after_keyword, drop.name_start) else {
        return finding;
    };
    // CASCADE and several names are refused.
    if drop.cascade || !split::is_whole(context, step) {
        return finding;
    }
    let mut changes = Vec::new();
    if !drop.concurrently {
        changes.push(insert(after_keyword, " CONCURRENTLY"));
    }
    if commits_alone(context) {
        return in_place(finding, changes);
    }
    if does_nothing_else(context, step) {
        return bare(finding, context, step, changes, Vec::new());
    }
    if !drop.if_exists {
        changes.push(insert(name_start, "IF EXISTS "));
    }
    let moved = || {
        let cutting = split::cut(context, step, &changes)?;
        let index = context.catalog.index(&drop.name);
        let subject = Subject {
            table: index.map_or(drop.name.name(), |index| &index.table.name),
            name: drop.name.name(),
            unique: false,
            replaces: false,
        };
        let draft = Draft {
            name: format!("drop {}", drop.name.name()),
            up: Way::Bare(cutting.text),
            down: Way::Wrapped(
                "-- irreversible: what the index was stands in the migration that made it\n"
                    .to_owned(),
            ),
        };
        let placed = split::after(context, &subject, &[draft])?;
        Some((without(context, step, cutting.span), placed.files))
    };
    match moved() {
        Some((edits, files)) => taken_out(finding, edits, files),
        None => finding,
    }
}
