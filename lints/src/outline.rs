//! What a whole migration does, for rules that look ahead: is the dropped view created again further down?

use std::collections::{HashMap, HashSet};

use crate::{
    action::{Action, AlterClause, AlterTable, ObjectKind, RenamePart, SetParameter, Transaction},
    name::{Ident, ObjectName},
    step::Step,
};

/// A property of a table that one clause takes away and another gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Property {
    /// The default of a column.
    Default,
    /// A column's `NOT NULL`.
    NotNull,
    /// A column's identity.
    Identity,
    /// A constraint that has a name.
    Constraint,
}

/// The steps of a migration by what they do. All indexes are ascending.
#[derive(Debug, Default)]
pub struct Outline {
    /// By kind and unqualified name, the steps that create such an object.
    creates: HashMap<(ObjectKind, String), Vec<usize>>,
    /// By kind, unqualified table and name, the last step that creates such a trigger, rule or policy.
    parts: HashMap<(ObjectKind, String, String), usize>,
    /// By unqualified name, the tables that a step adds to or takes from.
    built_on: HashSet<String>,
    /// By kind and new unqualified name, the last step that renames such an object, and the old name.
    renames: HashMap<(ObjectKind, String), (usize, String)>,
    /// The tables that `ALTER TABLE` names, each with the first such step, in the order of the steps.
    altered: Vec<(usize, ObjectName)>,
    /// By unqualified table, property and the name of the column or constraint, the last step that gives it.
    gives: HashMap<(String, Property, String), usize>,
    /// By name, the steps that add a constraint, whatever the table.
    constraints: HashMap<String, Vec<usize>>,
    /// By parameter, the last step that resets it.
    resets: HashMap<String, usize>,
    /// The steps that commit.
    commits: Vec<usize>,
}

impl Outline {
    /// Looks through all steps once.
    pub fn new(steps: &[Step]) -> Self {
        let mut outline = Self::default();
        let mut altered = HashSet::new();
        for (index, step) in steps.iter().enumerate() {
            outline
                .built_on
                .extend(built_on(&step.action).map(str::to_owned));
            match &step.action {
                Action::CreateTable(create) => {
                    outline.creates(index, ObjectKind::Table, create.name.name());
                }
                Action::CreateIndex(create) => {
                    if let Some(name) = &create.name {
                        outline.creates(index, ObjectKind::Index, &name.value);
                    }
                }
                Action::CreateObject(create) => {
                    let name = create.name.name();
                    outline.creates(index, create.kind, name);
                    if let Some(table) = &create.table {
                        let part = (create.kind, table.name().to_owned(), name.to_owned());
                        outline.parts.insert(part, index);
                    }
                }
                Action::Rename(rename) if rename.part == RenamePart::Object => {
                    let (from, to) = (rename.object.name().to_owned(), rename.to.value.clone());
                    outline.renames.insert((rename.kind, to), (index, from));
                }
                Action::AlterTable(alter) => {
                    if alter.kind == ObjectKind::Table && altered.insert(&alter.table) {
                        outline.altered.push((index, alter.table.clone()));
                    }
                    outline.alters(index, alter);
                }
                Action::Set(SetParameter { name, values, .. }) if values.is_empty() => {
                    outline.resets.insert(name.clone(), index);
                }
                Action::Transaction(Transaction::Commit) => outline.commits.push(index),
                _ => {}
            }
        }
        outline
    }

    fn creates(&mut self, index: usize, kind: ObjectKind, name: &str) {
        let steps = self.creates.entry((kind, name.to_owned())).or_default();
        steps.push(index);
    }

    fn alters(&mut self, index: usize, alter: &AlterTable) {
        let (property, name) = match &alter.clause {
            AlterClause::SetDefault { column, .. } => (Property::Default, column),
            AlterClause::SetNotNull(column) => (Property::NotNull, column),
            AlterClause::AddIdentity(column) => (Property::Identity, column),
            AlterClause::AddConstraint(constraint) => match &constraint.name {
                Some(name) => (Property::Constraint, name),
                None => return,
            },
            _ => return,
        };
        if property == Property::Constraint {
            let steps = self.constraints.entry(name.value.clone()).or_default();
            steps.push(index);
        }
        let table = alter.table.name().to_owned();
        self.gives
            .insert((table, property, name.value.clone()), index);
    }

