//! The objects known so far, folded over the steps of all migrations up to the current one.
//!
//! It answers what rules ask: was this table there before the migration, which type has the column, does a valid check
//! prove it not null. What it has not seen it does not know: a table that no migration creates is an existing table.

mod fold;
mod kin;
mod relation;
mod rename;
mod session;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    action::{ObjectKind, Persistence, TypeName, ViewColumn, Volatility},
    copies::Copies,
    name::{Ident, ObjectName},
};

pub(crate) use relation::{
    ColumnState, ConstraintState, IndexState, Relation, constraint_name, index_name,
};

/// An object's resolved name: schema and name, as Postgres would find it by the `search_path`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The schema; `pg_temp` for temporary objects, empty for objects that live in none.
    pub schema: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// The name as a statement would write it: without the schema `public`.
    pub fn object_name(&self) -> ObjectName {
        let schema = Some(self.schema.clone()).filter(|schema| schema != "public");
        ObjectName::new(schema, Ident::new(self.name.clone(), Default::default()))
    }
}

/// When an object came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In an earlier migration, or before all of them.
    Earlier,
    /// In the current migration; it was certainly absent before.
    Here,
}

/// An object that is no relation.
#[derive(Clone, Debug)]
pub struct Object {
    /// When it came to be.
    pub origin: Origin,
    /// What rules ask of some kinds.
    pub detail: ObjectDetail,
}

impl Object {
    /// The labels that the current migration added to it since its last commit, where it is an enum.
    fn added_labels(&self) -> &[String] {
        match &self.detail {
            ObjectDetail::Enum { added } => added,
            _ => &[],
        }
    }

    /// The labels that were added to an enum are committed.
    fn forget_labels(&mut self) {
        if let ObjectDetail::Enum { added } = &mut self.detail {
            added.clear();
        }
    }
}

/// What rules ask of some kinds of objects.
#[derive(Clone, Debug, Default)]
pub enum ObjectDetail {
    /// Nothing.
    #[default]
    None,
    /// A domain.
    Domain {
        /// The type under it.
        base: TypeName,
        /// It has a constraint that each value is checked against.
        constrained: bool,
    },
    /// An enum.
    Enum {
        /// The labels that this migration added since its last commit.
        added: Vec<String>,
    },
    /// A function.
    Function {
        /// `IMMUTABLE`, `STABLE` or `VOLATILE`.
        volatility: Volatility,
        /// `LANGUAGE sql`: the planner puts the body in the place of the call where it can, and judges that.
        inlined: bool,
    },
}

/// Tells objects apart: a trigger, rule or policy by its table, a function by its argument types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectKey {
    kind: ObjectKind,
    pub(crate) key: Key,
    table: Option<Key>,
}

/// One of the functions that share a name.
#[derive(Clone, Debug)]
pub struct Overload {
    /// The argument types, as in [`crate::action::CreateObject::arguments`].
    pub arguments: String,
    /// When it came to be.
    pub origin: Origin,
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

/// The run-time parameters that the migration has set so far. A runner's connection starts with none.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// `lock_timeout` in milliseconds; none where it is not set or 0.
    pub lock_timeout: Option<u64>,
    /// `statement_timeout` in milliseconds; none where it is not set or 0.
    pub statement_timeout: Option<u64>,
    /// `search_path`, where it is set.
    pub search_path: Option<Vec<String>>,
    /// Whether an explicit `BEGIN` is open.
    pub in_transaction: bool,
}

/// Where to look for what belongs to a table; some of it may be gone, or another table's by now.
#[derive(Clone, Debug, Default)]
struct Parts {
    indexes: BTreeSet<Key>,
    objects: BTreeSet<ObjectKey>,
}

