//! Which relations hang together: partitions and inheriting tables, foreign keys.

use std::collections::{BTreeSet, HashSet};

use crate::{
    action::{Constraint, ConstraintKind},
    catalog::{Catalog, ConstraintState, Handle, Key, Relation},
    name::ObjectName,
};

/// Where to look for a table's kin; some may be gone, or nobody's kin by now.
#[derive(Clone, Debug, Default)]
pub(super) struct Kin {
    /// Partitions and inheriting tables.
    children: HashSet<Key>,
    /// The child that was last made its default partition.
    default: Option<Key>,
    /// Tables with a foreign key to it.
    referencing: HashSet<Key>,
    /// Views that read it.
    readers: HashSet<Key>,
    /// Partitions and inheriting tables that may hold no row of this migration's yet, or lead to some.
    awaiting: HashSet<Key>,
}

/// How a table belongs to another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Belongs {
    /// It is a partition.
    Partition {
        /// The default one.
        default: bool,
    },
    /// It inherits.
    Heir,
}

impl Catalog {
    /// The default partition of a table, where a migration made it one, and its own partitions: whoever adds a partition
    /// to the table looks through them for rows that belong there.
    pub(crate) fn default_partitions(&self, table: &ObjectName) -> Vec<ObjectName> {
        let parent = self.key(table);
        let default = self.kin.get(&parent).and_then(|kin| kin.default.as_ref());
        let is_still = |key: &&Key| {
            self.relations
                .get(*key)
                .is_some_and(|known| known.default_partition && known.parents.contains(&parent))
        };
        let Some(default) = default.filter(is_still).map(Key::object_name) else {
            return Vec::new();
        };
        let mut partitions = self.descendants(&default);
        partitions.insert(0, default);
        partitions
    }

