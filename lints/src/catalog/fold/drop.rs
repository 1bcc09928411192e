//! What `DROP` takes away from what is known.

use crate::{
    action::{DropObject, ObjectKind},
    catalog::{Catalog, Dropped, Key, ObjectKey, Origin},
};

impl Catalog {
    pub(super) fn drop_object(&mut self, drop: &DropObject) {
        let object = self.object_key(drop.kind, &drop.name, drop.table.as_ref());
        let known = self.objects.contains_key(&object) || self.knows(&object.key);
        if matches!(
            drop.kind,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine
        ) {
            self.drop_overloads(&object.key, drop.arguments.as_deref());
        }
        match drop.kind {
            ObjectKind::Index => {
                self.drop_index(&object.key);
            }
            ObjectKind::Schema => {
                self.drop_schema(drop.name.name());
                self.objects.remove(&object);
            }
            kind if kind.is_relation() => {
                let parts = self.descendants(&drop.name);
                let views = match drop.cascade {
                    true => self.readers(&drop.name),
                    false => Vec::new(),
                };
                let kin = parts.iter().chain(&views).map(|name| self.key(name));
                for gone in kin.chain([object.key.clone()]).collect::<Vec<_>>() {
                    self.take_relation(&gone);
                    self.forget_referring(&gone);
                    self.take_indexes(&gone);
                    self.take_objects(&gone);
                }
            }
            _ => {
                self.take_object(&object);
            }
        }
        self.dropped.insert(
            object,
            Dropped {
                if_exists: drop.if_exists,
                concurrently: drop.concurrently,
                known,
            },
        );
    }

    /// Takes an index away, and remembers it where it kept rows apart so far.
    pub(super) fn drop_index(&mut self, key: &Key) {
        if let Some(index) = self.take_index(key)
            && index.unique
            && index.origin == Origin::Earlier
        {
            let lead = index.bare_keys().next().unwrap_or_default().to_owned();
            let keys = self
                .dropped_keys
                .entry((index.table.clone(), lead))
                .or_default();
            keys.push(index);
        }
    }

    /// Takes away what lives in a schema.
    fn drop_schema(&mut self, schema: &str) {
        let relations = self.relations.keys().filter(|key| key.schema == schema);
        for key in relations.cloned().collect::<Vec<_>>() {
            self.take_relation(&key);
        }
        let indexes = self.indexes.keys().filter(|key| key.schema == schema);
        for key in indexes.cloned().collect::<Vec<_>>() {
            self.take_index(&key);
        }
        let objects = self.objects.keys().filter(|one| one.key.schema == schema);
        for key in objects.cloned().collect::<Vec<ObjectKey>>() {
            self.take_object(&key);
        }
    }

    /// Takes a function's overload away; all of them where no arguments are written.
    fn drop_overloads(&mut self, key: &Key, arguments: Option<&str>) {
        let Some(overloads) = self.overloads.get_mut(key) else {
            return;
        };
        let dropped = overloads
            .extract_if(.., |known| {
                arguments.is_none_or(|arguments| arguments == known.arguments)
            })
            .filter(|known| known.origin == Origin::Earlier)
            .map(|known| known.arguments);
        self.dropped_overloads
            .entry(key.clone())
            .or_default()
            .extend(dropped);
    }
}
