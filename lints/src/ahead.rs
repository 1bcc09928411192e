//! What a whole set makes, for rules that look at the migrations behind the current one.

use std::collections::{HashMap, HashSet};

use crate::{
    action::{Action, AlterClause, CreateIndex, ObjectKind, RowSecurity},
    migration::MigrationSet,
};

/// What the migrations of a set make.
#[derive(Debug, Default)]
pub struct Ahead<'a> {
    /// By unqualified table and first column, the indexes that are created, each with its migration's version; in the order
    /// of the migrations.
    indexes: HashMap<(String, String), Vec<(i64, &'a CreateIndex)>>,
    /// By unqualified name, the version of the last migration that drops such an index.
    dropped: HashMap<String, i64>,
    /// By unqualified name, the tables for which row security is switched on.
    secured: HashSet<String>,
}

impl<'a> Ahead<'a> {
    /// Looks through all migrations once.
    pub fn new(set: &'a MigrationSet) -> Self {
        let mut ahead = Self::default();
        for migration in set {
            for step in &migration.steps {
                match &step.action {
                    Action::CreateIndex(create) => {
                        if let Some(first) = create.columns.first() {
                            let place = (create.table.name().to_owned(), first.value.clone());
                            let indexes = ahead.indexes.entry(place).or_default();
                            indexes.push((migration.version, create));
                        }
                    }
                    Action::DropObject(drop) if drop.kind == ObjectKind::Index => {
                        let name = drop.name.name().to_owned();
                        ahead.dropped.insert(name, migration.version);
                    }
                    Action::AlterTable(alter) => {
                        if let AlterClause::RowSecurity(RowSecurity::Enable) = alter.clause {
                            ahead.secured.insert(alter.table.name().to_owned());
                        }
                    }
                    Action::Rename(rename) if ahead.secured.contains(rename.object.name()) => {
                        ahead.secured.insert(rename.to.value.clone());
                    }
                    _ => {}
                }
            }
        }
        ahead
    }

    /// The indexes with that first column which migrations behind `version` create on a table of that unqualified name, each
    /// with its migration's version.
    pub fn indexes_led_by(
        &self,
        version: i64,
        table: &str,
        first: &str,
    ) -> &[(i64, &'a CreateIndex)] {
        let indexes = self.indexes.get(&(table.to_owned(), first.to_owned()));
        let indexes = indexes.map_or(&[][..], Vec::as_slice);
        &indexes[indexes.partition_point(|(of, _)| *of <= version)..]
    }

    /// Whether a migration switches row security on for a table of that unqualified name, or of the one that it had before.
    pub fn is_secured(&self, table: &str) -> bool {
        self.secured.contains(table)
    }

    /// Whether a migration behind `version` drops an index of that unqualified name.
    pub fn drops_index(&self, version: i64, name: &str) -> bool {
        self.dropped.get(name).is_some_and(|&of| of > version)
    }
}