    /// The partitions of a table and the tables that inherit from it, theirs included, in the order of their names.
    pub(crate) fn descendants(&self, table: &ObjectName) -> Vec<ObjectName> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![self.key(table)];
        while let Some(parent) = waiting.pop() {
            for child in self.children(&parent) {
                if found.insert(child.clone()) {
                    waiting.push(child.clone());
                }
            }
        }
        found.iter().map(Key::object_name).collect()
    }

    /// The tables that inherit from a table, and are no partitions: nobody who waits for one waits for the other.
    pub(crate) fn heirs(&self, table: &ObjectName) -> Vec<ObjectName> {
        let mut heirs = self.descendants(table);
        heirs.retain(|heir| self.relation(heir).is_some_and(|known| !known.partition));
        heirs
    }

    /// The views that read a table or view, and those that read them, in the order of their names.
    pub(crate) fn readers(&self, relation: &ObjectName) -> Vec<ObjectName> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![self.key(relation)];
        while let Some(read) = waiting.pop() {
            for reader in self.kin.get(&read).into_iter().flat_map(|kin| &kin.readers) {
                let reads = |known: &Relation| known.reads.contains(&read);
                if self.relations.get(reader).is_some_and(reads) && found.insert(reader.clone()) {
                    waiting.push(reader.clone());
                }
            }
        }
        found.iter().map(Key::object_name).collect()
    }

    /// The partitions of a relation and those that inherit from it, theirs aside.
    pub(super) fn children(&self, parent: &Key) -> impl Iterator<Item = &Key> {
        let kin = self.kin.get(parent);
        let known = kin.into_iter().flat_map(|kin| &kin.children);
        known.filter(move |child| {
            let relation = self.relations.get(*child);
            relation.is_some_and(|relation| relation.parents.contains(parent))
        })
    }

    /// The tables of which the table is a partition, or from which it inherits.
    pub(crate) fn parents(&self, table: &ObjectName) -> Vec<ObjectName> {
        let relation = self.relation(table);
        let parents = relation.into_iter().flat_map(|relation| &relation.parents);
        parents.map(Key::object_name).collect()
    }

    /// The foreign keys that refer to a table, each with its own table.
    pub(crate) fn referring(&self, table: &ObjectName) -> Vec<(ObjectName, &ConstraintState)> {
        let key = self.key(table);
        let kin = self.kin.get(&key);
        let mut tables: Vec<&Key> = kin.into_iter().flat_map(|kin| &kin.referencing).collect();
        tables.sort();
        let references = Handle::References(key);
        tables
            .into_iter()
            .filter_map(|table| Some((table, self.relations.get(table)?)))
            .flat_map(|(table, relation)| {
                let constraints = relation.constraints.by(&references);
                constraints.map(move |constraint| (table.object_name(), constraint))
            })
            .collect()
    }

    /// The tables whose rows are deleted together with those of a table that they refer to, directly or through others, in the
    /// order in which they are met.
    pub(crate) fn cascading(&self, table: &ObjectName) -> Vec<ObjectName> {
        let mut found: Vec<ObjectName> = vec![table.clone()];
        let mut at = 0;
        while let Some(referenced) = found.get(at) {
            for (table, key) in self.referring(referenced) {
                if key.definition.contains("on delete cascade") && !found.contains(&table) {
                    found.push(table);
                }
            }
            at += 1;
        }
        found.split_off(1)
    }

    /// Whether a foreign key refers to that column.
    pub(crate) fn refers_to(&self, key: &ConstraintState, column: &str) -> bool {
        let referenced = key.references.as_ref();
        let Some(table) = referenced.and_then(|table| self.relations.get(table)) else {
            return false;
        };
        let primary = table.constraints.primary_key();
        match (key.referenced.as_slice(), primary) {
            ([], Some(primary)) => primary.columns.iter().any(|name| name == column),
            (columns, _) => columns.iter().any(|name| name == column),
        }
    }

    /// The table that a foreign key refers to.
    pub(super) fn referenced(&self, constraint: &Constraint) -> Option<Key> {
        match &constraint.kind {
            ConstraintKind::ForeignKey { references, .. } => Some(self.key(references)),
            _ => None,
        }
    }

    /// Notes to whom a relation belongs.
    pub(super) fn link(&mut self, key: &Key, relation: &Relation) {
        for parent in &relation.parents {
            let kin = self.kin.entry(parent.clone()).or_default();
            kin.children.insert(key.clone());
            if relation.default_partition {
                kin.default = Some(key.clone());
            }
        }
        for read in &relation.reads {
            let kin = self.kin.entry(read.clone()).or_default();
            kin.readers.insert(key.clone());
        }
        for constraint in &relation.constraints {
            self.refer(key, constraint.references.as_ref());
        }
    }

    /// Notes that a foreign key of the table refers to another.
    pub(super) fn refer(&mut self, key: &Key, references: Option<&Key>) {
        if let Some(referenced) = references {
            let kin = self.kin.entry(referenced.clone()).or_default();
            kin.referencing.insert(key.clone());
        }
    }

    /// Makes a table a partition of another, or an heir.
    pub(super) fn attach(&mut self, child: &ObjectName, parent: &ObjectName, how: Belongs) {
        let (child, parent) = (self.key(child), self.key(parent));
        let relation = self.known_relation(&child);
        relation.parents.push(parent.clone());
        relation.partition = matches!(how, Belongs::Partition { .. });
        relation.default_partition = matches!(how, Belongs::Partition { default: true });
        let is_default = relation.default_partition;
        let kin = self.kin.entry(parent).or_default();
        kin.children.insert(child.clone());
        if is_default {
            kin.default = Some(child.clone());
        }
        self.await_rows(&child);
    }

    /// Notes that a table may be empty: the next rows that its partitioned table gets may go there.
    pub(super) fn await_rows(&mut self, table: &Key) {
        let mut waiting = vec![table.clone()];
        while let Some(child) = waiting.pop() {
            let parents = self.relations.get(&child).map(|known| &known.parents);
            for parent in parents.into_iter().flatten() {
                let kin = self.kin.entry(parent.clone()).or_default();
                if kin.awaiting.insert(child.clone()) {
                    waiting.push(parent.clone());
                }
            }
        }
    }

    /// Notes that a table gets rows, and with it all partitions that may have none.
    pub(super) fn fill(&mut self, table: &ObjectName) {
        let mut keys = vec![self.key(table)];
        while let Some(key) = keys.pop() {
            let Some(relation) = self.relations.get_mut(&key) else {
                continue;
            };
            relation.filled = true;
            if relation.partitioned
                && let Some(kin) = self.kin.get_mut(&key)
            {
                // The rows stand in the partitions.
                let awaiting = std::mem::take(&mut kin.awaiting).into_iter();
                keys.extend(awaiting.filter(|child| {
                    let known = self.relations.get(child);
                    known.is_some_and(|known| known.parents.contains(&key))
                }));
            }
            self.touched.relations.push(key);
        }
    }

    /// Parts a table from another.
    pub(super) fn detach(&mut self, child: &ObjectName, parent: &ObjectName) {
        let parent = self.key(parent);
        let child = self.key(child);
        if let Some(relation) = self.relations.get_mut(&child) {
            relation.parents.retain(|known| *known != parent);
            relation.partition = false;
            relation.default_partition = false;
        }
    }

    /// The kin of a relation follow it to its new name.
    pub(super) fn follow(&mut self, old: &Key, new: &Key) {
        let Some(kin) = self.kin.remove(old) else {
            return;
        };
        for child in &kin.children {
            if let Some(relation) = self.relations.get_mut(child) {
                for parent in relation.parents.iter_mut().filter(|parent| *parent == old) {
                    parent.clone_from(new);
                }
            }
        }
        for view in &kin.readers {
            if let Some(relation) = self.relations.get_mut(view) {
                for read in relation.reads.iter_mut().filter(|read| *read == old) {
                    read.clone_from(new);
                }
            }
        }
        for table in &kin.referencing {
            if let Some(relation) = self.relations.get_mut(table) {
                let renamed = Some(new.clone());
                relation
                    .constraints
                    .change(&Handle::References(old.clone()), |one| {
                        one.references.clone_from(&renamed);
                    });
            }
        }
        self.kin.insert(new.clone(), kin);
    }

    /// Takes away the foreign keys that refer to columns of a table that are no key any more.
    pub(super) fn forget_referring_to(&mut self, table: &ObjectName, columns: &[String]) {
        let key = self.key(table);
        let gone: Vec<(Key, String)> = self
            .referring(table)
            .into_iter()
            .filter(|(_, foreign)| columns.iter().any(|column| self.refers_to(foreign, column)))
            .map(|(table, foreign)| (self.key(&table), foreign.name.clone()))
            .collect();
        for (referring, name) in gone {
            if let Some(relation) = self.relations.get_mut(&referring) {
                relation.constraints.remove(&Handle::Name(name), |one| {
                    one.references.as_ref() == Some(&key)
                });
            }
        }
    }

    /// Takes away the foreign keys that refer to a table that is gone.
    pub(super) fn forget_referring(&mut self, gone: &Key) {
        let Some(kin) = self.kin.remove(gone) else {
            return;
        };
        for table in &kin.referencing {
            if let Some(relation) = self.relations.get_mut(table) {
                let references = Handle::References(gone.clone());
                relation.constraints.remove(&references, |_| true);
            }
        }
    }
}
