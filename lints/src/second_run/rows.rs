//! Whether rows are added or changed again.

use std::collections::HashSet;

use crate::{
    action::{Action, ColumnValues, Insert, Update},
    catalog::Key,
    second_run::{Obstacle, condition, fold::Fold},
    step::Step,
};

impl Fold<'_> {
    pub(super) fn insert(&mut self, step: &Step, insert: &Insert) {
        let table = self.key(&insert.table);
        if self.is_missing(step, &table) {
            return;
        }
        for source in &insert.reads {
            let source = self.key(source);
            if self.is_missing(step, &source) {
                return;
            }
        }
        self.lacks_any(step, &insert.needs);
        if self.obstacle.is_some()
            || insert.excludes_existing
            || self.is_held_back(step)
            || self.state.fresh.contains(&table)
            || self.replaces(&table, insert)
        {
            return;
        }
        let kept = insert.on_conflict && !insert.update_repeats;
        if (kept || self.meets(step, condition::UNIQUE_VIOLATION, Obstacle::RowsAgain))
            && !step.guard.tests_catalog
        {
            self.obstacle = Some(Obstacle::RowsUnlessMet);
        }
    }

    /// Whether the first run may have changed what the conditions and loops around a step depend on.
    fn is_held_back(&self, step: &Step) -> bool {
        let reads = &step.guard.reads;
        let written = |table| match &self.written {
            Some(written) => written.contains(table),
            None => true,
        };
        step.guard.conditional
            && (step.guard.untold || reads.iter().map(String::as_str).any(written))
    }

    /// Whether a condition around a step reads a table in which the file notes what it has done.
    pub(super) fn is_logged(&self, step: &Step) -> bool {
        let notes = |other: &Step| match &other.action {
            Action::Insert(insert) => {
                let table = insert.table.name();
                step.guard.reads.iter().any(|read| read == table)
            }
            _ => false,
        };
        step.guard.conditional && !step.guard.reads.is_empty() && self.steps.iter().any(notes)
    }

    /// Whether an `INSERT` puts rows in the place of those that the file has deleted before it.
    fn replaces(&self, table: &Key, insert: &Insert) -> bool {
        if !insert.reads.is_empty() {
            return self.swept.contains(table);
        }
        let is_picked = |pick: &ColumnValues| {
            let given = insert.literals.iter().find(|one| one.column == pick.column);
            given.is_some_and(|given| given.values.is_subset(&pick.values))
        };
        let deleted = self.picked.get(table).into_iter().flatten();
        deleted.into_iter().any(|picks| picks.iter().all(is_picked))
    }

    pub(super) fn update(&mut self, step: &Step, update: &Update) {
        let table = self.key(&update.table);
        if self.is_missing(step, &table) {
            return;
        }
        for source in &update.reads {
            let source = self.key(source);
            if self.is_missing(step, &source) {
                return;
            }
        }
        self.lacks_any(step, &update.needs);
        if !self.is_held_back(step)
            && self.obstacle.is_none()
            && !self.state.fresh.contains(&table)
            && update
                .assignments
                .iter()
                .any(|assignment| assignment.repeats)
        {
            self.meets(step, &[], Obstacle::RowsAgain);
        }
    }
}

/// The tables that steps change or put in the place of others, by unqualified name; none where nobody knows.
pub(super) fn written(steps: &[Step]) -> Option<HashSet<&str>> {
    let mut written = HashSet::new();
    for step in steps {
        match &step.action {
            Action::Insert(insert) => written.insert(insert.table.name()),
            Action::Update(update) => written.insert(update.table.name()),
            Action::Delete(delete) => written.insert(delete.table.name()),
            Action::Merge { table } | Action::Truncate { table, .. } => {
                written.insert(table.name())
            }
            Action::CreateTable(create) => written.insert(create.name.name()),
            Action::CreateObject(create) => written.insert(create.name.name()),
            Action::DropObject(drop) => written.insert(drop.name.name()),
            Action::Rename(rename) => {
                written.insert(rename.to.value.as_str());
                written.insert(rename.object.name())
            }
            Action::Copy(_) | Action::DynamicSql | Action::Unknown { .. } => return None,
            _ => false,
        };
    }
    Some(written)
}
