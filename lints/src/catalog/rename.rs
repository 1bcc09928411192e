//! How names change: parts and indexes go along.

use std::collections::HashMap;

use crate::{
    action::{ObjectKind, Rename, RenamePart},
    catalog::{Catalog, Handle, Key, Object, ObjectDetail, ObjectKey},
    name::{Ident, ObjectName},
};

impl Catalog {
    pub(super) fn rename(&mut self, rename: &Rename) {
        let to = rename.to.value.clone();
        match &rename.part {
            RenamePart::Column(from) => {
                let key = self.key(&rename.object);
                let view = self.views.get_mut(&key).into_iter().flatten();
                for (column, _) in view.filter(|(column, _)| *column == from.value) {
                    column.clone_from(&to);
                }
                let renamed = |columns: &mut Vec<String>| {
                    for column in columns.iter_mut().filter(|column| **column == from.value) {
                        column.clone_from(&to);
                    }
                };
                if let Some(relation) = self.relations.get_mut(&key) {
                    relation.columns.rename(&from.value, &to);
                    let over = Handle::Column(from.value.clone());
                    relation.constraints.change(&over, |constraint| {
                        renamed(&mut constraint.columns);
                        renamed(&mut constraint.proves_not_null);
                        renamed(&mut constraint.mentions);
                    });
                }
                for (name, mut index) in self.take_indexes_with(&key, &from.value) {
                    index.rename_column(&from.value, &to);
                    self.put_index(name, index);
                }
            }
            RenamePart::Constraint(from) => {
                let key = self.key(&rename.object);
                if let Some(relation) = self.relations.get_mut(&key) {
                    let named = Handle::Name(from.value.clone());
                    relation
                        .constraints
                        .change(&named, |known| known.name.clone_from(&to));
                }
                self.move_index(&key.schema, &from.value, &key.schema, &to);
            }
            RenamePart::Object if rename.kind == ObjectKind::Schema => {
                self.rename_schema(rename.object.name(), &to);
            }
            RenamePart::Object => {
                let old = self.object_key(rename.kind, &rename.object, rename.table.as_ref());
                let new = Key {
                    schema: old.key.schema.clone(),
                    name: to,
                };
                self.move_object(old, new);
            }
            RenamePart::EnumValue(from) => {
                let key = self.object_key(ObjectKind::Type, &rename.object, None);
                if let Some(Object {
                    detail:
                        ObjectDetail::Enum {
                            labels: Some(labels),
                            ..
                        },
                    ..
                }) = self.objects.get_mut(&key)
                {
                    let renamed = labels.iter_mut().filter(|label| *label == from);
                    renamed.for_each(|label| label.clone_from(&to));
                }
            }
            RenamePart::Attribute(_) => {}
        }
    }

    /// All that lives in a schema goes by its new name.
    fn rename_schema(&mut self, from: &str, to: &str) {
        fn in_schema<V>(map: &HashMap<Key, V>, schema: &str) -> Vec<Key> {
            let keys = map.keys().filter(|key| key.schema == schema);
            keys.cloned().collect()
        }
        let moved = |key: &Key| Key {
            schema: to.to_owned(),
            name: key.name.clone(),
        };
        for key in in_schema(&self.relations, from) {
            let old = ObjectKey {
                kind: ObjectKind::Table,
                key: key.clone(),
                table: None,
            };
            self.move_object(old, moved(&key));
        }
        for key in in_schema(&self.overloads, from) {
            if let Some(overloads) = self.overloads.remove(&key) {
                self.overloads.insert(moved(&key), overloads);
            }
        }
        let objects: Vec<ObjectKey> = self
            .objects
            .keys()
            .filter(|object| {
                object.key.schema == from
                    || object.kind == ObjectKind::Schema && object.key.name == from
            })
            .cloned()
            .collect();
        for old in objects {
            let Some(object) = self.take_object(&old) else {
                continue;
            };
            let key = if old.kind == ObjectKind::Schema {
                Key {
                    schema: String::new(),
                    name: to.to_owned(),
                }
            } else {
                moved(&old.key)
            };
            self.put_object(ObjectKey { key, ..old }, object);
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
            let Some(mut relation) = self.take_relation(&old.key) else {
                return;
            };
            relation.was.get_or_insert_with(|| old.key.clone());
            self.put_relation(new.clone(), relation);
            if let Some(columns) = self.views.remove(&old.key) {
                self.views.insert(new.clone(), columns);
            }
            self.follow(&old.key, &new);
            for (mut key, mut index) in self.take_indexes(&old.key) {
                key.schema.clone_from(&new.schema);
                index.table = new.clone();
                self.put_index(key, index);
            }
            for (mut key, object) in self.take_objects(&old.key) {
                key.table = Some(new.clone());
                self.put_object(key, object);
            }
        } else if let Some(object) = self.take_object(&old) {
            if matches!(old.kind, ObjectKind::Type | ObjectKind::Domain) {
                self.retype(&old.key, &new);
            }
            self.put_object(ObjectKey { key: new, ..old }, object);
        }
    }

    /// The columns of a type follow it to its new name.
    fn retype(&mut self, old: &Key, new: &Key) {
        for table in self.typed.remove(&old.name).unwrap_or_default() {
            let Some(relation) = self.relations.get_mut(&table) else {
                continue;
            };
            for column in relation.columns.iter_mut() {
                let of = &mut column.data_type;
                let schema = of.schema.as_mut();
                if of.name == old.name && schema.as_ref().is_none_or(|at| **at == old.schema) {
                    of.name.clone_from(&new.name);
                    if let Some(schema) = schema {
                        schema.clone_from(&new.schema);
                    }
                }
            }
            let tables = self.typed.entry(new.name.clone()).or_default();
            tables.insert(table);
        }
    }

    fn move_index(&mut self, schema: &str, name: &str, new_schema: &str, new_name: &str) {
        let old = Key {
            schema: schema.to_owned(),
            name: name.to_owned(),
        };
        if let Some(index) = self.take_index(&old) {
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
