//! A statement that refuses a transaction gets a migration of its own: the fix that several rules share.

mod alone;
mod index_build;
mod index_drop;

pub(super) use self::index_build::{build, generated_name, repeatable};
pub(super) use self::index_drop::drop;

use crate::{
    action::{Action, ObjectKind},
    finding::Finding,
    fix::{Edit, NewFile},
    migration::TransactionMode,
    rule::Context,
    source::Span,
    split,
    step::Step,
};

/// Why a statement in a file of its own is worth a look.
const APART: &str =
    "the statement runs in a migration of its own then, after the rest has committed";

/// Adds the fix that gives whatever refuses a transaction a file without one.
pub(super) fn any(finding: Finding, context: &Context<'_>, step: &Step) -> Finding {
    match &step.action {
        Action::CreateIndex(create) => build(finding, context, step, create),
        Action::DropObject(dropped) if dropped.kind == ObjectKind::Index => {
            drop(finding, context, step, dropped)
        }
        _ if split::is_whole(context, step) && alone::does_nothing_else(context, step) => {
            alone::bare(finding, context, step, Vec::new(), Vec::new())
        }
        _ => finding,
    }
}

/// Adds the fix that writes `CONCURRENTLY` at a place of the step, where the file does nothing else.
pub(super) fn concurrently(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    at: usize,
) -> Finding {
    if !split::is_whole(context, step) {
        return finding;
    }
    let changes = vec![insert(at, " CONCURRENTLY")];
    if commits_alone(context) {
        return in_place(finding, changes);
    }
    if !alone::does_nothing_else(context, step) {
        return finding;
    }
    alone::bare(finding, context, step, changes, Vec::new())
}

/// Whether a statement is in no transaction here, whatever else the file does.
fn commits_alone(context: &Context<'_>) -> bool {
    context.migration.mode == TransactionMode::Autocommit && !context.catalog.session.in_transaction
}

fn in_place(mut finding: Finding, changes: impl IntoIterator<Item = Edit>) -> Finding {
    finding.fix.edits.extend(changes);
    finding
}

/// The fix that takes a statement out.
fn taken_out(finding: Finding, edits: Vec<Edit>, files: Vec<NewFile>) -> Finding {
    let mut finding = finding.with_files(files).alone();
    finding.fix.edits.extend(edits);
    finding.unsafe_fix(APART)
}

fn insert(at: usize, text: impl Into<String>) -> Edit {
    insert_at(Span::at(at), text)
}

fn insert_at(span: Span, text: impl Into<String>) -> Edit {
    Edit {
        file: None,
        span,
        text: text.into(),
    }
}

#[cfg(test)]
mod tests;
