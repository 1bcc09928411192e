//! What the text foretells of each statement: which relations that were there before it locks, reads through, writes anew.
//!
//! Findings speak of what somebody should change; this is the whole of what the linter thinks that Postgres does, so that a
//! run can be held against it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Migration, MigrationSet, SourceFile, Span,
    action::{Action, AlterClause, ObjectKind},
    catalog::{Catalog, Origin},
    lock,
    lock_mode::LockMode,
    name::ObjectName,
    step::Step,
    work::{self, Work},
};

/// What one statement does to relations that were there before the migration, by their names at that time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// The statement.
    pub span: Span,
    /// What it does for certain.
    pub certain: Effects,
    /// What it may do besides, by what its conditions find.
    pub possible: Effects,
    /// It runs what its text does not show: dynamic SQL, functions, triggers.
    pub open: bool,
    /// It reads or changes rows itself, by whatever plan.
    pub rows: bool,
}

/// What is done to which relations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The strongest lock on each.
    pub locks: BTreeMap<String, LockMode>,
    /// Those that are read from end to end.
    pub scanned: BTreeSet<String>,
    /// Those of which an index is built.
    pub built: BTreeSet<String>,
    /// Those that get a new file.
    pub rewritten: BTreeSet<String>,
}

/// Foretells each statement of each migration, in order; `postgres` is the major version.
pub fn predict(set: &MigrationSet, postgres: u16) -> Vec<Vec<Prediction>> {
    let mut catalog = Catalog::default();
    set.iter()
        .map(|migration| {
            catalog.begin_migration(&migration.steps);
            predict_one(migration, &mut catalog, postgres)
        })
        .collect()
}

fn predict_one(migration: &Migration, catalog: &mut Catalog, postgres: u16) -> Vec<Prediction> {
    let mut predictions: Vec<Prediction> = migration
        .statements
        .iter()
        .map(|statement| Prediction {
            span: statement.span,
            ..Prediction::default()
        })
        .collect();
    for step in &migration.steps {
        if let Some(prediction) = predictions.get_mut(step.statement) {
            add(prediction, step, catalog, &migration.up, postgres);
        }
        catalog.apply(step);
    }
    predictions
}

/// Adds what one step does.
fn add(
    prediction: &mut Prediction,
    step: &Step,
    catalog: &Catalog,
    source: &SourceFile,
    postgres: u16,
) {
    let action = &step.action;
    let sure = !step.guard.tests_catalog && !step.guard.conditional;
    prediction.open |= is_open(action, catalog);
    prediction.rows |= handles_rows(action);
    for (relation, mode) in lock::locks(action, catalog) {
        let Some((name, known)) = existing(&relation, catalog) else {
            continue;
        };
        let effects = match sure && known {
            true => &mut prediction.certain,
            false => &mut prediction.possible,
        };
        let strongest = effects.locks.entry(name).or_insert(mode);
        *strongest = mode.max(*strongest);
    }
    // What no migration made may be there all the same.
    if let Action::DropObject(drop) = action
        && let Some(table) = &drop.table
        && let Some((name, _)) = existing(table, catalog)
    {
        let possible = &mut prediction.possible.locks;
        possible.insert(name, LockMode::AccessExclusive);
    }
    if let Action::Truncate { .. } = action {
        let emptied = lock::locks(action, catalog).into_iter();
        let emptied = emptied.filter_map(|(table, _)| existing(&table, catalog));
        prediction
            .possible
            .rewritten
            .extend(emptied.map(|(name, _)| name));
    }
    if let Action::AlterTable(alter) = action {
        // Postgres 13 locks the partition less.
        if let AlterClause::DetachPartition { partition, .. } = &alter.clause
            && postgres < 14
            && let Some((name, _)) = existing(partition, catalog)
        {
            let certain = &mut prediction.certain.locks;
            certain.insert(name, LockMode::ShareUpdateExclusive);
        }
        let more = match &alter.clause {
            // Which of them read the column is not known.
            AlterClause::DropColumn { cascade: true, .. } => catalog.readers(&alter.table),
            // Which of them is the default one is not known.
            AlterClause::AttachPartition { .. } => catalog.descendants(&alter.table),
            _ => Vec::new(),
        };
        let more = more.iter().filter_map(|name| existing(name, catalog));
        let possible = &mut prediction.possible.locks;
        possible.extend(more.map(|(name, _)| (name, LockMode::AccessExclusive)));
    }
    for toil in work::works(action, catalog, source, postgres) {
        let Some((name, known)) = existing(&toil.table, catalog) else {
            continue;
        };
        let effects = match sure && known && toil.certain {
            true => &mut prediction.certain,
            false => &mut prediction.possible,
        };
        match toil.work {
            Work::Scan => effects.scanned.insert(name),
            Work::Build => effects.built.insert(name),
            Work::Rewrite => effects.rewritten.insert(name),
        };
    }
}

/// The name of a relation before the migration, and whether a migration made it; none where it certainly was not there.
fn existing(relation: &ObjectName, catalog: &Catalog) -> Option<(String, bool)> {
    let key = catalog.key(relation);
    let known = catalog.relation(relation);
    if known.is_some_and(|known| known.origin == Origin::Here)
        || catalog.is_temporary(relation)
        || catalog.is_object_new(ObjectKind::Index, relation, None)
    {
        return None;
    }
    let key = known.and_then(|known| known.was.as_ref()).unwrap_or(&key);
    let name = match key.schema.as_str() {
        "public" => key.name.clone(),
        schema => format!("{schema}.{}", key.name),
    };
    Some((name, known.is_some() || catalog.index(relation).is_some()))
}

/// Whether the action runs what its text does not show.
fn is_open(action: &Action, catalog: &Catalog) -> bool {
    let calls = |functions: &[ObjectName]| {
        functions.iter().any(|function| {
            catalog
                .object(ObjectKind::Function, function, None)
                .is_some()
        })
    };
    match action {
        Action::DynamicSql | Action::Unknown { .. } => true,
        Action::Vacuum { tables, .. } | Action::Analyze { tables } => tables.is_empty(),
        Action::Query { functions, .. } => calls(functions),
        // What depends on them is not known.
        Action::DropObject(drop) => match drop.kind {
            ObjectKind::Owned => true,
            ObjectKind::Index => false,
            kind => drop.cascade && !kind.is_relation() && drop.table.is_none(),
        },
        _ => false,
    }
}

/// Whether the action reads or changes rows by a plan.
fn handles_rows(action: &Action) -> bool {
    match action {
        Action::Insert(_)
        | Action::Update(_)
        | Action::Delete(_)
        | Action::Merge { .. }
        | Action::Copy(_)
        | Action::Query { .. }
        | Action::Refresh { .. } => true,
        Action::CreateTable(create) => create.from_query,
        Action::CreateObject(create) => create.kind == ObjectKind::MaterializedView,
        _ => false,
    }
}
