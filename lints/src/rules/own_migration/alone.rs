//! A file that does nothing else gives up its transaction in place.

use super::insert_at;
use crate::{
    action::{Action, ObjectKind, SetParameter, Transaction},
    finding::Finding,
    fix::{Edit, NewFile},
    layout::{asking, sqlx::NO_TRANSACTION},
    migration::TransactionMode,
    rule::Context,
    rules::transaction::refusal::needs_no_transaction,
    source::Span,
    split,
    step::Step,
};

/// Why a file that loses its transaction is worth a look.
fn why_bare(action: &Action) -> &'static str {
    match action {
        Action::CreateIndex(_) | Action::Reindex { .. } => {
            "the migration runs without a transaction then: a build that fails leaves an `INVALID` index"
        }
        // It is marked before it is taken away.
        Action::DropObject(drop) if drop.kind == ObjectKind::Index => {
            "the migration runs without a transaction then: a drop that is cut short leaves the index `INVALID`"
        }
        Action::AlterTable(_) => {
            "the migration runs without a transaction then: a detachment that is cut short has to be ended with `FINALIZE`"
        }
        _ => "the migration runs without a transaction then",
    }
}

/// Why that is worth a look where the runner is not known.
const ASKED: &str = "only sqlx takes its first line for what it asks";
/// Why the way down may be worth a look.
const BOTH: &str = "the way down runs without a transaction then, too";
/// Why a file beside the migration is worth a look.
const BESIDE: &str = "a file beside the migration says that it runs without a transaction";
/// Why a file before is worth a look.
pub(super) const BEFORE: &str = "a migration before this one drops what a build that failed has left, and is to be run again before it is tried again";
/// Why a drop before a build is worth a look.
pub(super) const FIRST: &str = "an index of that name is dropped first, and built anew in each run";

/// Whether the rest of the file is about how long the statement may take, which a file without a transaction cannot say, or
/// the transaction itself, where the runner has none.
pub(super) fn does_nothing_else(context: &Context<'_>, step: &Step) -> bool {
    let bare = context.migration.mode == TransactionMode::Unwrapped;
    let mut others = context.migration.steps.iter();
    others.all(|other| {
        other.statement == step.statement
            || match &other.action {
                Action::Set(SetParameter { name, .. }) => {
                    matches!(name.as_str(), "lock_timeout" | "statement_timeout")
                }
                Action::Transaction(Transaction::Begin | Transaction::Commit) => bare,
                _ => false,
            }
    })
}

/// The fix in place: the file does nothing else, and gives up its transaction.
pub(super) fn bare(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    changes: Vec<Edit>,
    files: Vec<NewFile>,
) -> Finding {
    let migration = context.migration;
    let wrapped = migration.mode == TransactionMode::Wrapped;
    let mut edits = changes;
    let mut sets = 0;
    for (index, other) in migration.steps.iter().enumerate() {
        if other.statement == step.statement {
            continue;
        }
        sets += 1;
        let context = Context { index, ..*context };
        let Some(cutting) = split::cut(&context, other, &[]) else {
            return finding;
        };
        // Edits may not touch: what stands one below the other goes as one.
        match edits
            .iter_mut()
            .find(|edit| edit.text.is_empty() && edit.span.end == cutting.span.start)
        {
            Some(edit) => edit.span.end = cutting.span.end,
            None => edits.push(insert_at(cutting.span, "")),
        }
    }
    let Some(request) = asking::ask(context.layout(), migration, &edits) else {
        return finding;
    };
    for asked in request.edits {
        // Two edits at one place have no order: a cut that begins there takes the place of the line.
        let cut = edits.iter_mut().find(|edit| {
            edit.text.is_empty() && edit.span.start == asked.span.start && asked.file.is_none()
        });
        match cut {
            Some(cut) => cut.text = asked.text,
            None => edits.push(asked),
        }
    }
    // What failed each time until now cannot become worse.
    let failed = needs_no_transaction(step, context.catalog) && sets == 0;
    let reason = if !files.is_empty() {
        Some(BEFORE)
    } else if wrapped && context.layout().is_none() {
        Some(ASKED)
    } else if !failed && (wrapped || sets > 0) {
        Some(why_bare(&step.action))
    } else if wrapped && asking::splits_way_down(context.layout(), migration) {
        Some(BOTH)
    } else if !request.files.is_empty() {
        Some(BESIDE)
    } else {
        None
    };
    let mut finding = finding.with_files(files).with_files(request.files).alone();
    finding.fix.edits.extend(edits);
    match reason {
        Some(reason) => finding.unsafe_fix(reason),
        None => finding,
    }
}

/// The edits that leave a statement out of the file, and with it the line that asks for no transaction where nothing that
/// stays needs it.
pub(super) fn without(context: &Context<'_>, step: &Step, span: Span) -> Vec<Edit> {
    let migration = context.migration;
    let mut edits = vec![insert_at(span, "")];
    let others = migration
        .steps
        .iter()
        .filter(|other| other.statement != step.statement);
    let needed = |other: &Step| needs_no_transaction(other, context.catalog);
    if migration.mode == TransactionMode::Unwrapped && !others.into_iter().any(needed) {
        let text = migration.up.text();
        let line = text.find('\n').map_or(text.len(), |end| end + 1);
        if text[..line].trim_end() == NO_TRANSACTION && line <= span.start {
            match line == span.start {
                true => edits[0].span.start = 0,
                false => edits.push(insert_at(Span::new(0, line), "")),
            }
        }
    }
    edits
}
