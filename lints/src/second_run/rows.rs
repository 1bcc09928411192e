//! Whether rows are added or changed again.

use crate::{
    action::{Insert, Update},
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
            && (insert.reads.is_empty() || !self.swept.contains(&table))
        {
            self.meets(step, condition::UNIQUE_VIOLATION, Obstacle::RowsAgain);
        }
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
