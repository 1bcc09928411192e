//! What happens because something else does, and is told with that: to partitions, because it happens to their parent; to
//! sequences, because it happens to their column; to what an extension brings, because it happens to the extension; to what
//! owners may do, because there is another owner.

use std::collections::{HashMap, HashSet};

use crate::diff::{
    Action, Change, Subject,
    node::{self, Node},
};

/// Drops such changes.
pub(super) fn drop(changes: &mut Vec<Change>, before: &[Node], after: &[Node]) {
    let families = Families::new(before, after);
    let owned = owned(before, after);
    let all: HashSet<Told<'_>> = changes.iter().map(told).collect();
    let parts: HashSet<(Action, &str)> = changes
        .iter()
        .filter_map(|change| Some((change.action, change.part.as_ref()?.name.as_str())))
        .collect();
    let owners: HashSet<(Action, String)> = changes.iter().filter_map(owner).collect();
    let extensions: HashSet<Action> = changes
        .iter()
        .filter(|change| change.object.kind == "extension" && change.part.is_none())
        .map(|change| change.action)
        .collect();
    let ownership = Ownership::new(changes, before, after);
    let follows = |change: &Change| {
        let name = change.object.name.as_str();
        let Some(part) = &change.part else {
            let (Some(owner), Action::Added | Action::Removed) = (owned.get(name), change.action)
            else {
                return false;
            };
            let table = owner.rsplit_once('.').map_or(*owner, |(table, _)| table);
            let of = |owner: &str| owners.contains(&(change.action, owner.to_owned()));
            return of(owner) || of(table);
        };
        if change.object.kind == node::FOREIGN && !name.contains(" pg_catalog.") {
            // It is what default privileges make of an extension's objects.
            return extensions.contains(&change.action);
        }
        if part.kind == node::PRIVILEGES && ownership.is_of(name, &part.name) {
            return true;
        }
        let (_, what) = told(change);
        let mut parents = families.parents.get(name).into_iter().flatten();
        let index = families.attached.get(part.name.as_str());
        parents.any(|parent| all.contains(&(parent, what)))
            || index.is_some_and(|index| parts.contains(&(change.action, *index)))
    };
    let kept: Vec<bool> = changes.iter().map(|change| !follows(change)).collect();
    let mut kept = kept.into_iter();
    changes.retain(|_| kept.next().unwrap_or(true));
}

/// Which table is a part of which.
struct Families<'n> {
    /// By a partition or child, those that it is one of.
    parents: HashMap<&'n str, Vec<&'n str>>,
    /// By an index of a partition, that of the parent.
    attached: HashMap<&'n str, &'n str>,
}

impl<'n> Families<'n> {
    fn new(before: &'n [Node], after: &'n [Node]) -> Self {
        let parents = after.iter().filter_map(|node| {
            let parents = node.fact(node::PARTITION_OF).or(node.fact(node::PARENTS))?;
            Some((node.name.as_str(), parents.split(", ").collect()))
        });
        let indexes = before.iter().chain(after);
        let indexes = indexes.flat_map(|node| node.parts_of(node::INDEX));
        let attached =
            indexes.filter_map(|index| Some((index.name.as_str(), index.fact(node::ATTACHED_TO)?)));
        Self {
            parents: parents.collect(),
            attached: attached.collect(),
        }
    }
}

/// The roles that owned or own the objects that change hands. An owner's own privileges stand in a grant only where they
/// differ from all.
struct Ownership<'n> {
    roles: HashSet<(&'n str, &'n str)>,
}

impl<'n> Ownership<'n> {
    fn new(changes: &[Change], before: &'n [Node], after: &'n [Node]) -> Self {
        let changed = changes
            .iter()
            .filter(|change| change.fact == Some(node::OWNED_BY));
        let names: HashSet<&str> = changed.map(|change| change.object.name.as_str()).collect();
        let nodes = before.iter().chain(after);
        let nodes = nodes.filter(|node| names.contains(node.name.as_str()));
        let role = |node: &'n Node| node.fact(node::OWNED_BY).unwrap_or("CURRENT_USER");
        Self {
            roles: nodes.map(|node| (node.name.as_str(), role(node))).collect(),
        }
    }

    fn is_of(&self, object: &str, role: &str) -> bool {
        self.roles.contains(&(object, role))
    }
}

/// By a sequence, the column that owns it.
fn owned<'n>(before: &'n [Node], after: &'n [Node]) -> HashMap<&'n str, &'n str> {
    let sequences = before.iter().chain(after);
    sequences
        .filter(|node| node.kind == node::SEQUENCE)
        .filter_map(|node| Some((node.name.as_str(), node.fact(node::OWNER)?)))
        .collect()
}

/// The table or column that comes or goes, or whose identity does.
fn owner(change: &Change) -> Option<(Action, String)> {
    let name = &change.object.name;
    let Some(part) = &change.part else {
        return Some((change.action, name.clone()));
    };
    let action = match (change.fact, &change.before) {
        (Some(node::IDENTITY), None) => Action::Added,
        (Some(node::IDENTITY), Some(_)) if change.after.is_none() => Action::Removed,
        _ => change.action,
    };
    (part.kind == node::COLUMN).then(|| (action, format!("{name}.{}", part.name)))
}

/// A change, whatever it is and of which object.
type Told<'c> = (&'c str, What<'c>);
type What<'c> = (
    Option<&'c Subject>,
    Action,
    Option<&'static str>,
    [Option<&'c str>; 2],
);

fn told(change: &Change) -> Told<'_> {
    let values = [change.before.as_deref(), change.after.as_deref()];
    let what = (change.part.as_ref(), change.action, change.fact, values);
    (&change.object.name, what)
}