    /// Whether a step behind `index` creates an object of that kind and unqualified name.
    pub fn is_created_after(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.creates
            .get(&(kind, name.to_owned()))
            .is_some_and(|steps| steps.last().is_some_and(|&last| last > index))
    }

    /// Whether the object has that name since an earlier step than `index`, which made room for one that the migration creates
    /// under the name that it had.
    pub fn made_room_before(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.renames
            .get(&(kind, name.to_owned()))
            .is_some_and(|(renamed, old)| {
                *renamed < index && self.is_created_after(*renamed, kind, old)
            })
    }

    /// As [`Self::is_created_after`], for a trigger, rule or policy of a table of that unqualified name.
    pub fn is_part_created_after(
        &self,
        index: usize,
        kind: ObjectKind,
        table: &str,
        name: &str,
    ) -> bool {
        self.parts
            .get(&(kind, table.to_owned(), name.to_owned()))
            .is_some_and(|&last| last > index)
    }

    /// Whether a step behind `index` gives a column, or a constraint, of a table of that unqualified name the property.
    pub fn is_given_after(
        &self,
        index: usize,
        table: &ObjectName,
        property: Property,
        name: &Ident,
    ) -> bool {
        self.gives
            .get(&(table.name().to_owned(), property, name.value.clone()))
            .is_some_and(|&last| last > index)
    }

    /// Whether a step behind `index` resets the parameter, or all of them.
    pub fn is_reset_after(&self, index: usize, parameter: &str) -> bool {
        [parameter, "all"]
            .iter()
            .filter_map(|&name| self.resets.get(name))
            .any(|&last| last > index)
    }

    /// Whether the steps before `index` have committed since one of them added a constraint of that name.
    pub fn is_committed_before(&self, index: usize, constraint: &Ident) -> bool {
        let added = self.constraints.get(&constraint.value);
        last_before(&self.commits, index) > added.and_then(|steps| last_before(steps, index))
    }

    /// The tables that `ALTER TABLE` names before or behind `index` with no commit in between, each with the first such
    /// step, in the order of the steps.
    pub fn altered_with(&self, index: usize) -> impl Iterator<Item = (usize, &ObjectName)> {
        let commits = |index| self.commits.partition_point(|&commit| commit < index);
        let altered = self.altered.iter().map(|(first, table)| (*first, table));
        altered.filter(move |&(first, _)| commits(first) == commits(index))
    }

    /// Whether a step adds columns, constraints, partitions or rows to a table of that unqualified name, or takes some
    /// away: what it does then depends on whether the table is new.
    pub fn builds_on(&self, table: &str) -> bool {
        self.built_on.contains(table)
    }
}

fn last_before(steps: &[usize], index: usize) -> Option<usize> {
    let behind = steps.partition_point(|&step| step < index);
    steps[..behind].last().copied()
}

/// The table that an action adds to or takes from.
fn built_on(action: &Action) -> Option<&str> {
    match action {
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn { .. }
            | AlterClause::DropColumn { .. }
            | AlterClause::AddConstraint(_)
            | AlterClause::DropConstraint { .. }
            | AlterClause::AddIdentity(_)
            | AlterClause::DropIdentity { .. }
            | AlterClause::DropExpression { .. }
            | AlterClause::Inherit { .. } => Some(alter.table.name()),
            AlterClause::AttachPartition { partition }
            | AlterClause::DetachPartition { partition, .. } => Some(partition.name()),
            _ => None,
        },
        Action::Rename(rename) => Some(rename.object.name()),
        Action::SetSchema { name, .. } => Some(name.name()),
        Action::Insert(insert) => Some(insert.table.name()),
        Action::Update(update) => Some(update.table.name()),
        _ => None,
    }
}
