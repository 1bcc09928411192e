//! How each action changes what is known.

mod alter;
mod create;
mod drop;

use crate::{
    action::{Action, ObjectKind, Transaction},
    catalog::{Catalog, Origin},
    copies::Copies,
    step::Step,
};

impl Catalog {
    /// Begins a migration with these steps: what is known so far is from now on an earlier migration's.
    pub fn begin_migration(&mut self, steps: &[Step]) {
        let touched = std::mem::take(&mut self.touched);
        for key in touched.relations {
            let relation = self.relations.get_mut(&key);
            match relation.filter(|relation| !relation.persistence.is_temporary()) {
                Some(relation) => {
                    relation.settle();
                    self.await_rows(&key);
                }
                None => {
                    self.relations.remove(&key);
                    self.views.remove(&key);
                }
            }
        }
        for key in touched.indexes {
            if let Some(index) = self.indexes.get_mut(&key) {
                index.origin = Origin::Earlier;
            }
        }
        for key in touched.objects {
            if let Some(object) = self.objects.get_mut(&key) {
                object.origin = Origin::Earlier;
                object.forget_labels();
            }
        }
        for key in touched.routines {
            for overload in self.overloads.get_mut(&key).into_iter().flatten() {
                overload.origin = Origin::Earlier;
            }
        }
        self.dropped_overloads.clear();
        self.rolls_back = steps.iter().any(|step| {
            matches!(
                step.action,
                Action::Transaction(Transaction::Rollback | Transaction::RollbackTo(_))
            )
        });
        self.added_labels.clear();
        self.dropped.clear();
        self.dropped_constraints.clear();
        self.dropped_references.clear();
        self.dropped_columns.clear();
        self.dropped_keys.clear();
        self.truncated.clear();
        self.until_commit.clear();
        self.saved.clear();
        self.copies = Copies::default();
        self.dropped_before = self.dropped_last.take();
        self.session = Default::default();
        self.committed = Default::default();
    }

    /// Takes a step of the current migration into account.
    pub fn apply(&mut self, step: &Step) {
        let going = self.going(step);
        self.fold(step);
        self.note_gone(step, going);
    }

    fn fold(&mut self, step: &Step) {
        self.dropped_last = match &step.action {
            Action::DropObject(drop) if drop.kind == ObjectKind::Index && drop.if_exists => {
                Some(self.key(&drop.name))
            }
            _ => None,
        };
        match &step.action {
            Action::CreateTable(create) => self.create_table(create),
            Action::CreateIndex(create) => self.create_index(create),
            Action::CreateObject(create) => self.create_object(create),
            Action::DropObject(drop) => self.drop_object(drop),
            Action::AlterTable(alter) => self.alter_table(alter),
            Action::AlterObject(alter) => self.alter_object(alter),
            Action::Rename(rename) => self.rename(rename),
            Action::SetSchema {
                kind, name, schema, ..
            } => self.set_schema(*kind, name, schema),
            Action::Insert(insert) if !insert.written_out => self.fill(&insert.table),
            Action::Merge { table } => self.fill(table),
            Action::Copy(copy) if copy.from => {
                if let Some(table) = &copy.table {
                    self.fill(table);
                }
            }
            Action::Truncate { table, .. } => {
                let key = self.key(table);
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation.filled = false;
                }
                self.await_rows(&key);
                if !step.guard.conditional && !step.guard.tests_catalog {
                    self.truncated.insert(key);
                }
            }
            Action::Refresh {
                name,
                no_data: false,
                ..
            } => self.fill(name),
            Action::Set(set) => self.set(set),
            Action::Transaction(transaction) => self.transaction(transaction),
            _ => {}
        }
    }
}
