//! What a whole set makes, for rules that look at the migrations behind the current one.

use std::collections::HashMap;

use crate::{
    action::{Action, CreateIndex},
    migration::MigrationSet,
};

/// What the migrations of a set make.
#[derive(Debug, Default)]
pub struct Ahead<'a> {
    /// By unqualified table and first column, the indexes that are created, each with its migration's version; in the order
    /// of the migrations.
    indexes: HashMap<(String, String), Vec<(i64, &'a CreateIndex)>>,
}

impl<'a> Ahead<'a> {
    /// Looks through all migrations once.
    pub fn new(set: &'a MigrationSet) -> Self {
        let mut ahead = Self::default();
        for migration in set {
            for step in &migration.steps {
                if let Action::CreateIndex(create) = &step.action
                    && let Some(first) = create.columns.first()
                {
                    let place = (create.table.name().to_owned(), first.value.clone());
                    let indexes = ahead.indexes.entry(place).or_default();
                    indexes.push((migration.version, create));
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
}