/// All that is known at one point of one migration.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    relations: HashMap<Key, Relation>,
    indexes: HashMap<Key, IndexState>,
    objects: HashMap<ObjectKey, Object>,
    /// The functions and procedures of each name.
    overloads: HashMap<Key, Vec<Overload>>,
    /// Argument types of functions of earlier migrations that the current one dropped, by name.
    dropped_overloads: HashMap<Key, Vec<String>>,
    /// The columns of views, with their types where they can be told; those of dropped ones are kept until the migration
    /// is over.
    views: HashMap<Key, Vec<(String, Option<TypeName>)>>,
    /// By kind and key, what the current migration dropped.
    dropped: HashMap<ObjectKey, Dropped>,
    /// Constraints that the current migration dropped with `IF EXISTS`, by table.
    dropped_constraints: HashMap<(Key, String), Dropped>,
    /// Columns that the current migration dropped, by table.
    dropped_columns: HashMap<(Key, String), Dropped>,
    /// The index that the step before dropped with `IF EXISTS`.
    dropped_last: Option<Key>,
    /// The index that the last step of the migration before dropped with `IF EXISTS`.
    dropped_before: Option<Key>,
    /// Tables that the current migration truncated.
    truncated: BTreeMap<Key, ()>,
    /// The session's parameters.
    pub session: Session,
    /// The parameters as they are once the open transaction is committed: without what was set with `LOCAL`.
    committed: Session,
    saved: Vec<(String, Box<Catalog>)>,
    /// Whether the current migration rolls something back, so that the states before are worth keeping.
    rolls_back: bool,
    /// How much of them may still be kept.
    copies: Copies,
    /// By table, the indexes, triggers, rules and policies that it has or had.
    parts: HashMap<Key, Parts>,
    /// By table, its partitions and heirs, and who refers to it.
    kin: HashMap<Key, kin::Kin>,
    /// By label, the enums to which the current migration added it since its last commit.
    added_labels: HashMap<String, BTreeSet<ObjectKey>>,
    /// The relations, indexes and other objects that the current migration has changed.
    touched: Vec<Key>,
    touched_indexes: Vec<Key>,
    touched_objects: Vec<ObjectKey>,
}

impl Catalog {
    /// Resolves the name of a relation as the `search_path` would.
    pub fn key(&self, name: &ObjectName) -> Key {
        self.resolve(name, |key| self.knows(key))
    }

    /// Whether a migration made a relation or index of that resolved name.
    pub(crate) fn knows(&self, key: &Key) -> bool {
        self.relations.contains_key(key) || self.indexes.contains_key(key)
    }

    /// The table, view, materialized view, sequence or foreign table of that name, if a migration made it.
    pub fn relation(&self, name: &ObjectName) -> Option<&Relation> {
        self.relations.get(&self.key(name))
    }

