//! Which part of an object is which. Columns and enum values stand in an order that a rename keeps, so their place tells
//! more than their looks.

use std::collections::{BTreeSet, HashMap, HashSet};

use rehearsal_lints::history::{Part, QualifiedName};

use crate::diff::{
    node::{self, Node},
    pair::stated::{self, Stated},
    similar,
    translate::Names,
};

/// What became of the parts of an object.
#[derive(Debug, Default)]
pub(in crate::diff) struct Parts<'n> {
    pub(in crate::diff) pairs: Vec<(&'n Node, &'n Node)>,
    pub(in crate::diff) removed: Vec<&'n Node>,
    pub(in crate::diff) added: Vec<&'n Node>,
    /// The columns that were dropped and added anew, as they are now.
    pub(in crate::diff) replaced: Vec<&'n Node>,
}

/// Pairs the parts of an object that is there before and after, and notes the names that changed.
pub(super) fn pair<'n>(
    before: &'n Node,
    after: &'n Node,
    stated: &Stated<'_>,
    names: &mut Names,
) -> Parts<'n> {
    let mut parts = Parts::default();
    let kinds = before.parts.iter().chain(&after.parts);
    // What stands on columns is told apart by their names: columns come first.
    let kinds: BTreeSet<(bool, &str)> = kinds
        .map(|part| (part.kind != node::COLUMN, part.kind.as_str()))
        .collect();
    for (_, kind) in kinds {
        let mut open = Open {
            was: before,
            of: after,
            before: before.parts_of(kind).collect(),
            after: after.parts_of(kind).collect(),
            pairs: Vec::new(),
        };
        open.pair_stated(stated);
        open.pair_named(names);
        open.pair_alike(stated, names);
        for (one, other) in &open.pairs {
            note(after, one, other, names);
        }
        if kind == node::COLUMN {
            let replaced = open.pairs.iter().filter(|(one, other)| {
                one.name == other.name && stated.replaced_column(after, other)
            });
            parts.replaced = replaced.map(|(_, other)| *other).collect();
        }
        parts.pairs.extend(open.pairs);
        parts.removed.extend(open.before);
        parts.added.extend(open.after);
    }
    parts
}

/// Notes the new name of a part that texts elsewhere name.
fn note(of: &Node, before: &Node, after: &Node, names: &mut Names) {
    if before.name == after.name {
        return;
    }
    match before.kind.as_str() {
        node::COLUMN => names.rename_column(&before.name, &after.name),
        node::VALUE => {
            let value = |label: &str| format!("{label}::{}", of.name);
            names.rename_object(&value(&before.name), &value(&after.name));
        }
        node::INDEX | node::SEQUENCE => names.rename_object(&before.name, &after.name),
        _ => {}
    }
}

/// The parts of one kind that have no partner yet, and those that have.
struct Open<'n> {
    was: &'n Node,
    of: &'n Node,
    before: Vec<&'n Node>,
    after: Vec<&'n Node>,
    pairs: Vec<(&'n Node, &'n Node)>,
}

impl<'n> Open<'n> {
    fn pair_stated(&mut self, stated: &Stated<'_>) {
        let mut pairs = Vec::new();
        for one in &self.before {
            let Some(Some(to)) = fate(stated, self.of, one) else {
                continue;
            };
            let left = |other: &&Node| fate(stated, self.of, other).is_some();
            let taken = self.before.iter().find(|other| own_name(other) == to);
            if taken.is_some_and(|taken| !left(taken)) {
                continue;
            }
            let other = self.after.iter().find(|other| own_name(other) == to);
            pairs.extend(other.map(|other| (*one, *other)));
        }
        self.take(pairs);
    }

    fn pair_named(&mut self, names: &Names) {
        let after: HashMap<&str, &'n Node> = self
            .after
            .iter()
            .map(|node| (node.name.as_str(), *node))
            .collect();
        let pairs = self.before.iter().filter_map(|one| {
            let same = after.get(one.name.as_str());
            // Names of indexes and sequences hold that of a schema, names of privileges that of a column.
            let other = same.or_else(|| {
                after
                    .values()
                    .find(|other| names.same(&one.name, &other.name))
            })?;
            Some((*one, *other))
        });
        let pairs = pairs.collect();
        self.take(pairs);
    }

    fn pair_alike(&mut self, stated: &Stated<'_>, names: &Names) {
        let is_open = |node: &&&'n Node| !matches!(fate(stated, self.of, node), Some(None));
        let before: Vec<_> = self.before.iter().filter(is_open).copied().collect();
        if before.is_empty() || self.after.is_empty() {
            return;
        }
        let pairs = match before[0].kind.as_str() {
            node::COLUMN | node::VALUE => self.pair_by_place(&before, names),
            // These are named for the role that holds them.
            node::PRIVILEGES => Vec::new(),
            _ => similar::of_one_shape(&before, &self.after, names),
        };
        self.take(pairs);
    }

