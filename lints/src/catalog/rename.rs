//! How names change: parts and indexes go along.

use crate::{
    action::{ObjectKind, Rename, RenamePart},
    catalog::{Catalog, Key, ObjectKey},
    name::{Ident, ObjectName},
};

impl Catalog {
    pub(super) fn rename(&mut self, rename: &Rename) {
        let to = rename.to.value.clone();
        match &rename.part {
            RenamePart::Column(from) => {
                let key = self.key(&rename.object);
                self.with_column(&key, from, |known| known.name.clone_from(&to));
                let renamed = |columns: &mut Vec<String>| {
                    for column in columns.iter_mut().filter(|column| **column == from.value) {
                        column.clone_from(&to);
                    }
                };
                if let Some(relation) = self.relations.get_mut(&key) {
                    for constraint in &mut relation.constraints {
                        renamed(&mut constraint.columns);
                        renamed(&mut constraint.proves_not_null);
                    }
                }
                for (name, mut index) in self.take_indexes(&key) {
                    renamed(&mut index.columns);
                    self.put_index(name, index);
                }
            }
            RenamePart::Constraint(from) => {
                let key = self.key(&rename.object);
                if let Some(relation) = self.relations.get_mut(&key) {
                    for known in relation
                        .constraints
                        .iter_mut()
                        .filter(|known| known.name == from.value)
                    {
                        known.name.clone_from(&to);
                    }
                }
                self.move_index(&key.schema, &from.value, &key.schema, &to);
            }
            RenamePart::Object => {
                let old = self.object_key(rename.kind, &rename.object, rename.table.as_ref());
                let new = Key {
                    schema: old.key.schema.clone(),
                    name: to,
                };
                self.move_object(old, new);
            }
            RenamePart::Attribute(_) | RenamePart::EnumValue(_) => {}
        }
    }

    pub(super) fn set_schema(&mut self, kind: ObjectKind, name: &ObjectName, schema: &Ident) {
        let old = self.object_key(kind, name, None);
        let new = Key {
            schema: schema.value.clone(),
            name: old.key.name.clone(),
        };
        self.move_object(old, new);
    }

    fn move_object(&mut self, old: ObjectKey, new: Key) {
        if old.kind == ObjectKind::Index || self.indexes.contains_key(&old.key) {
            self.move_index(&old.key.schema, &old.key.name, &new.schema, &new.name);
        } else if old.kind.is_relation() {
            let Some(relation) = self.relations.remove(&old.key) else {
                return;
            };
            self.put_relation(new.clone(), relation);
            for (mut key, mut index) in self.take_indexes(&old.key) {
                key.schema.clone_from(&new.schema);
                index.table = new.clone();
                self.put_index(key, index);
            }
            for (mut key, object) in self.take_objects(&old.key) {
                key.table = Some(new.clone());
                self.put_object(key, object);
            }
        } else if let Some(object) = self.objects.remove(&old) {
            self.put_object(ObjectKey { key: new, ..old }, object);
        }
    }

    fn move_index(&mut self, schema: &str, name: &str, new_schema: &str, new_name: &str) {
        let old = Key {
            schema: schema.to_owned(),
            name: name.to_owned(),
        };
        if let Some(index) = self.indexes.remove(&old) {
            self.put_index(
                Key {
                    schema: new_schema.to_owned(),
                    name: new_name.to_owned(),
                },
                index,
            );
        }
    }
}
