//! What a name means at a step, by the `search_path`.

use crate::{
    action::{ObjectKind, Persistence},
    catalog::{Key, has_no_schema},
    name::ObjectName,
    second_run::{
        fold::Fold,
        state::{Presence, Thing},
    },
};

impl Fold<'_> {
    /// The relation that a name means.
    pub(super) fn key(&self, name: &ObjectName) -> Key {
        self.resolve(ObjectKind::Table, name)
    }

    /// The thing of a kind that has no table and no arguments.
    pub(super) fn object(&self, kind: ObjectKind, name: &ObjectName) -> Thing {
        let key = if has_no_schema(kind) {
            Key {
                schema: String::new(),
                name: name.name().to_owned(),
            }
        } else {
            self.resolve(kind, name)
        };
        Thing::object(kind, key)
    }

    pub(super) fn resolve(&self, kind: ObjectKind, name: &ObjectName) -> Key {
        let key = |schema: &str| Key {
            schema: schema.to_owned(),
            name: name.name().to_owned(),
        };
        if let Some(schema) = &name.schema {
            return key(schema);
        }
        let path = &self.path;
        let exists = |key: &Key| match self.state.presence(&Thing::object(kind, key.clone())) {
            Some(presence) => presence == Presence::There,
            None => kind.is_relation() && self.catalog.knows(key),
        };
        std::iter::once("pg_temp")
            .chain(path.iter().map(String::as_str))
            .map(key)
            .find(exists)
            .unwrap_or_else(|| key(path.first().map_or("public", String::as_str)))
    }

    pub(super) fn created_key(&self, name: &ObjectName, persistence: Persistence) -> Key {
        let schema = match &name.schema {
            _ if persistence.is_temporary() => "pg_temp",
            Some(schema) => schema,
            None => self.path.first().map_or("public", String::as_str),
        };
        Key {
            schema: schema.to_owned(),
            name: name.name().to_owned(),
        }
    }
}
