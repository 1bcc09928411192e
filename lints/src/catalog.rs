//! The objects known so far, folded over the steps of all migrations up to the current one.
//!
//! It answers what rules ask: was this table there before the migration, which type has the column, does a valid check
//! prove it not null. What it has not seen it does not know: a table that no migration creates is an existing table.

mod columns;
mod constraints;
mod fold;
mod gone;
mod index;
mod key;
mod kin;
mod object;
mod parts;
mod relation;
mod rename;
mod session;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    action::{ObjectKind, TypeName, ViewColumn},
    copies::Copies,
    name::{Ident, ObjectName},
};

pub use key::Key;

pub(crate) use columns::{ColumnState, Columns};
pub(crate) use constraints::{ConstraintState, Constraints, Handle};
pub(crate) use key::{ObjectKey, has_no_schema};
pub(crate) use object::{Object, ObjectDetail, Overload};
pub(crate) use parts::IndexState;
pub(crate) use relation::{Relation, constraint_name, index_name, sequence_name};
pub(crate) use session::Session;

/// When an object came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In an earlier migration, or before all of them.
    Earlier,
    /// In the current migration; it was certainly absent before.
    Here,
}

/// A drop that this migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// A migration had made it: it was certainly there.
    pub known: bool,
}

/// What the current migration has changed: when the next one begins, it is an earlier one's.
#[derive(Clone, Debug, Default)]
struct Touched {
    /// Those that are gone are among them.
    relations: Vec<Key>,
    indexes: Vec<Key>,
    objects: Vec<ObjectKey>,
    routines: Vec<Key>,
}

/// All that is known at one point of one migration.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    relations: HashMap<Key, Relation>,
    indexes: HashMap<Key, IndexState>,
    /// By the generated name of an index that is taken, the first number behind it that may be free.
    free_numbers: HashMap<Key, usize>,
    objects: HashMap<ObjectKey, Object>,
    /// The functions and procedures of each name.
    overloads: HashMap<Key, Vec<Overload>>,
    /// Argument types of functions of earlier migrations that the current one dropped, by name.
    dropped_overloads: HashMap<Key, Vec<String>>,
    /// The columns of views, with their types where they can be told; those of dropped ones are kept until the migration
    /// is over.
    views: HashMap<Key, Vec<(String, Option<TypeName>)>>,
    /// By the unqualified name of a type that a migration made, the tables that may have columns of it.
    typed: HashMap<String, HashSet<Key>>,
    /// By kind and key, what the current migration dropped.
    dropped: HashMap<ObjectKey, Dropped>,
    /// Constraints that the current migration dropped with `IF EXISTS`, by table.
    dropped_constraints: HashMap<(Key, String), Dropped>,
    /// The table, the columns and the referenced table of the foreign keys that the current migration dropped.
    dropped_references: HashSet<(Key, Vec<String>, Key)>,
    /// Columns that the current migration dropped, by table.
    dropped_columns: HashMap<(Key, String), Dropped>,
    /// By table and first key, the unique indexes of earlier migrations that the current one dropped.
    dropped_keys: HashMap<(Key, String), Vec<IndexState>>,
    /// The index that the step before dropped with `IF EXISTS`.
    dropped_last: Option<Key>,
    /// The index that the last step of the migration before dropped with `IF EXISTS`.
    dropped_before: Option<Key>,
    /// What earlier steps of any migration took away.
    gone: gone::Gone,
    /// Tables that the current migration truncated for certain.
    truncated: HashSet<Key>,
    /// The session's parameters.
    pub session: Session,
    /// The parameters as they are once the open transaction is committed: without what was set with `LOCAL`.
    committed: Session,
    saved: Vec<(String, Box<Catalog>)>,
    /// Whether the current migration rolls something back, so that the states before are worth keeping.
    rolls_back: bool,
    /// How much of them may still be kept.
    copies: Copies,
    /// By table, its indexes, triggers, rules and policies.
    parts: HashMap<Key, parts::Parts>,
    /// By table, its partitions and heirs, and who refers to it.
    kin: HashMap<Key, kin::Kin>,
    /// By the unqualified name of a type, the domains over it; some may be gone by now.
    domains: HashMap<String, BTreeSet<ObjectKey>>,
    /// By label, the enums to which the current migration added it since its last commit.
    added_labels: HashMap<String, BTreeSet<ObjectKey>>,
    /// Temporary tables that live as long as the transaction.
    until_commit: Vec<Key>,
    touched: Touched,
}

impl Catalog {
    /// The table, view, materialized view, sequence or foreign table of that name, if a migration made it.
    pub fn relation(&self, name: &ObjectName) -> Option<&Relation> {
        self.relations.get(&self.key(name))
    }

    /// Whether this migration created the relation: nobody else knows it yet, so no lock on it makes anyone wait.
    pub fn is_new(&self, name: &ObjectName) -> bool {
        self.relation(name)
            .is_some_and(|relation| relation.origin == Origin::Here)
    }

    /// Whether the relation is a partitioned table.
    pub fn is_partitioned(&self, name: &ObjectName) -> bool {
        self.relation(name)
            .is_some_and(|relation| relation.partitioned)
    }

    /// Whether the relation is the session's own.
    pub fn is_temporary(&self, name: &ObjectName) -> bool {
        self.relation(name)
            .is_some_and(|relation| relation.persistence.is_temporary())
    }

    /// Whether work on the relation takes no time and blocks nobody: new or temporary, and not filled by this migration.
    pub fn is_new_and_empty(&self, name: &ObjectName) -> bool {
        self.relation(name).is_some_and(|relation| {
            (relation.origin == Origin::Here || relation.persistence.is_temporary())
                && !relation.filled
        })
    }

