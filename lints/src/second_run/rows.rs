//! Whether rows are added or changed again.

use crate::{
    action::{ColumnValues, Insert, Update},
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
        if !insert.on_conflict
            && !insert.excludes_existing
            && !step.guard.conditional
            && !self.state.fresh.contains(&table)
            && !self.replaces(&table, insert)
        {
            self.meets(step, condition::UNIQUE_VIOLATION, Obstacle::RowsAgain);
        }
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
        let read = update
            .assignments
            .iter()
            .flat_map(|assignment| &assignment.value.columns)
            .chain(update.filter.iter().flat_map(|filter| &filter.columns));
        for column in read.chain(update.assignments.iter().map(|one| &one.column)) {
            self.needs_column(step, &table, column);
        }
        if !step.guard.conditional
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
