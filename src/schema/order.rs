//! The order in which objects are written so that the SQL loads: what is needed first, and
//! otherwise by kind and name, so that a change moves as little as can be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::schema::model::{Definition, Id, Needs, Object, Schema};

/// Where each object stands.
pub(super) struct Order<'s> {
    /// The objects in order.
    pub(super) objects: Vec<(&'s Id, &'s Object)>,
    position: HashMap<&'s Id, usize>,
}

impl Order<'_> {
    /// Whether all that is needed stands no later than `id`.
    pub(super) fn has(&self, needs: &Needs, id: &Id) -> bool {
        needs
            .iter()
            .all(|needed| self.position.get(needed) <= self.position.get(id))
    }
}

/// Puts the objects in order. Foreign keys, triggers, rules and policies have no say in it: they
/// can follow. Where objects need each other in a circle, the one whose definition can be given in
/// two steps comes first.
pub(super) fn order(schema: &Schema) -> Order<'_> {
    let needs: BTreeMap<&Id, BTreeSet<&Id>> = schema
        .objects
        .iter()
        .map(|(id, object)| {
            let known = |needed: &&Id| *needed != id && schema.objects.contains_key(*needed);
            (
                id,
                object
                    .needs
                    .iter()
                    .chain(deferrable(object))
                    .filter(known)
                    .collect(),
            )
        })
        .collect();
    let mut needed_by: HashMap<&Id, Vec<&Id>> = HashMap::new();
    for (id, needs) in &needs {
        for needed in needs {
            needed_by.entry(needed).or_default().push(id);
        }
    }

    let mut missing: BTreeMap<&Id, usize> = needs.iter().map(|(id, n)| (*id, n.len())).collect();
    let mut ready: BTreeSet<&Id> = missing
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(id, _)| *id)
        .collect();
    let mut order = Order {
        objects: Vec::new(),
        position: HashMap::new(),
    };
    while !missing.is_empty() {
        let next = match ready.pop_first() {
            Some(id) => id,
            None => break_circle(schema, &missing, &needs),
        };
        missing.remove(next);
        order.position.insert(next, order.objects.len());
        order.objects.push((next, &schema.objects[next]));
        for dependent in needed_by.get(next).into_iter().flatten() {
            let Some(count) = missing.get_mut(dependent) else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                ready.insert(dependent);
            }
        }
    }
    order
}

/// What an object needs for parts that can be added once it is there, but should not be.
fn deferrable(object: &Object) -> impl Iterator<Item = &Id> {
    let relation = match &object.definition {
        Definition::Relation(relation) => Some(relation),
        _ => None,
    };
    relation.into_iter().flat_map(|relation| {
        let constraints = relation.constraints.iter().filter(|part| part.kind != 'f');
        (relation.columns.iter().map(|part| &part.default_needs))
            .chain(constraints.map(|part| &part.needs))
            .chain(relation.indexes.iter().map(|part| &part.needs))
            .flatten()
    })
}

/// The first of the objects that wait for each other whose bare definition waits for nothing, or
/// that is a view, which can begin as an empty shell.
fn break_circle<'s>(
    schema: &'s Schema,
    missing: &BTreeMap<&'s Id, usize>,
    needs: &BTreeMap<&'s Id, BTreeSet<&'s Id>>,
) -> &'s Id {
    let in_circle = |id: &Id| reaches(id, id, missing, needs);
    let bare = |id: &Id| {
        let object = &schema.objects[id];
        let Definition::Relation(relation) = &object.definition else {
            return false;
        };
        relation.query.is_some()
            || !object
                .needs
                .iter()
                .any(|needed| missing.contains_key(needed))
    };
    let mut circle = missing
        .keys()
        .copied()
        .filter(|id| in_circle(id))
        .peekable();
    let first = circle.peek().copied();
    circle
        .find(|id| bare(id))
        .or(first)
        .expect("objects that all wait for others form a circle")
}

/// Whether `from` needs `to`, by way of objects that still wait.
fn reaches(
    from: &Id,
    to: &Id,
    missing: &BTreeMap<&Id, usize>,
    needs: &BTreeMap<&Id, BTreeSet<&Id>>,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut path = vec![from];
    while let Some(id) = path.pop() {
        for needed in needs[id]
            .iter()
            .filter(|needed| missing.contains_key(**needed))
        {
            if *needed == to {
                return true;
            }
            if seen.insert(*needed) {
                path.push(needed);
            }
        }
    }
    false
}
