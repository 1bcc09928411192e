//! What a whole migration does, for rules that look ahead: is the dropped view created again further down?

use std::collections::{HashMap, HashSet};

use crate::{
    action::{Action, AlterClause, ObjectKind},
    step::Step,
};

/// The steps of a migration by what they create.
#[derive(Debug, Default)]
pub struct Outline {
    /// By kind and unqualified name, the indexes of the steps that create such an object, ascending.
    creates: HashMap<(ObjectKind, String), Vec<usize>>,
    /// By unqualified name, the tables that a step adds to or takes from.
    built_on: HashSet<String>,
}

impl Outline {
    /// Looks through all steps once.
    pub fn new(steps: &[Step]) -> Self {
        let mut outline = Self::default();
        for (index, step) in steps.iter().enumerate() {
            outline
                .built_on
                .extend(built_on(&step.action).map(str::to_owned));
            let (kind, name) = match &step.action {
                Action::CreateTable(create) => (ObjectKind::Table, create.name.name()),
                Action::CreateIndex(create) => match &create.name {
                    Some(name) => (ObjectKind::Index, name.value.as_str()),
                    None => continue,
                },
                Action::CreateObject(create) => (create.kind, create.name.name()),
                _ => continue,
            };
            outline
                .creates
                .entry((kind, name.to_owned()))
                .or_default()
                .push(index);
        }
        outline
    }

    /// Whether a step behind `index` creates an object of that kind and unqualified name.
    pub fn is_created_after(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.creates
            .get(&(kind, name.to_owned()))
            .is_some_and(|steps| steps.last().is_some_and(|&last| last > index))
    }

    /// Whether a step adds columns, constraints, partitions or rows to a table of that unqualified name, or takes some
    /// away: what it does then depends on whether the table is new.
    pub fn builds_on(&self, table: &str) -> bool {
        self.built_on.contains(table)
    }
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
