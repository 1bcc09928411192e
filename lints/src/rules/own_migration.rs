//! A statement that refuses a transaction gets a migration of its own: the fix that several rules share.

use crate::{
    action::{Action, CreateIndex, DropObject, IfExists, ObjectKind, SetParameter, Transaction},
    catalog::index_name,
    finding::Finding,
    fix::{Edit, NewFile},
    layout::{Layout, is_marker, sqlx::NO_TRANSACTION},
    migration::{Migration, TransactionMode},
    name::{Ident, ObjectName},
    rule::Context,
    rules::transaction::refusal::needs_no_transaction,
    source::{SourceFile, Span},
    split::{self, Draft, Placed, Subject},
    step::Step,
};

/// Why a file that loses its transaction is worth a look.
const BARE: &str =
    "the migration runs without a transaction then: a build that fails leaves an `INVALID` index";
/// Why that is worth a look where the runner is not known.
const ASKED: &str = "only sqlx takes its first line for what it asks";
/// Why a statement in a file of its own is worth a look.
const APART: &str =
    "the statement runs in a migration of its own then, after the rest has committed";
/// Why a file before is worth a look.
const BEFORE: &str = "a migration before this one drops what a build that failed has left";

/// Adds the fix that gives whatever refuses a transaction a file without one.
pub(super) fn any(finding: Finding, context: &Context<'_>, step: &Step) -> Finding {
    match &step.action {
        Action::CreateIndex(create) => build(finding, context, step, create),
        Action::DropObject(dropped) if dropped.kind == ObjectKind::Index => {
            drop(finding, context, step, dropped)
        }
        _ if split::is_whole(context, step) && does_nothing_else(context, step) => {
            bare(finding, context, step, Vec::new(), Vec::new())
        }
        _ => finding,
    }
}

/// Adds the fix that builds an index concurrently, in a file that does nothing else.
pub(super) fn build(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    create: &CreateIndex,
) -> Finding {
    let relation = context.catalog.relation(&create.table);
    let partitioned = relation.is_some_and(|relation| relation.partitioned);
    // A name that Postgres cuts is not to be said once more.
    let cut = create
        .name
        .as_ref()
        .is_some_and(|name| name.value.len() > 63);
    if partitioned || cut || create.only || !split::is_whole(context, step) {
        return finding;
    }
    let mut changes = Vec::new();
    if !create.concurrently {
        changes.push(insert(create.after_keyword, " CONCURRENTLY"));
    }
    let adopts = create.if_exists == IfExists::Keep && !create.concurrently;
    if commits_alone(context) {
        // With IF NOT EXISTS it would keep what a build that failed has left: that may not come at the same time either.
        return in_place(finding, changes.into_iter().filter(|_| !adopts)).alone();
    }
    if does_nothing_else(context, step) {
        // Only a build that says IF NOT EXISTS keeps what one before has left.
        let files = match (&create.name, adopts) {
            (Some(name), true) if !is_dropped_before(context, create, name) => {
                match split::before(context, leftover(create, name)) {
                    Some(files) => files,
                    None => return finding,
                }
            }
            _ => Vec::new(),
        };
        return bare(finding, context, step, changes, files);
    }
    match apart(context, step, create, changes) {
        Some((edits, files)) => taken_out(finding, edits, files),
        None => finding,
    }
}

/// The edits and files that build an index behind the rest of the migration.
fn apart(
    context: &Context<'_>,
    step: &Step,
    create: &CreateIndex,
    mut changes: Vec<Edit>,
) -> Option<(Vec<Edit>, Vec<NewFile>)> {
    let name = match (&create.name, create.name_start) {
        (Some(name), Some(at)) => {
            if create.if_exists == IfExists::Fail {
                changes.push(insert(at, "IF NOT EXISTS "));
            }
            name.clone()
        }
        _ => {
            let name = generated_name(context, create)?;
            changes.clear();
            let concurrently = if create.concurrently {
                ""
            } else {
                " CONCURRENTLY"
            };
            let text = format!("{concurrently} IF NOT EXISTS {name}");
            changes.push(insert(create.after_keyword, text));
            Ident::new(name, Span::default())
        }
    };
    // The file drops the index before it builds it: that stays next to it.
    let index = ObjectName::new(create.table.schema.clone(), name.clone());
    let dropped = context
        .catalog
        .dropped_here(ObjectKind::Index, &index, None)
        .is_some();
    let replaces = follows_its_drop(context, step, create, &name);
    if dropped && !replaces || serves_a_key(context, create) || is_new_key(context, create) {
        return None;
    }
    let cutting = split::cut(context, step, &changes)?;
    let mut drafts = Vec::new();
    if !replaces {
        drafts.push(leftover(create, &name));
    }
    drafts.push(Draft {
        name: format!("create {}", name.value),
        up: format!("{NO_TRANSACTION}\n{}", cutting.text),
        down: format!("{NO_TRANSACTION}\n{}", drop_index(create, &name)),
    });
    let subject = Subject {
        table: create.table.name(),
        name: &name.value,
        unique: create.unique,
        // What the file drops goes behind first; the build may then stay.
        replaces: true,
    };
    let Placed { files, next } = split::after(context, &subject, drafts)?;
    if replaces && !next {
        return None;
    }
    let mut edits = without(context, step, cutting.span);
    edits.extend(down_if_exists(context, &name));
    Some((edits, files))
}

