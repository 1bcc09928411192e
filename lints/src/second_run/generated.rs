//! The names that Postgres makes up for what comes along with a table: it numbers those that are taken.
//!
//! A table that takes the place of another keeps the names which its keys and sequences got beside that: the next copy of it
//! finds them taken.

use crate::{
    action::{Column, Constraint, ConstraintKind, CreateTable, Generated, ObjectKind},
    catalog::{Key, constraint_name, sequence_name},
    name::Ident,
    second_run::{
        Obstacle,
        create::index_of,
        fold::Fold,
        state::{Presence, Thing},
    },
};

impl Fold<'_> {
    /// Adds the columns and constraints of a new table, under the names that are free.
    pub(super) fn own_names(&mut self, table: &Key, create: &CreateTable) {
        for column in &create.columns {
            self.add_own_column(table, column);
            for constraint in &column.constraints {
                self.add_own(table, constraint, Some(&column.name));
            }
        }
        for constraint in &create.constraints {
            self.add_own(table, constraint, None);
        }
    }

    fn add_own_column(&mut self, table: &Key, column: &Column) {
        let thing = Thing::column(table, &column.name.value);
        let relation = Thing::object(ObjectKind::Table, table.clone());
        self.state.add(thing.clone(), [relation]);
        self.use_in_column(table, column);
        let identity = matches!(column.generated, Some(Generated::Identity));
        if identity || column.data_type.is_serial() {
            let name = self.free_name(table, sequence_name(&table.name, &column.name.value));
            self.state.add(index_of(table, &name), [thing]);
        }
    }

    fn add_own(&mut self, table: &Key, constraint: &Constraint, column: Option<&Ident>) {
        let stem = constraint_name(&table.name, constraint, column);
        let has_index = matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey { .. }
                | ConstraintKind::Unique { .. }
                | ConstraintKind::Exclude
        );
        let name = match constraint.name {
            None if has_index => self.free_name(table, stem),
            Some(_) if has_index && self.is_taken(&index_of(table, &stem)) => {
                let taken = Obstacle::NameTaken { name: stem.clone() };
                self.obstacle.get_or_insert(taken);
                stem
            }
            _ => stem,
        };
        self.add_named(table, constraint, column, &name);
    }

    /// The first name that is free: `t_pkey`, `t_pkey1`. Notes where it is not the one of the first run.
    fn free_name(&mut self, table: &Key, stem: String) -> String {
        let is_free = |name: &String| !self.is_taken(&index_of(table, name));
        let numbered = (1..).map(|number| format!("{stem}{number}"));
        let name = std::iter::once(stem.clone()).chain(numbered).find(is_free);
        let name = name.unwrap_or_else(|| stem.clone());
        let first = self.generated.entry((self.index, stem));
        let first = first.or_insert_with(|| name.clone());
        if *first != name && !self.steps[self.index].guard.tests_catalog {
            let other = Obstacle::OtherName {
                first: first.clone(),
                second: name.clone(),
            };
            self.obstacle.get_or_insert(other);
        }
        name
    }

    fn is_taken(&self, relation: &Thing) -> bool {
        match self.state.presence(relation) {
            Some(presence) => presence == Presence::There,
            None => self.catalog.knows(&relation.key),
        }
    }

    /// Recalls the indexes of a table that earlier migrations made, before it gets another name or goes.
    pub(super) fn recall(&mut self, table: &Thing) {
        if self.state.presence(table).is_some() || table.of.is_some() {
            return;
        }
        let name = table.key.object_name();
        let indexes = self.catalog.indexes_of(&name);
        let indexes: Vec<Key> = indexes.map(|(key, _)| key.clone()).collect();
        for key in indexes {
            let index = Thing::object(ObjectKind::Index, key);
            if self.state.presence(&index).is_none() {
                self.state.add(index, [table.clone()]);
            }
        }
    }
}