    /// Pairs what stands between the same neighbours. Nothing but a rename puts a new name there; only at the end it may
    /// as well be a drop and an addition, unless it looks the same.
    fn pair_by_place(&self, before: &[&'n Node], names: &Names) -> Vec<(&'n Node, &'n Node)> {
        let partners: HashMap<*const Node, *const Node> = self
            .pairs
            .iter()
            .map(|(one, other)| (std::ptr::from_ref(*one), std::ptr::from_ref(*other)))
            .collect();
        let known: HashSet<*const Node> = partners.values().copied().collect();
        let kind = before[0].kind.as_str();
        let mut after: HashMap<Place, Vec<&'n Node>> = HashMap::new();
        let place_after = |node: &Node| known.get(&std::ptr::from_ref(node)).copied();
        for (place, node) in gaps(self.of.parts_of(kind), place_after) {
            after.entry(place).or_default().push(node);
        }
        let mut gaps_before: HashMap<Place, Vec<&'n Node>> = HashMap::new();
        let place_before = |node: &Node| partners.get(&std::ptr::from_ref(node)).copied();
        for (place, node) in gaps(self.was.parts_of(kind), place_before) {
            gaps_before.entry(place).or_default().push(node);
        }
        let mut pairs = Vec::new();
        for (place, nodes) in gaps_before {
            let others = after.get(&place).map_or(&[][..], Vec::as_slice);
            let is_open = |node: &&Node| before.iter().any(|open| std::ptr::eq(*open, *node));
            if nodes.len() != others.len() || !nodes.iter().all(is_open) {
                continue;
            }
            let zipped = || nodes.iter().copied().zip(others.iter().copied());
            let alike = || zipped().all(|(one, other)| similar::same_shape(one, other, names));
            if place.1.is_some() || kind == node::COLUMN && alike() {
                pairs.extend(zipped());
            }
        }
        pairs
    }

    fn take(&mut self, pairs: Vec<(&'n Node, &'n Node)>) {
        for (one, other) in pairs {
            if self.after.iter().any(|node| std::ptr::eq(*node, other)) {
                self.before.retain(|node| !std::ptr::eq(*node, one));
                self.after.retain(|node| !std::ptr::eq(*node, other));
                self.pairs.push((one, other));
            }
        }
    }
}

/// The known neighbours between which a node stands, as they are after.
type Place = (Option<*const Node>, Option<*const Node>);

/// The nodes that are not known, each with its place.
fn gaps<'n>(
    nodes: impl Iterator<Item = &'n Node>,
    known: impl Fn(&Node) -> Option<*const Node>,
) -> Vec<(Place, &'n Node)> {
    let (mut found, mut waiting) = (Vec::new(), Vec::new());
    let mut last = None;
    for node in nodes {
        match known(node) {
            None => waiting.push(node),
            next => {
                found.extend(waiting.drain(..).map(|node| ((last, next), node)));
                last = next;
            }
        }
    }
    found.extend(waiting.into_iter().map(|node| ((last, None), node)));
    found
}

/// What the migrations say of a part.
fn fate<'h>(stated: &Stated<'h>, of: &Node, part: &Node) -> Option<Option<String>> {
    let name = own_name(part);
    let kind = match part.kind.as_str() {
        node::COLUMN => Part::Column,
        node::VALUE => Part::Label,
        node::TRIGGER => Part::Trigger,
        node::RULE => Part::Rule,
        node::POLICY => Part::Policy,
        node::CONSTRAINT => Part::Constraint,
        node::INDEX | node::SEQUENCE | node::STATISTICS => {
            return object_fate(stated, &part.kind, &stated::qualified(&part.name));
        }
        _ => return None,
    };
    let found = stated.part(of, kind, &name);
    if found.is_none() && kind == Part::Constraint {
        // Its index has its name, and can be renamed in its place.
        let schema = stated::qualified(&of.name).schema;
        return object_fate(stated, node::INDEX, &QualifiedName { schema, name });
    }
    found.map(|to| to.map(str::to_owned))
}

fn object_fate(stated: &Stated<'_>, kind: &str, name: &QualifiedName) -> Option<Option<String>> {
    if !stated.left(kind, name) {
        return None;
    }
    let to = stated.renamed(kind, name);
    Some(to.map(|to| to.name.clone()))
}

/// The name of a part as statements give it: without the schema, which is its table's.
fn own_name(part: &Node) -> String {
    match part.kind.as_str() {
        node::INDEX | node::SEQUENCE | node::STATISTICS => stated::qualified(&part.name).name,
        _ => stated::unquoted(&part.name),
    }
}
