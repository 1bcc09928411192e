//! What a name means: which schema it is found in, and in which one it is created.

use crate::{
    action::{ObjectKind, Persistence},
    catalog::Catalog,
    name::{Ident, ObjectName},
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
/// Tells objects apart: a trigger, rule or policy by its table, a function by its argument types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectKey {
    pub(super) kind: ObjectKind,
    pub(crate) key: Key,
    pub(super) table: Option<Key>,
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

    pub(super) fn resolve(&self, name: &ObjectName, exists: impl Fn(&Key) -> bool) -> Key {
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

    pub(super) fn created_key(&self, name: &ObjectName, persistence: Persistence) -> Key {
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
