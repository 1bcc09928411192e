//! The columns of a table, by name.

use std::collections::{
    HashMap,
    hash_map::{Values, ValuesMut},
};

use crate::{action::TypeName, catalog::Origin};

/// A column.
#[derive(Clone, Debug)]
pub struct ColumnState {
    /// Its type.
    pub data_type: TypeName,
    /// The labels that its values can be, where the current migration made a text of an enum.
    pub labels: Option<Vec<String>>,
    /// It is certainly not null.
    pub not_null: bool,
    /// It has a default, an identity or a generation expression.
    pub has_default: bool,
    /// Its default gives each row a value of its own: the next number, a random one.
    pub numbered: bool,
    /// It is computed whenever it is read.
    pub is_virtual: bool,
    /// When it came to be.
    pub origin: Origin,
}

/// The columns of a table as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    by_name: HashMap<String, ColumnState>,
    /// Those that may be the current migration's.
    new: Vec<String>,
}

impl Columns {
    /// The column of that name.
    pub fn get(&self, name: &str) -> Option<&ColumnState> {
        self.by_name.get(name)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> Values<'_, String, ColumnState> {
        self.by_name.values()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut ColumnState> {
        self.by_name.get_mut(name)
    }

    /// Puts a column there, in the place of one of that name.
    pub(super) fn put(&mut self, name: String, column: ColumnState) {
        self.new.push(name.clone());
        self.by_name.insert(name, column);
    }

    /// Gives a column another type; `labels` are those of the enum that it had.
    pub(super) fn retype(&mut self, name: &str, to: &TypeName, labels: Option<Vec<String>>) {
        if let Some(column) = self.by_name.get_mut(name) {
            column.data_type = to.clone();
            column.labels = labels;
            self.new.push(name.to_owned());
        }
    }

    /// All of them, in no order.
    pub(super) fn iter_mut(&mut self) -> ValuesMut<'_, String, ColumnState> {
        self.by_name.values_mut()
    }

    /// Takes over the columns of another table, but for those that are there.
    pub(super) fn copy(&mut self, source: &Self) {
        for (name, column) in &source.by_name {
            if !self.by_name.contains_key(name) {
                self.put(name.clone(), column.clone());
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(column) = self.by_name.remove(from) {
            self.put(to.to_owned(), column);
        }
    }

    /// What the current migration has added is from now on an earlier one's.
    pub(super) fn settle(&mut self) {
        for name in std::mem::take(&mut self.new) {
            if let Some(column) = self.by_name.get_mut(&name) {
                column.origin = Origin::Earlier;
                column.labels = None;
            }
        }
    }
}

impl<'a> IntoIterator for &'a Columns {
    type Item = &'a ColumnState;
    type IntoIter = Values<'a, String, ColumnState>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
