//! An index is built concurrently, in a migration that does nothing else.

use super::{
    alone::{BEFORE, FIRST, bare, does_nothing_else, without},
    commits_alone, in_place, insert, taken_out,
};
use crate::{
    action::{Action, CreateIndex, IfExists, ObjectKind},
    catalog::index_name,
    finding::Finding,
    fix::{Edit, NewFile},
    layout::{Layout, is_in_block},
    migration::TransactionMode,
    name::{Ident, ObjectName},
    rule::Context,
    source::Span,
    split::{self, Draft, Placed, Subject, Way},
    step::Step,
};

/// What the comment says that goes with the drop of an unfinished index.
const KEPT: &str =
    "-- A concurrent build that failed leaves an INVALID index, which IF NOT EXISTS would keep";

/// Adds the fix that builds an index concurrently, in a file that does nothing else.
pub(in crate::rules) fn build(
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
        // With IF NOT EXISTS it would keep what a build that failed has left.
        let Some(name) = create.name.as_ref().filter(|_| adopts) else {
            return in_place(finding, changes).alone();
        };
        return match drop_first(context, step, create, name) {
            Some(drop) => {
                changes.push(drop);
                in_place(finding, changes).unsafe_fix(FIRST).alone()
            }
            None => finding,
        };
    }
    if does_nothing_else(context, step) {
        // Only a build that says IF NOT EXISTS keeps what one before has left.
        let files = match (&create.name, adopts) {
            (Some(name), true) if !is_dropped_before(context, create, name) => {
                match split::before(context, &leftover(create, name)) {
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
    // Between the two migrations nothing would keep doubles out, and the build fails for good once there are some.
    let exposes = dropped && create.unique;
    if dropped && !replaces
        || exposes
        || serves_a_key(context, create)
        || is_new_key(context, create)
    {
        return None;
    }
    let cutting = split::cut(context, step, &changes)?;
    let mut drafts = Vec::new();
    let together = context.layout().is_some_and(Layout::sends_each);
    let mut text = cutting.text;
    match replaces {
        true => {}
        false if together => text.insert_str(0, &format!("{KEPT}.\n{}", drop_index(create, &name))),
        false => drafts.push(leftover(create, &name)),
    }
    drafts.push(Draft {
        name: format!("create {}", name.value),
        up: Way::Bare(text),
        down: Way::Bare(drop_index(create, &name)),
    });
    let subject = Subject {
        table: create.table.name(),
        name: &name.value,
        unique: create.unique,
        // What the file drops goes behind first; the build may then stay.
        replaces: true,
    };
    let Placed { files, next } = split::after(context, &subject, &drafts)?;
    if replaces && !next {
        return None;
    }
    let mut edits = without(context, step, cutting.span);
    edits.extend(down_if_exists(context, &name));
    Some((edits, files))
}

/// Adds the fix that lets a concurrent build run twice: `IF NOT EXISTS`, and a migration before that drops what a build that
/// failed has left.
pub(in crate::rules) fn repeatable(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    create: &CreateIndex,
) -> Finding {
    let (Some(name), Some(at)) = (&create.name, create.name_start) else {
        return finding;
    };
    if commits_alone(context) {
        return match drop_first(context, step, create, name) {
            Some(drop) => in_place(finding.insert(at, "IF NOT EXISTS "), [drop])
                .unsafe_fix(FIRST)
                .alone(),
            None => finding,
        };
    }
    let migration = context.migration;
    let bare = migration.mode != TransactionMode::Wrapped && migration.statements.len() == 1;
    if !bare {
        return finding;
    }
    if is_dropped_before(context, create, name) {
        return finding.insert(at, "IF NOT EXISTS ");
    }
    match split::before(context, &leftover(create, name)) {
        Some(files) => finding
            .insert(at, "IF NOT EXISTS ")
            .with_files(files)
            .unsafe_fix(BEFORE)
            .alone(),
        None => finding,
    }
}

/// The edit that drops what a build that failed has left right before the statement: each of the two is sent by itself.
fn drop_first(
    context: &Context<'_>,
    step: &Step,
    create: &CreateIndex,
    name: &Ident,
) -> Option<Edit> {
    let migration = context.migration;
    let start = context.statement(step).span.start;
    if !split::is_whole(context, step) || is_in_block(migration, start) {
        return None;
    }
    let place = split::with_comments(migration, start);
    let indent = split::line_start(migration.up.text(), place);
    let drop = drop_index(create, name);
    Some(insert(place, format!("{KEPT}.\n{indent}{drop}{indent}")))
}

/// Drops what a build of the index that failed has left.
fn leftover(create: &CreateIndex, name: &Ident) -> Draft {
    Draft {
        name: format!("drop unfinished {}", name.value),
        up: Way::Bare(format!(
            "{KEPT} in the next migration. Once\n\
             -- this one is recorded as applied, it is to be reverted or run by hand before the build is tried again.\n\
             {}",
            drop_index(create, name)
        )),
        down: Way::Wrapped(
            "-- irreversible: it drops only what a failed build has left\n".to_owned(),
        ),
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
pub(in crate::rules) fn generated_name(
    context: &Context<'_>,
    create: &CreateIndex,
) -> Option<String> {
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
    let migration = context.migration;
    let file = migration.down.as_ref().map(|down| &down.path);
    let steps = migration.down_steps();
    let drops = steps.iter().filter_map(|step| match &step.action {
        Action::DropObject(drop) if drop.kind == ObjectKind::Index && !drop.if_exists => {
            (drop.name.ident == *name).then_some(drop.name_start?)
        }
        _ => None,
    });
    let edit = |at| Edit {
        file: file.cloned(),
        ..insert(at, "IF EXISTS ")
    };
    drops.map(edit).collect()
}
