//! The order in which objects are written so that the SQL loads: what is needed first, and
//! otherwise by kind and name, so that a change moves as little as can be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::schema::model::{Constraint, Definition, Id, Kind, Needs, Object, Relation, Schema};

/// What each object needs to have before it.
type Graph<'s> = BTreeMap<&'s Id, BTreeSet<&'s Id>>;

/// Where each object stands.
pub(super) struct Order<'s> {
    /// The objects in order.
    pub(super) objects: Vec<(&'s Id, &'s Object)>,
    position: HashMap<&'s Id, usize>,
}

impl Order<'_> {
    /// Whether all that is needed stands no later than `id`.
    pub(super) fn has(&self, needs: &Needs, id: &Id) -> bool {
        self.missing(needs, id).next().is_none()
    }

    /// What is needed and stands later than `id`.
    pub(super) fn missing<'n>(&self, needs: &'n Needs, id: &Id) -> impl Iterator<Item = &'n Id> {
        let position = self.position.get(id).copied();
        needs
            .iter()
            .filter(move |needed| self.position.get(*needed).copied() > position)
    }
}

/// Whether `user` can be made while `id` is a mere `CREATE TYPE name`: the functions that a type is
/// made of, which take and return it.
pub(super) fn is_shell_enough(id: &Id, object: &Object, user: &Id) -> bool {
    matches!(id.kind, Kind::BaseType | Kind::Range)
        && user.kind == Kind::Function
        && object.needs.contains(user)
}

/// Puts the objects in order. Foreign keys, triggers, rules and policies have no say in it: they
/// can follow, and a new one between old tables should move neither. Defaults, checks and indexes
/// have, unless they close a circle.
pub(super) fn order(schema: &Schema) -> Order<'_> {
    let mut graph: Graph<'_> = schema
        .objects
        .iter()
        .map(|(id, object)| {
            let known = |needed: &&Id| {
                let object = schema.objects.get(*needed);
                *needed != id && object.is_some_and(|object| !is_shell_enough(needed, object, id))
            };
            (
                id,
                object
                    .needs
                    .iter()
                    .chain(needs_of_parts(object))
                    .filter(known)
                    .collect(),
            )
        })
        .collect();
    loop {
        let (sorted, waiting) = sort(&graph);
        if waiting.is_empty() {
            let position = sorted
                .iter()
                .enumerate()
                .map(|(at, id)| (*id, at))
                .collect();
            let objects = sorted
                .into_iter()
                .map(|id| (id, &schema.objects[id]))
                .collect();
            return Order { objects, position };
        }
        loosen(schema, &mut graph, &waiting);
    }
}

/// Sorts by need, then kind, then name. What waits for itself, or for such, is left over.
fn sort<'s>(graph: &Graph<'s>) -> (Vec<&'s Id>, BTreeSet<&'s Id>) {
    let mut needed_by: HashMap<&Id, Vec<&'s Id>> = HashMap::new();
    for (id, needs) in graph {
        for needed in needs {
            needed_by.entry(needed).or_default().push(id);
        }
    }
    let mut missing: BTreeMap<&'s Id, usize> = graph.iter().map(|(id, n)| (*id, n.len())).collect();
    let ready = missing
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(id, _)| *id);
    let mut ready: BTreeSet<&'s Id> = ready.collect();
    let mut sorted = Vec::new();
    while let Some(next) = ready.pop_first() {
        missing.remove(next);
        sorted.push(next);
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
    (sorted, missing.into_keys().collect())
}

/// What an object needs for parts that can be added once it is there, but stand better inside.
fn needs_of_parts(object: &Object) -> Box<dyn Iterator<Item = &Id> + '_> {
    match &object.definition {
        Definition::Relation(relation) => Box::new(needs_of_relation(relation)),
        Definition::Domain(domain) => Box::new(needs_of_constraints(&domain.constraints)),
        _ => Box::new(std::iter::empty()),
    }
}

fn needs_of_relation(relation: &Relation) -> impl Iterator<Item = &Id> {
    let columns = relation.columns.iter().map(|part| &part.default_needs);
    let indexes = relation.indexes.iter().map(|part| &part.needs);
    (columns.chain(indexes).flatten()).chain(needs_of_constraints(&relation.constraints))
}

fn needs_of_constraints(constraints: &[Constraint]) -> impl Iterator<Item = &Id> {
    let inside = constraints.iter().filter(|part| part.kind != 'f');
    inside.flat_map(|part| &part.needs)
}

/// Takes needs out of circles: those of parts, which can follow; where there are none, those of
/// the first view, which can begin as an empty shell, or else of the first routine, which can too.
fn loosen<'s>(schema: &'s Schema, graph: &mut Graph<'s>, waiting: &BTreeSet<&'s Id>) {
    let mut parts: Vec<(&Id, &Id)> = Vec::new();
    let mut whole: Vec<(&Id, &Id)> = Vec::new();
    for id in waiting {
        let own = &schema.objects[*id].needs;
        for needed in graph[id]
            .iter()
            .filter(|needed| reaches(graph, waiting, needed, id))
        {
            if own.contains(*needed) {
                &mut whole
            } else {
                &mut parts
            }
            .push((id, needed));
        }
    }
    let is_view = |id: &Id| match &schema.objects[id].definition {
        Definition::Relation(relation) => relation.query.is_some(),
        _ => false,
    };
    let first = whole.iter().map(|(id, _)| *id);
    let first = first
        .clone()
        .find(|id| is_view(id))
        .or_else(|| first.clone().next());
    let cut = if parts.is_empty() {
        whole.retain(|(id, _)| Some(*id) == first);
        whole
    } else {
        parts
    };
    for (id, needed) in cut {
        if let Some(needs) = graph.get_mut(id) {
            needs.remove(needed);
        }
    }
}

/// Whether `from` is `to`, or needs it by way of objects that wait.
fn reaches(graph: &Graph<'_>, waiting: &BTreeSet<&Id>, from: &Id, to: &Id) -> bool {
    let mut seen = BTreeSet::new();
    let mut path = vec![from];
    while let Some(id) = path.pop() {
        if id == to {
            return true;
        }
        if waiting.contains(id) && seen.insert(id) {
            path.extend(graph[id].iter().copied());
        }
    }
    false
}
