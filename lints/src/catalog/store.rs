//! Puts relations into the catalog and takes them out, and notes that the migration has touched them.

use crate::{
    action::{ObjectKind, Persistence},
    catalog::{Catalog, ColumnState, Key, Origin, Relation},
    name::Ident,
};

impl Catalog {
    /// The relation of that key; one that no migration made is taken for an existing table.
    pub(super) fn known_relation(&mut self, key: &Key) -> &mut Relation {
        self.touched.relations.push(key.clone());
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
        let relation = self.relations.get_mut(key);
        let column = relation.and_then(|relation| relation.columns.get_mut(&column.value));
        if let Some(column) = column {
            change(column);
        }
    }

    pub(super) fn put_relation(&mut self, key: Key, relation: Relation) {
        if relation.persistence == Persistence::TemporaryOnCommitDrop {
            self.until_commit.push(key.clone());
        }
        self.touched.relations.push(key.clone());
        self.link(&key, &relation);
        for column in &relation.columns {
            self.note_type(&key, &column.data_type);
        }
        self.relations.insert(key.clone(), relation);
        self.await_rows(&key);
    }

    pub(super) fn take_relation(&mut self, key: &Key) -> Option<Relation> {
        self.touched.relations.push(key.clone());
        self.relations.remove(key)
    }
}
