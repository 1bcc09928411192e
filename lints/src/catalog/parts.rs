//! What belongs to a table, and is found through it: its indexes, triggers, rules and policies.

use std::collections::{BTreeSet, HashMap};

use crate::{
    action::ObjectKind,
    catalog::{Catalog, Key, Object, ObjectDetail, ObjectKey, Origin},
    name::ObjectName,
};

/// An index.
#[derive(Clone, Debug)]
pub struct IndexState {
    /// Its table.
    pub table: Key,
    /// The leading key columns, up to the first expression.
    pub columns: Vec<String>,
    /// The columns that its expressions and its `WHERE` name.
    pub computed: Vec<String>,
    /// The key columns behind the first expression, and those of `INCLUDE`.
    pub beside: Vec<String>,
    /// All keys, as in [`crate::action::CreateIndex::keys`].
    pub keys: Vec<String>,
    /// The access method; none for `btree`.
    pub method: Option<String>,
    /// What else tells it apart, as in [`crate::action::CreateIndex::qualities`].
    pub qualities: String,
    /// A constraint brought it.
    pub constraint: bool,
    /// `UNIQUE`.
    pub unique: bool,
    /// It has a `WHERE`.
    pub partial: bool,
    /// When it came to be.
    pub origin: Origin,
}

impl IndexState {
    /// By what it is found in its table.
    fn handles(&self) -> Vec<Handle> {
        let columns = self.columns.iter().chain(&self.computed);
        let columns = columns.chain(&self.beside);
        let mut handles: Vec<Handle> = columns.cloned().map(Handle::Column).collect();
        handles.extend(self.columns.first().cloned().map(Handle::First));
        handles.extend(
            self.bare_keys()
                .next()
                .map(|key| Handle::Lead(key.to_owned())),
        );
        handles.push(Handle::Keys {
            keys: self.keys.clone(),
            method: self.method.clone(),
            qualities: self.qualities.clone(),
        });
        for keys in self.beginnings() {
            handles.push(Handle::Beginning {
                keys: keys.to_vec(),
                qualities: self.qualities.clone(),
            });
            if self.includes_columns() {
                handles.push(Handle::Beginning {
                    keys: keys.to_vec(),
                    qualities: String::new(),
                });
            }
        }
        handles
    }

    /// The keys that shorter indexes may have which do a part of its work.
    pub(crate) fn beginnings(&self) -> impl Iterator<Item = &[String]> {
        /// `INDEX_MAX_KEYS`: Postgres refuses an index with more.
        const MOST_KEYS: usize = 32;
        (1..self.keys.len().min(MOST_KEYS)).map(|length| &self.keys[..length])
    }

    /// Whether it has all rows and `INCLUDE`: a plain index is less.
    pub(crate) fn includes_columns(&self) -> bool {
        self.qualities.starts_with("include") && !self.qualities.contains(" where ")
    }
}

/// By what an index of a table is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Handle {
    /// Its first column.
    First(String),
    /// Its first key, whatever it is, without its order.
    Lead(String),
    /// A column among its keys, or one that it includes or computes with.
    Column(String),
    /// What it finds, and how.
    Keys {
        keys: Vec<String>,
        method: Option<String>,
        qualities: String,
    },
    /// What a shorter index may have that does a part of its work.
    Beginning {
        keys: Vec<String>,
        qualities: String,
    },
}

/// What belongs to a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    indexes: BTreeSet<Key>,
    indexes_by: HashMap<Handle, BTreeSet<Key>>,
    objects: BTreeSet<ObjectKey>,
}

impl Catalog {
    /// The index of that name, also one that a constraint brought.
    pub fn index(&self, name: &ObjectName) -> Option<&IndexState> {
        self.index_entry(name).map(|(_, index)| index)
    }

    /// An index with its full name.
    pub fn index_entry(&self, name: &ObjectName) -> Option<(&Key, &IndexState)> {
        let key = self.resolve(name, |key| self.indexes.contains_key(key));
        self.indexes.get_key_value(&key)
    }

    /// All indexes of a table, ordered by name.
    pub fn indexes_of(&self, table: &ObjectName) -> impl Iterator<Item = (&Key, &IndexState)> {
        let parts = self.parts.get(&self.key(table));
        let keys = parts.into_iter().flat_map(|parts| &parts.indexes);
        keys.filter_map(|key| self.indexes.get_key_value(key))
    }

    /// The indexes of a table with that first column, ordered by name.
    pub fn indexes_led_by(
        &self,
        table: &Key,
        first: &str,
    ) -> impl Iterator<Item = (&Key, &IndexState)> {
        self.indexes_by(table, &Handle::First(first.to_owned()))
    }

    /// The indexes of a table whose first key is this one, as in [`IndexState::bare_keys`], ordered by name.
    pub(crate) fn indexes_led_by_key(
        &self,
        table: &Key,
        first: &str,
    ) -> impl Iterator<Item = (&Key, &IndexState)> {
        self.indexes_by(table, &Handle::Lead(first.to_owned()))
    }

    /// The indexes of a table with exactly these keys, method and qualities, ordered by name.
    pub fn indexes_like(
        &self,
        table: &Key,
        keys: &[String],
        method: Option<&str>,
        qualities: &str,
    ) -> impl Iterator<Item = (&Key, &IndexState)> {
        let handle = Handle::Keys {
            keys: keys.to_vec(),
            method: method.map(str::to_owned),
            qualities: qualities.to_owned(),
        };
        self.indexes_by(table, &handle)
    }

