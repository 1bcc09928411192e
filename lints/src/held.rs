//! The locks that the transaction of a migration holds when a step begins.

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    action::{Action, Transaction},
    catalog::{Catalog, Key},
    lock,
    lock_mode::LockMode,
    migration::{Migration, TransactionMode},
    name::ObjectName,
    step::Step,
};

/// Locks on relations that were there before the migration, in the order in which they were first taken. They are held
/// until the transaction ends: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>.
#[derive(Debug)]
pub(crate) struct Held {
    /// Whether each statement is a transaction of its own, unless the file begins one.
    autocommit: bool,
    /// Whether locks of this step are held while the next runs.
    in_transaction: bool,
    locks: Vec<HeldLock>,
    /// Where the lock on a relation stands among them, by what it was called before the migration: renames do not change
    /// which relation is locked.
    places: HashMap<Key, usize>,
}

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct HeldLock {
    /// The relation as the statement that took it names it.
    pub relation: ObjectName,
    /// The strongest mode so far.
    pub mode: LockMode,
    /// Whether the statement that took it drops the relation.
    pub dropped: bool,
    /// What it reads, where it is a view.
    pub reads: Vec<Key>,
}

impl Held {
    /// Nothing is held when a migration begins.
    pub(crate) fn new(migration: &Migration) -> Self {
        let autocommit = migration.mode == TransactionMode::Autocommit;
        Self {
            autocommit,
            in_transaction: !autocommit,
            locks: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The locks, in the order in which they were first taken.
    pub(crate) fn locks(&self) -> &[HeldLock] {
        &self.locks
    }

    /// Whether a lock on the relation is held that is at least as strong.
    pub(crate) fn has(&self, relation: &ObjectName, mode: LockMode, catalog: &Catalog) -> bool {
        let place = self.places.get(&original(relation, catalog));
        place.is_some_and(|&place| self.locks[place].mode >= mode)
    }

    /// Adds what a step takes, or lets go of all where it ends the transaction. `catalog` is as it stands before the step.
    pub(crate) fn apply(&mut self, step: &Step, catalog: &Catalog) {
        match step.action {
            Action::Transaction(Transaction::Begin) => self.in_transaction = true,
            Action::Transaction(Transaction::Commit | Transaction::Rollback) => {
                self.locks.clear();
                self.places.clear();
                self.in_transaction = !self.autocommit;
            }
            _ if self.in_transaction => self.take(step, catalog),
            _ => {}
        }
    }

    fn take(&mut self, step: &Step, catalog: &Catalog) {
        for (relation, mode) in lock::locks(&step.action, catalog) {
            let own = catalog.is_new(&relation) || catalog.is_temporary(&relation);
            if own || lock::is_of_unknown_index(&step.action, &relation) {
                continue;
            }
            match self.places.entry(original(&relation, catalog)) {
                Entry::Occupied(place) => {
                    let lock = &mut self.locks[*place.get()];
                    lock.mode = lock.mode.max(mode);
                }
                Entry::Vacant(place) => {
                    place.insert(self.locks.len());
                    self.locks.push(HeldLock {
                        dropped: matches!(&step.action, Action::DropObject(drop) if drop.name == relation),
                        reads: reads(&relation, catalog),
                        relation,
                        mode,
                    });
                }
            }
        }
    }
}

/// The tables and views that a view reads.
pub(crate) fn reads(relation: &ObjectName, catalog: &Catalog) -> Vec<Key> {
    let known = catalog.relation(relation);
    known.map_or_else(Vec::new, |known| known.reads.clone())
}

fn original(relation: &ObjectName, catalog: &Catalog) -> Key {
    let was = catalog
        .relation(relation)
        .and_then(|known| known.was.clone());
    was.unwrap_or_else(|| catalog.key(relation))
}