    /// Whether this migration created the relation: nobody else knows it yet, so no lock on it makes anyone wait.
    pub fn is_new(&self, name: &ObjectName) -> bool {
        self.relation(name)
            .is_some_and(|relation| relation.origin == Origin::Here)
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

    /// Whether this migration has truncated the table.
    pub fn is_truncated_here(&self, name: &ObjectName) -> bool {
        self.truncated.contains_key(&self.key(name))
    }

    /// A column of a table whose definition is known.
    pub fn column(&self, table: &ObjectName, column: &Ident) -> Option<&ColumnState> {
        self.relation(table)?
            .columns
            .iter()
            .find(|known| known.name == column.value)
    }

    /// Whether a valid constraint proves that the column holds no null, so that `SET NOT NULL` need not scan.
    ///
    /// Source: <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL>
    pub fn is_proven_not_null(&self, table: &ObjectName, column: &Ident) -> bool {
        self.relation(table).is_some_and(|relation| {
            relation
                .columns
                .iter()
                .any(|known| known.name == column.value && known.not_null)
                || relation.constraints.iter().any(|constraint| {
                    constraint.valid && constraint.proves_not_null.contains(&column.value)
                })
        })
    }

    /// A constraint that would prove the same if it were valid.
    pub fn unproven_not_null(
        &self,
        table: &ObjectName,
        column: &Ident,
    ) -> Option<&ConstraintState> {
        self.relation(table)?.constraints.iter().find(|constraint| {
            !constraint.valid && constraint.proves_not_null.contains(&column.value)
        })
    }

    /// A constraint of a table by name; names that Postgres would generate are known too.
    pub fn constraint(&self, table: &ObjectName, name: &Ident) -> Option<&ConstraintState> {
        self.relation(table)?
            .constraints
            .iter()
            .find(|known| known.name == name.value)
    }

    /// The index of that name, also one that a constraint brought.
    pub fn index(&self, name: &ObjectName) -> Option<&IndexState> {
        let key = self.resolve(name, |key| self.indexes.contains_key(key));
        self.indexes.get(&key)
    }

    /// An index with its full name.
    pub fn index_entry(&self, name: &ObjectName) -> Option<(&Key, &IndexState)> {
        let key = self.resolve(name, |key| self.indexes.contains_key(key));
        self.indexes.get_key_value(&key)
    }

    /// All indexes of a table, ordered by name.
    pub fn indexes_of(&self, table: &ObjectName) -> impl Iterator<Item = (&Key, &IndexState)> {
        let key = self.key(table);
        let parts = self.parts.get(&key);
        parts
            .into_iter()
            .flat_map(|parts| &parts.indexes)
            .filter_map(|index| self.indexes.get_key_value(index))
            .filter(move |(_, index)| index.table == key)
    }

    /// An object of any kind. `table` tells triggers, rules and policies apart.
    pub fn object(
        &self,
        kind: ObjectKind,
        name: &ObjectName,
        table: Option<&ObjectName>,
    ) -> Option<&Object> {
        self.objects.get(&self.object_key(kind, name, table))
    }

    /// Whether this migration created the object; relations and indexes included.
    pub fn is_object_new(
        &self,
        kind: ObjectKind,
        name: &ObjectName,
        table: Option<&ObjectName>,
    ) -> bool {
        match kind {
            ObjectKind::Index => self
                .index(name)
                .is_some_and(|index| index.origin == Origin::Here),
            _ if kind.is_relation() => self.is_new(name),
            _ => {
                self.object(kind, name, table)
                    .is_some_and(|object| object.origin == Origin::Here)
                    || table.is_some_and(|table| self.is_new(table))
            }
        }
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

    /// Whether, and how, this migration has dropped a column of the table.
    pub fn column_dropped_here(&self, table: &ObjectName, name: &Ident) -> Option<Dropped> {
        self.dropped_columns
            .get(&(self.key(table), name.value.clone()))
            .copied()
    }

    /// The domain of that name: the type under it, and whether it has constraints.
    pub fn domain(&self, name: &TypeName) -> Option<(&TypeName, bool)> {
        match &self.type_object(ObjectKind::Domain, name)?.detail {
            ObjectDetail::Domain { base, constrained } => Some((base, *constrained)),
            _ => None,
        }
    }

    /// Whether the function is volatile, as far as a migration made it; one overload that is makes it so.
    pub fn is_volatile(&self, function: &ObjectName) -> Option<bool> {
        match self.object(ObjectKind::Function, function, None)?.detail {
            ObjectDetail::Function { volatility, .. } => Some(volatility == Volatility::Volatile),
            _ => None,
        }
    }

    /// Whether a migration made the function, and made it so that Postgres certainly takes it for no immutable one.
    pub fn is_certainly_mutable(&self, function: &ObjectName) -> Option<bool> {
        match self.object(ObjectKind::Function, function, None)?.detail {
            ObjectDetail::Function {
                volatility,
                inlined,
            } => Some(volatility != Volatility::Immutable && !inlined),
            _ => None,
        }
    }

    /// The overloads of a function or procedure that stand, with their argument types.
    pub fn overloads(&self, function: &ObjectName) -> &[Overload] {
        let key = self.object_key(ObjectKind::Function, function, None).key;
        self.overloads.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The argument types of the function's overloads that this migration dropped and earlier ones made.
    pub fn overloads_dropped_here(&self, function: &ObjectName) -> &[String] {
        let key = self.object_key(ObjectKind::Function, function, None).key;
        self.dropped_overloads.get(&key).map_or(&[], Vec::as_slice)
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

    /// The names of the table's policies, in no order.
    pub fn policies_of(&self, table: &ObjectName) -> impl Iterator<Item = &str> {
        let key = self.key(table);
        self.objects
            .keys()
            .filter(move |object| {
                object.kind == ObjectKind::Policy && object.table.as_ref() == Some(&key)
            })
            .map(|object| object.key.name.as_str())
    }

    /// The tables that have a column of that type, or of a domain over it, in the order of their names.
    pub fn tables_with_type(&self, name: &ObjectName) -> Vec<ObjectName> {
        let types = self.domains_over(name.name());
        let mut keys: Vec<&Key> = self
            .relations
            .iter()
            .filter(|(_, relation)| {
                relation
                    .columns
                    .iter()
                    .any(|column| types.contains(&column.data_type.name.as_str()))
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
            for (key, object) in &self.objects {
                let over = key.key.name.as_str();
                if matches!(&object.detail, ObjectDetail::Domain { base, .. } if base.name == under)
                    && !types.contains(&over)
                {
                    types.push(over);
                }
            }
            at += 1;
        }
        types
    }

    /// Whether this migration added labels to enums since its last commit.
    pub fn has_added_labels(&self) -> bool {
        !self.added_labels.is_empty()
    }

    /// The enums to which this migration added the label since its last commit, by name, and when they came to be.
    pub fn enums_with_added_label(&self, label: &str) -> impl Iterator<Item = (&str, Origin)> {
        let enums = self.added_labels.get(label);
        enums.into_iter().flatten().filter_map(move |key| {
            let object = self.objects.get(key)?;
            let is_added = object.added_labels().iter().any(|added| added == label);
            is_added.then_some((key.key.name.as_str(), object.origin))
        })
    }

    /// The schema in which an unqualified name is created.
    pub fn default_schema(&self) -> &str {
        self.session
            .search_path
            .as_ref()
            .and_then(|path| path.first())
            .map_or("public", String::as_str)
    }

    pub(crate) fn object_key(
        &self,
        kind: ObjectKind,
        name: &ObjectName,
        table: Option<&ObjectName>,
    ) -> ObjectKey {
        let kind = same_namespace(kind);
        let key = match kind {
            _ if kind.is_relation() => self.key(name),
            ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy => without_schema(name),
            _ if has_no_schema(kind) => without_schema(name),
            _ => self.resolve(name, |key| {
                self.objects.contains_key(&ObjectKey {
                    kind,
                    key: key.clone(),
                    table: None,
                })
            }),
        };
        ObjectKey {
            kind,
            key,
            table: table.map(|table| self.key(table)),
        }
    }

    fn type_object(&self, kind: ObjectKind, name: &TypeName) -> Option<&Object> {
        let name = ObjectName::new(
            name.schema.clone(),
            Ident::new(name.name.clone(), Default::default()),
        );
        self.object(kind, &name, None)
    }

    fn resolve(&self, name: &ObjectName, exists: impl Fn(&Key) -> bool) -> Key {
        if let Some(schema) = &name.schema {
            return Key {
                schema: schema.clone(),
                name: name.name().to_owned(),
            };
        }
        let path = self.session.search_path.as_deref().unwrap_or_default();
        let default = ["public".to_owned()];
        let path = if path.is_empty() { &default } else { path };
        std::iter::once("pg_temp")
            .chain(path.iter().map(String::as_str))
            .map(|schema| Key {
                schema: schema.to_owned(),
                name: name.name().to_owned(),
            })
            .find(|key| exists(key))
            .unwrap_or_else(|| Key {
                schema: path[0].clone(),
                name: name.name().to_owned(),
            })
    }

    fn created_key(&self, name: &ObjectName, persistence: Persistence) -> Key {
        let schema = match &name.schema {
            _ if persistence.is_temporary() => "pg_temp",
            Some(schema) => schema,
            None => self.default_schema(),
        };
        Key {
            schema: schema.to_owned(),
            name: name.name().to_owned(),
        }
    }
}

/// Functions, procedures and aggregates share one namespace, as do types and domains; relations share another.
fn same_namespace(kind: ObjectKind) -> ObjectKind {
    match kind {
        ObjectKind::Procedure | ObjectKind::Aggregate | ObjectKind::Routine => ObjectKind::Function,
        other => other,
    }
}

/// Whether objects of the kind live in no schema.
pub(crate) fn has_no_schema(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::AccessMethod
            | ObjectKind::Cast
            | ObjectKind::Database
            | ObjectKind::EventTrigger
            | ObjectKind::Extension
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Language
            | ObjectKind::Publication
            | ObjectKind::Role
            | ObjectKind::Schema
            | ObjectKind::Server
            | ObjectKind::Subscription
            | ObjectKind::Tablespace
            | ObjectKind::Transform
            | ObjectKind::UserMapping
    )
}

fn without_schema(name: &ObjectName) -> Key {
    Key {
        schema: String::new(),
        name: name.name().to_owned(),
    }
}