    /// The indexes of its table that may do all that an index does and more, as they have its keys and others behind them;
    /// ordered by name.
    pub fn longer_indexes(&self, index: &IndexState) -> impl Iterator<Item = (&Key, &IndexState)> {
        let handle = Handle::Beginning {
            keys: index.keys.clone(),
            qualities: index.qualities.clone(),
        };
        self.indexes_by(&index.table, &handle)
    }

    /// The indexes of a table that have a column among their keys, or include it or compute with it, ordered by name.
    pub fn indexes_with(
        &self,
        table: &Key,
        column: &str,
    ) -> impl Iterator<Item = (&Key, &IndexState)> {
        self.indexes_by(table, &Handle::Column(column.to_owned()))
    }

    fn indexes_by<'a>(
        &'a self,
        table: &Key,
        handle: &Handle,
    ) -> impl Iterator<Item = (&'a Key, &'a IndexState)> + use<'a> {
        let parts = self.parts.get(table);
        let keys = parts.and_then(|parts| parts.indexes_by.get(handle));
        let keys = keys.into_iter().flatten();
        keys.filter_map(|key| self.indexes.get_key_value(key))
    }

    /// The names of the table's policies, in no order.
    pub fn policies_of(&self, table: &ObjectName) -> impl Iterator<Item = &str> {
        let parts = self.parts.get(&self.key(table));
        let objects = parts.into_iter().flat_map(|parts| &parts.objects);
        objects
            .filter(|object| object.kind == ObjectKind::Policy)
            .map(|object| object.key.name.as_str())
    }

    /// The name that Postgres generates for an index from `stem`: with a number where it is taken.
    pub(super) fn free_index_key(&mut self, stem: Key) -> Key {
        let taken = |key: &Key| self.indexes.contains_key(key) || self.relations.contains_key(key);
        if !taken(&stem) {
            return stem;
        }
        let numbered = |number: usize| Key {
            schema: stem.schema.clone(),
            name: format!("{}{number}", stem.name),
        };
        let mut number = self.free_numbers.get(&stem).copied().unwrap_or(1);
        while taken(&numbered(number)) {
            number += 1;
        }
        let key = numbered(number);
        self.free_numbers.insert(stem, number);
        key
    }

    pub(super) fn put_index(&mut self, key: Key, index: IndexState) {
        self.take_index(&key);
        self.touched.indexes.push(key.clone());
        let parts = self.parts.entry(index.table.clone()).or_default();
        for handle in index.handles() {
            let keys = parts.indexes_by.entry(handle).or_default();
            keys.insert(key.clone());
        }
        parts.indexes.insert(key.clone());
        self.indexes.insert(key, index);
    }

    pub(super) fn take_index(&mut self, key: &Key) -> Option<IndexState> {
        let index = self.indexes.remove(key)?;
        self.free_numbers.clear();
        if let Some(parts) = self.parts.get_mut(&index.table) {
            for handle in index.handles() {
                if let Some(keys) = parts.indexes_by.get_mut(&handle) {
                    keys.remove(key);
                    if keys.is_empty() {
                        parts.indexes_by.remove(&handle);
                    }
                }
            }
            parts.indexes.remove(key);
        }
        Some(index)
    }

    /// Takes the indexes of a table out.
    pub(super) fn take_indexes(&mut self, table: &Key) -> Vec<(Key, IndexState)> {
        let Some(parts) = self.parts.get_mut(table) else {
            return Vec::new();
        };
        parts.indexes_by.clear();
        self.free_numbers.clear();
        std::mem::take(&mut parts.indexes)
            .into_iter()
            .filter_map(|key| self.indexes.remove_entry(&key))
            .collect()
    }

    /// Takes the indexes of a table out that have a column among their keys, or include it or compute with it.
    pub(super) fn take_indexes_with(
        &mut self,
        table: &Key,
        column: &str,
    ) -> Vec<(Key, IndexState)> {
        let keys: Vec<Key> = self
            .indexes_with(table, column)
            .map(|(key, _)| key.clone())
            .collect();
        keys.into_iter()
            .filter_map(|key| self.take_index(&key).map(|index| (key, index)))
            .collect()
    }

    pub(super) fn put_object(&mut self, key: ObjectKey, object: Object) {
        self.touched.objects.push(key.clone());
        if let Some(table) = &key.table {
            let parts = self.parts.entry(table.clone()).or_default();
            parts.objects.insert(key.clone());
        }
        if let ObjectDetail::Domain { base, .. } = &object.detail {
            let over = self.domains.entry(base.name.clone()).or_default();
            over.insert(key.clone());
        }
        for label in object.added_labels() {
            let enums = self.added_labels.entry(label.clone()).or_default();
            enums.insert(key.clone());
        }
        self.objects.insert(key, object);
    }

    pub(super) fn take_object(&mut self, key: &ObjectKey) -> Option<Object> {
        let table = key.table.as_ref();
        if let Some(parts) = table.and_then(|table| self.parts.get_mut(table)) {
            parts.objects.remove(key);
        }
        self.objects.remove(key)
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
