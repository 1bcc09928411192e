//! Puts relations, indexes and other objects into the catalog, and takes a table's parts out.
//!
//! Everything that is put is noted: as touched by the migration, and as a part of its table.

use std::collections::hash_map::Entry;

use crate::{
    action::{ObjectKind, Persistence},
    catalog::{Catalog, ColumnState, IndexState, Key, Object, ObjectKey, Origin, Relation},
    name::Ident,
};

impl Catalog {
    /// The relation of that key; one that no migration made is taken for an existing table.
    pub(super) fn known_relation(&mut self, key: &Key) -> &mut Relation {
        self.touched.push(key.clone());
        self.relations
            .entry(key.clone())
            .or_insert_with(|| Relation {
                origin: Origin::Earlier,
                ..Relation::new(ObjectKind::Table, Persistence::Permanent)
            })
    }

    pub(super) fn with_column(
        &mut self,
        key: &Key,
        column: &Ident,
        change: impl FnOnce(&mut ColumnState),
    ) {
        let column = self.relations.get_mut(key).and_then(|relation| {
            relation
                .columns
                .iter_mut()
                .find(|known| known.name == column.value)
        });
        if let Some(column) = column {
            change(column);
        }
    }

    pub(super) fn put_relation(&mut self, key: Key, relation: Relation) {
        self.touched.push(key.clone());
        self.link(&key, &relation);
        self.relations.insert(key, relation);
    }

    pub(super) fn put_index(&mut self, key: Key, index: IndexState) {
        self.touched_indexes.push(key.clone());
        let parts = self.parts.entry(index.table.clone()).or_default();
        parts.indexes.insert(key.clone());
        self.indexes.insert(key, index);
    }

    pub(super) fn put_object(&mut self, key: ObjectKey, object: Object) {
        self.touched_objects.push(key.clone());
        if let Some(table) = &key.table {
            let parts = self.parts.entry(table.clone()).or_default();
            parts.objects.insert(key.clone());
        }
        for label in object.added_labels() {
            let enums = self.added_labels.entry(label.clone()).or_default();
            enums.insert(key.clone());
        }
        self.objects.insert(key, object);
    }

    /// Takes the indexes of a table out.
    pub(super) fn take_indexes(&mut self, table: &Key) -> Vec<(Key, IndexState)> {
        let Some(parts) = self.parts.get_mut(table) else {
            return Vec::new();
        };
        let mut taken = Vec::new();
        for key in std::mem::take(&mut parts.indexes) {
            if let Entry::Occupied(entry) = self.indexes.entry(key)
                && entry.get().table == *table
            {
                taken.push(entry.remove_entry());
            }
        }
        taken
    }

    /// Takes the triggers, rules and policies of a table out.
    pub(super) fn take_objects(&mut self, table: &Key) -> Vec<(ObjectKey, Object)> {
        let Some(parts) = self.parts.get_mut(table) else {
            return Vec::new();
        };
        std::mem::take(&mut parts.objects)
            .into_iter()
            .filter_map(|key| self.objects.remove_entry(&key))
            .collect()
    }
}
