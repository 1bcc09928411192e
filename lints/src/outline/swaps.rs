//! What a file adds to tables and takes from them, for rules that ask what stands in the end.

use std::collections::HashMap;

use crate::{
    action::{Action, AlterClause, Constraint, ConstraintKind, ObjectKind},
    catalog::IndexState,
    name::{Ident, ObjectName},
};

/// The steps that add to tables and take from them, by unqualified names. All indexes are ascending.
#[derive(Debug, Default)]
pub(crate) struct Swaps {
    /// By table and first key, the steps that make an index, also by way of a constraint.
    indexes: HashMap<(String, String), Vec<usize>>,
    /// By table and column, the steps that add a foreign key that begins with it or a `CHECK` that names it.
    constraints: HashMap<(String, String), Vec<usize>>,
    /// By kind, table and name, the last step that drops it; indexes and relations stand under no table.
    drops: HashMap<(ObjectKind, String, String), usize>,
    /// The first steps that alter a sequence.
    sequences: Vec<usize>,
}

/// How many steps are looked at that add to one column: thousands of indexes that begin alike are one of a kind.
const MOST: usize = 64;

impl Swaps {
    pub(super) fn note(&mut self, index: usize, action: &Action) {
        match action {
            Action::CreateIndex(create) => {
                if let Some(first) = create.keys.first() {
                    let first = IndexState::bare_key(first).to_owned();
                    self.adds_index(index, &create.table, first);
                }
            }
            Action::DropObject(drop)
                if drop.kind == ObjectKind::Index || drop.kind.is_relation() =>
            {
                self.drops(index, drop.kind, "", drop.name.name());
            }
            Action::AlterTable(alter) => {
                let table = &alter.table;
                match &alter.clause {
                    AlterClause::AddConstraint(constraint) => {
                        self.adds_constraint(index, table, constraint);
                    }
                    AlterClause::DropConstraint { name, .. } => {
                        self.drops(index, ObjectKind::Index, "", &name.value);
                        self.drops(index, ObjectKind::Constraint, table.name(), &name.value);
                    }
                    AlterClause::DropColumn { name, .. } => {
                        self.drops(index, ObjectKind::Column, table.name(), &name.value);
                    }
                    _ => {}
                }
            }
            Action::AlterObject(alter)
                if alter.kind == ObjectKind::Sequence && self.sequences.len() < MOST =>
            {
                self.sequences.push(index);
            }
            _ => {}
        }
    }

    /// The steps that alter a sequence.
    pub(crate) fn altered_sequences(&self) -> &[usize] {
        &self.sequences
    }

    fn adds_index(&mut self, index: usize, table: &ObjectName, first: String) {
        let place = (table.name().to_owned(), first);
        self.indexes.entry(place).or_default().push(index);
    }

    fn adds_constraint(&mut self, index: usize, table: &ObjectName, constraint: &Constraint) {
        let columns: &[Ident] = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
                if let Some(first) = columns.first() {
                    self.adds_index(index, table, first.value.clone());
                }
                return;
            }
            ConstraintKind::ForeignKey { columns, .. } => &columns[..columns.len().min(1)],
            ConstraintKind::Check(check) => &check.columns,
            _ => return,
        };
        for column in columns {
            let place = (table.name().to_owned(), column.value.clone());
            let steps = self.constraints.entry(place).or_default();
            if steps.last() != Some(&index) {
                steps.push(index);
            }
        }
    }

    fn drops(&mut self, index: usize, kind: ObjectKind, table: &str, name: &str) {
        let place = (kind, table.to_owned(), name.to_owned());
        self.drops.insert(place, index);
    }

    /// The steps behind `index` that make an index of the table with that first key, as in [`IndexState::bare_key`].
    pub(crate) fn indexes_after(&self, index: usize, table: &str, first: &str) -> &[usize] {
        let steps = self.indexes.get(&(table.to_owned(), first.to_owned()));
        behind(steps, index)
    }

    /// The steps behind `index` that add to the table a foreign key that begins with the column, or a `CHECK` that names it.
    pub(crate) fn constraints_after(&self, index: usize, table: &str, column: &str) -> &[usize] {
        let steps = self.constraints.get(&(table.to_owned(), column.to_owned()));
        behind(steps, index)
    }

    /// Whether a step behind `index` drops the relation or index.
    pub(crate) fn is_dropped_after(&self, index: usize, kind: ObjectKind, name: &str) -> bool {
        self.is_taken_after(index, kind, "", name)
    }

    /// Whether a step behind `index` drops the table's column or constraint.
    pub(crate) fn is_taken_after(
        &self,
        index: usize,
        kind: ObjectKind,
        table: &str,
        name: &str,
    ) -> bool {
        self.drops
            .get(&(kind, table.to_owned(), name.to_owned()))
            .is_some_and(|&last| last > index)
    }
}

/// The last of the steps behind `index`.
fn behind(steps: Option<&Vec<usize>>, index: usize) -> &[usize] {
    let steps = steps.map_or(&[][..], Vec::as_slice);
    let first = steps.partition_point(|&step| step <= index);
    &steps[first.max(steps.len().saturating_sub(MOST))..]
}
