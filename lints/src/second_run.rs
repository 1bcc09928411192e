//! The second run, thought through: what each step meets when the whole file runs again straight after the first time,
//! in a new session.
//!
//! The steps are folded twice over what the migration itself touches. After the first time all of it is known to be
//! there or gone, whatever was there before the migration; so the second time shows what Postgres would refuse, or do
//! again. A step that meets an obstacle is taken for done, so that the steps behind it are judged on their own.

mod alter;
mod condition;
mod create;
mod fold;
mod generated;
mod names;
mod rows;
mod state;
mod uses;

use std::collections::HashSet;

use crate::{action::ObjectKind, catalog::Catalog, second_run::fold::Fold, step::Step};

/// What a step meets in the second run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// What it creates or adds is there already: Postgres refuses it.
    AlreadyThere,
    /// What it drops, renames or changes is gone: Postgres refuses it.
    Gone,
    /// It needs something that a later step of the file removes: Postgres refuses it.
    Missing {
        /// What is missing: "table", "column".
        what: &'static str,
        /// Its name.
        name: String,
        /// The index of the step that removes it.
        removed_by: usize,
    },
    /// What it drops is of another kind by then: Postgres refuses it, `IF EXISTS` or not.
    OtherKind {
        /// The kind.
        kind: ObjectKind,
    },
    /// It drops what something else refers to by then: Postgres refuses it.
    Referenced {
        /// What refers to it: a foreign key's constraint, a view, a trigger.
        kind: ObjectKind,
        /// Its name.
        by: String,
    },
    /// It makes what an earlier step cannot be done under: Postgres refuses that one.
    Obstructs {
        /// The column whose type that step changes.
        column: String,
        /// The index of that step.
        step: usize,
    },
    /// It adds nothing, and an earlier step has taken away what it added the first time.
    Lost {
        /// The name of the constraint.
        name: String,
        /// The index of the step that takes it away.
        removed_by: usize,
    },
    /// It creates what has a name that something else has by then: Postgres refuses it.
    NameTaken {
        /// The name.
        name: String,
    },
    /// What comes along with it gets another name than in the first run.
    OtherName {
        /// The name in the first run.
        first: String,
        /// The name in the second.
        second: String,
    },
    /// It creates the same again under another name.
    Twin,
    /// It would make an index that the file builds anew a constraint's own, and is held back, because the constraint has one:
    /// the new index stays beside that.
    Spare {
        /// The name under which it is built.
        index: String,
        /// The index of the step that builds it.
        built_by: usize,
    },
    /// It computes a column's values from those of the type that it has given the column.
    Retyped,
    /// It adds its rows again, or fails on a key.
    RowsAgain,
    /// It adds its rows again unless a key of the table has them: what conflicts is left out.
    RowsUnlessMet,
}

/// What the steps of a migration meet in the second run.
#[derive(Debug, Default)]
pub struct SecondRun {
    obstacles: Vec<Option<Obstacle>>,
    /// The steps that take away what an earlier step needs in the second run.
    needed_before: HashSet<usize>,
}

impl SecondRun {
    /// Thinks the second run of `steps` through. `catalog` is what was there before the migration.
    pub fn new(catalog: &Catalog, steps: &[Step]) -> Self {
        let mut fold = Fold::new(catalog, steps);
        fold.run();
        let mut obstacles = fold.run();
        // A step that fails only because of a later one is not worth a finding where the later one has its own.
        let reported: Vec<bool> = obstacles.iter().map(Option::is_some).collect();
        let mut needed_before = HashSet::new();
        for obstacle in &mut obstacles {
            obstacle.take_if(|obstacle| matches!(obstacle, Obstacle::Missing { .. }));
        }
        for (step, missing) in fold.lacking {
            if let Obstacle::Missing { removed_by, .. } = missing {
                needed_before.insert(removed_by);
                if !reported[removed_by] {
                    obstacles[step].get_or_insert(missing);
                }
            }
        }
        Self {
            obstacles,
            needed_before,
        }
    }

    /// What the step with that index meets.
    pub fn obstacle(&self, index: usize) -> Option<&Obstacle> {
        self.obstacles.get(index)?.as_ref()
    }

    /// Whether the step with that index takes away what an earlier step needs: the second run then fails there, even if
    /// this step is protected.
    pub fn is_needed_before(&self, index: usize) -> bool {
        self.needed_before.contains(&index)
    }
}