    /// Whether this migration has truncated the table, and not filled it since.
    pub fn is_emptied(&self, name: &ObjectName) -> bool {
        !self.truncated.is_empty()
            && self.truncated.contains(&self.key(name))
            && self.relation(name).is_some_and(|relation| !relation.filled)
    }

    /// A column of a table whose definition is known.
    pub fn column(&self, table: &ObjectName, column: &Ident) -> Option<&ColumnState> {
        self.relation(table)?.columns.get(&column.value)
    }

    /// Whether a valid constraint proves that the column holds no null, so that `SET NOT NULL` need not scan.
    ///
    /// Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL>
    pub fn is_proven_not_null(&self, table: &ObjectName, column: &Ident) -> bool {
        self.relation(table).is_some_and(|relation| {
            let known = relation.columns.get(&column.value);
            known.is_some_and(|known| known.not_null)
                || relation.constraints.prove_not_null(&column.value)
        })
    }

    /// A constraint that would prove the same if it were valid.
    pub fn unproven_not_null(
        &self,
        table: &ObjectName,
        column: &Ident,
    ) -> Option<&ConstraintState> {
        let over = Handle::Column(column.value.clone());
        self.relation(table)?
            .constraints
            .by(&over)
            .find(|constraint| {
                !constraint.valid && constraint.proves_not_null.contains(&column.value)
            })
    }

    /// A constraint of a table by name; names that Postgres would generate are known too.
    pub fn constraint(&self, table: &ObjectName, name: &Ident) -> Option<&ConstraintState> {
        self.relation(table)?.constraints.named(&name.value)
    }

    /// Whether, and how, this migration has dropped an object of that kind and name.
    pub fn dropped_here(
        &self,
        kind: ObjectKind,
        name: &ObjectName,
        table: Option<&ObjectName>,
    ) -> Option<Dropped> {
        self.dropped
            .get(&self.object_key(kind, name, table))
            .copied()
    }

    /// Whether the migration before ended with `DROP INDEX IF EXISTS` of this index.
    pub fn is_index_dropped_just_before(&self, name: &ObjectName) -> bool {
        self.dropped_before.as_ref() == Some(&self.key(name))
    }

    /// Whether, and how, this migration has dropped a constraint of the table.
    pub fn constraint_dropped_here(&self, table: &ObjectName, name: &Ident) -> Option<Dropped> {
        self.dropped_constraints
            .get(&(self.key(table), name.value.clone()))
            .copied()
    }

    /// The unique indexes of the table with that first key, as in [`IndexState::bare_keys`], those of constraints included,
    /// that this migration dropped and earlier ones made.
    pub(crate) fn keys_dropped_here(&self, table: &Key, first: &str) -> &[IndexState] {
        let keys = self.dropped_keys.get(&(table.clone(), first.to_owned()));
        keys.map_or(&[], Vec::as_slice)
    }

    /// Whether this migration has dropped a foreign key of the table over these columns to another table.
    pub(crate) fn reference_dropped_here(
        &self,
        table: &ObjectName,
        columns: &[Ident],
        references: &ObjectName,
    ) -> bool {
        let mut columns = relation::names(columns);
        columns.sort();
        let reference = (self.key(table), columns, self.key(references));
        self.dropped_references.contains(&reference)
    }

    /// Whether, and how, this migration has dropped a column of the table.
    pub fn column_dropped_here(&self, table: &ObjectName, name: &Ident) -> Option<Dropped> {
        self.dropped_columns
            .get(&(self.key(table), name.value.clone()))
            .copied()
    }

    /// The columns of a view that stands, or that this migration has dropped, with their types where they can be told.
    pub fn view_columns(&self, view: &ObjectName) -> Option<&[(String, Option<TypeName>)]> {
        self.views.get(&self.key(view)).map(Vec::as_slice)
    }

    /// The type that a view's column has, where it can be told.
    pub fn view_column_type(&self, column: &ViewColumn) -> Option<TypeName> {
        let (table, shown) = match (&column.cast, &column.shows) {
            (Some(cast), _) => return Some(cast.clone()),
            (None, shows) => shows.as_ref()?,
        };
        let mut data_type = self.column(table, shown)?.data_type.clone();
        if let Some(integer) = data_type.behind_serial() {
            integer.clone_into(&mut data_type.name);
        }
        Some(data_type)
    }

    /// The tables that have a column of that type, or of a domain over it, in the order of their names.
    pub fn tables_with_type(&self, name: &ObjectName) -> Vec<ObjectName> {
        let types = self.domains_over(name.name());
        let mut keys: Vec<&Key> = self
            .relations
            .iter()
            .filter(|(_, relation)| {
                let mut columns = relation.columns.iter();
                columns.any(|column| types.contains(&column.data_type.name.as_str()))
            })
            .map(|(key, _)| key)
            .collect();
        keys.sort();
        keys.into_iter().map(Key::object_name).collect()
    }

    /// A type and the domains over it, by unqualified name.
    fn domains_over<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut types = vec![name];
        let mut at = 0;
        while let Some(&under) = types.get(at) {
            for key in self.domains.get(under).into_iter().flatten() {
                let over = key.key.name.as_str();
                let is_over = self.objects.get(key).is_some_and(|object| {
                    matches!(&object.detail, ObjectDetail::Domain { base, .. } if base.name == under)
                });
                if is_over && !types.contains(&over) {
                    types.push(over);
                }
            }
            at += 1;
        }
        types
    }
}