/// Adds the fix that drops an index concurrently, in a file that does nothing else.
pub(super) fn drop(
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
            up: format!("{NO_TRANSACTION}\n{}", cutting.text),
            down: "-- irreversible: what the index was stands in the migration that made it\n"
                .to_owned(),
        };
        let placed = split::after(context, &subject, vec![draft])?;
        Some((without(context, step, cutting.span), placed.files))
    };
    match moved() {
        Some((edits, files)) => taken_out(finding, edits, files),
        None => finding,
    }
}

/// Adds the fix that lets a concurrent build run twice: `IF NOT EXISTS`, and a migration before that drops what a build that
/// failed has left.
pub(super) fn repeatable(finding: Finding, context: &Context<'_>, create: &CreateIndex) -> Finding {
    let (Some(name), Some(at)) = (&create.name, create.name_start) else {
        return finding;
    };
    let migration = context.migration;
    let bare = migration.mode == TransactionMode::Unwrapped && migration.statements.len() == 1;
    if !bare {
        return finding;
    }
    if is_dropped_before(context, create, name) {
        return finding.insert(at, "IF NOT EXISTS ");
    }
    match split::before(context, leftover(create, name)) {
        Some(files) => finding
            .insert(at, "IF NOT EXISTS ")
            .with_files(files)
            .unsafe_fix(BEFORE)
            .alone(),
        None => finding,
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
    if !does_nothing_else(context, step) {
        return finding;
    }
    bare(finding, context, step, changes, Vec::new())
}

/// Whether a statement is in no transaction here, whatever else the file does.
fn commits_alone(context: &Context<'_>) -> bool {
    context.migration.mode == TransactionMode::Autocommit && !context.catalog.session.in_transaction
}

fn in_place(mut finding: Finding, changes: impl IntoIterator<Item = Edit>) -> Finding {
    finding.fix.edits.extend(changes);
    finding
}

/// The fix in place: the file does nothing else, and gives up its transaction.
fn bare(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    changes: Vec<Edit>,
    files: Vec<NewFile>,
) -> Finding {
    let migration = context.migration;
    if migration.comments.iter().any(is_marker) {
        return finding;
    }
    let mut edits = changes;
    let wrapped = migration.mode == TransactionMode::Wrapped;
    let other = context
        .set
        .layout
        .is_some_and(|layout| layout != Layout::Sqlx);
    // Another runner is asked elsewhere, if it has to be asked at all.
    if wrapped && other {
        return finding;
    }
    if wrapped {
        // Behind a byte order mark sqlx would not see the line.
        let bom = "\u{feff}";
        let start = if migration.up.text().starts_with(bom) {
            bom.len()
        } else {
            0
        };
        edits.push(Edit {
            file: None,
            span: Span::new(0, start),
            text: format!("{NO_TRANSACTION}\n"),
        });
    }
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
    // Two edits at one place have no order: the first cut then takes the place of the line.
    if let Some(at) = edits
        .iter()
        .position(|edit| edit.text.starts_with(NO_TRANSACTION))
        && let Some(cut) = edits
            .iter()
            .position(|edit| edit.span.start == 0 && edit.text.is_empty())
    {
        let line = edits[at].text.clone();
        edits[cut].text = line;
        edits.remove(at);
    }
    // What failed each time until now cannot become worse.
    let failed = needs_no_transaction(step, context.catalog) && sets == 0;
    let reason = if !files.is_empty() {
        Some(BEFORE)
    } else if wrapped && context.set.layout != Some(Layout::Sqlx) {
        Some(ASKED)
    } else if !failed && (wrapped || sets > 0) {
        Some(BARE)
    } else {
        None
    };
    let mut finding = finding.with_files(files).alone();
    finding.fix.edits.extend(edits);
    match reason {
        Some(reason) => finding.unsafe_fix(reason),
        None => finding,
    }
}

/// The fix that takes a statement out.
fn taken_out(finding: Finding, edits: Vec<Edit>, files: Vec<NewFile>) -> Finding {
    let mut finding = finding.with_files(files).alone();
    finding.fix.edits.extend(edits);
    finding.unsafe_fix(APART)
}

/// The edits that leave a statement out of the file, and with it the line that asks for no transaction where nothing that
/// stays needs it.
fn without(context: &Context<'_>, step: &Step, span: Span) -> Vec<Edit> {
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

/// Whether the rest of the file is about how long the statement may take, which a file without a transaction cannot say, or
/// the transaction itself, where the runner has none.
fn does_nothing_else(context: &Context<'_>, step: &Step) -> bool {
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

/// Drops what a build of the index that failed has left.
fn leftover(create: &CreateIndex, name: &Ident) -> Draft {
    Draft {
        name: format!("drop unfinished {}", name.value),
        up: format!(
            "{NO_TRANSACTION}\n\
             -- A concurrent build that failed leaves an INVALID index, which IF NOT EXISTS in the next migration would keep.\n\
             {}",
            drop_index(create, name)
        ),
        down: "-- irreversible: it drops only what a failed build has left\n".to_owned(),
    }
}

fn drop_index(create: &CreateIndex, name: &Ident) -> String {
    let index = ObjectName::new(create.table.schema.clone(), name.clone());
    format!("DROP INDEX CONCURRENTLY IF EXISTS {};\n", index.sql())
}

/// Whether the migration before has dropped what a build that failed has left.
fn is_dropped_before(context: &Context<'_>, create: &CreateIndex, name: &Ident) -> bool {
    let index = ObjectName::new(create.table.schema.clone(), name.clone());
    context.catalog.is_index_dropped_just_before(&index)
}

/// Whether the statement before drops the index with `IF EXISTS`, and nothing follows: without the statement, the file ends
/// with that drop.
fn follows_its_drop(
    context: &Context<'_>,
    step: &Step,
    create: &CreateIndex,
    name: &Ident,
) -> bool {
    let steps = &context.migration.steps;
    let last = steps
        .last()
        .is_some_and(|last| last.statement == step.statement);
    let before = context
        .index
        .checked_sub(1)
        .and_then(|before| steps.get(before));
    last && before.is_some_and(|before| {
        matches!(&before.action, Action::DropObject(drop)
            if drop.kind == ObjectKind::Index
                && drop.if_exists
                && drop.name.ident == *name
                && drop.name.schema == create.table.schema)
    })
}

/// Whether a foreign key of the same migration needs the index: a delete from the referenced table looks for its rows by it.
fn serves_a_key(context: &Context<'_>, create: &CreateIndex) -> bool {
    let first = create.columns.first();
    first.is_some_and(|first| context.outline.is_keyed(&create.table, first))
}

/// Whether the index keeps doubles out of columns that the same migration adds: in a later one it would come as a surprise to
/// who writes to them by then.
fn is_new_key(context: &Context<'_>, create: &CreateIndex) -> bool {
    let is_new = |column: &Ident| context.is_new_column(&create.table, column);
    create.unique && create.columns.iter().any(is_new)
}

/// The name that Postgres would make, where it is certain and free.
pub(super) fn generated_name(context: &Context<'_>, create: &CreateIndex) -> Option<String> {
    if create.columns.is_empty() || !create.expressions.is_empty() {
        return None;
    }
    let name = index_name(create);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let known = ObjectName::new(
        create.table.schema.clone(),
        Ident::new(name.clone(), create.table.ident.span),
    );
    let free =
        context.catalog.index(&known).is_none() && context.catalog.relation(&known).is_none();
    (name.len() < 60 && name.chars().all(plain) && free).then_some(name)
}

/// `IF EXISTS` for the way down, which finds the index gone: the new migration's way down has dropped it.
fn down_if_exists(context: &Context<'_>, name: &Ident) -> Vec<Edit> {
    let Some(down) = &context.migration.down else {
        return Vec::new();
    };
    let source = SourceFile::new(&*down.path, down.text());
    let down = Migration::new(0, "", source, TransactionMode::Wrapped);
    let drops = down.steps.iter().filter_map(|step| match &step.action {
        Action::DropObject(drop) if drop.kind == ObjectKind::Index && !drop.if_exists => {
            (drop.name.ident == *name).then_some(drop.name_start?)
        }
        _ => None,
    });
    let edit = |at| Edit {
        file: Some(down.up.path.clone()),
        ..insert(at, "IF EXISTS ")
    };
    drops.map(edit).collect()
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
