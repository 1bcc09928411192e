//! Goes through what was paired and says what is different.

use std::collections::{BTreeSet, HashMap, HashSet};

use rehearsal_lints::history::History;

use crate::{
    diff::{
        Action, Change, SchemaDiff, Subject, follow,
        judge::{self, Verdict, Whole},
        node::{self, Node},
        pair::{self, Pair, Pairing},
        project,
        translate::Names,
    },
    schema::{Id, Object, Schema, kind_words},
};

/// Compares two schemas.
pub(super) fn schemas(before: &Schema, after: &Schema, history: &History) -> SchemaDiff {
    // Tables of one shape that have swapped their names make the same schema.
    if before == after && *history == History::default() {
        return SchemaDiff::default();
    }
    let (nodes_before, nodes_after) = (project::nodes(before), project::nodes(after));
    let Pairing {
        pairs,
        removed,
        added,
        names,
    } = pair::pair(&nodes_before, &nodes_after, history);
    let mut changes = Changes::default();
    for node in removed {
        changes.whole(node, Action::Removed, judge::removed);
    }
    for node in added {
        changes.whole(node, Action::Added, judge::added);
    }
    let (ids_before, ids_after) = (ids(before), ids(after));
    for pair in &pairs {
        let count = changes.0.len();
        compare(pair, &names, &mut changes);
        let id = |ids: &HashMap<_, &Id>, node: &Node| {
            let id = ids.get(&(node.kind.clone(), node.name.clone()));
            id.map(|id| (*id).clone())
        };
        if changes.0.len() == count
            && let (Some(one), Some(other)) =
                (id(&ids_before, pair.before), id(&ids_after, pair.after))
            && before.objects[&one] != after.objects[&other]
        {
            let one = (&one, project::bare(&before.objects[&one]));
            let other = (&other, project::bare(&after.objects[&other]));
            unforeseen(pair, one, other, &names, &mut changes);
        }
        recreated(pair, &mut changes);
    }
    let mut changes = changes.0;
    follow::drop(&mut changes, &nodes_before, &nodes_after);
    let mut order: HashMap<&str, usize> = HashMap::new();
    for (at, node) in nodes_before.iter().chain(&nodes_after).enumerate() {
        order.entry(&node.kind).or_insert(at);
    }
    changes.sort_by(|a, b| {
        let key = |change: &Change| order.get(change.object.kind.as_str()).copied();
        (key(a), &a.object, a.part.is_some())
            .cmp(&(key(b), &b.object, b.part.is_some()))
            .then_with(|| part_order(a).cmp(&part_order(b)))
    });
    SchemaDiff { changes }
}

/// Columns first, then by kind; within a kind as they were found, which is their order in the table.
fn part_order(change: &Change) -> (bool, &str) {
    let kind = change.part.as_ref().map_or("", |part| part.kind.as_str());
    (kind != node::COLUMN, kind)
}

fn ids(schema: &Schema) -> HashMap<(String, String), &Id> {
    let ids = schema.objects.keys();
    ids.map(|id| ((kind_words(id.kind).to_lowercase(), id.name.clone()), id))
        .collect()
}

/// The changes so far.
#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    /// Adds what came or went as a whole. What is nothing but privileges comes and goes with these.
    fn whole(&mut self, node: &Node, action: Action, judge: fn(&Node, Option<&Node>) -> Verdict) {
        if matches!(node.kind.as_str(), node::DEFAULT_PRIVILEGES | node::FOREIGN) {
            for part in &node.parts {
                self.add(node, Some(part), action, judge(node, Some(part)));
            }
        } else {
            self.add(node, None, action, judge(node, None));
        }
    }

    /// Adds what was added or removed as a whole.
    fn add(&mut self, object: &Node, part: Option<&Node>, action: Action, verdict: Verdict) {
        let summary = part.unwrap_or(object).summary();
        let (before, after) = match action {
            Action::Removed => (summary, None),
            _ => (None, summary),
        };
        self.push(object, part, (action, None), (before, after), verdict);
    }

    fn push(
        &mut self,
        object: &Node,
        part: Option<&Node>,
        (action, fact): (Action, Option<&'static str>),
        (before, after): (Option<String>, Option<String>),
        verdict: Verdict,
    ) {
        let subject = |node: &Node| Subject {
            kind: node.kind.clone(),
            name: node.name.clone(),
        };
        self.0.push(Change {
            object: subject(object),
            part: part.map(subject),
            action,
            fact,
            before,
            after,
            class: verdict.class,
            affects: verdict.affects.to_vec(),
            reason: verdict.reason,
        });
    }
}

/// Compares an object with what became of it.
fn compare(pair: &Pair<'_>, names: &Names, changes: &mut Changes) {
    let Pair { before, after, .. } = *pair;
    let whole = Whole { before, after };
    if pair.renamed {
        let called = (Some(before.name.clone()), Some(after.name.clone()));
        changes.push(
            after,
            None,
            (Action::Renamed, None),
            called,
            judge::renamed(&whole, None),
        );
    }
    facts(&whole, None, names, changes);
    for node in &pair.parts.removed {
        changes.add(
            after,
            Some(node),
            Action::Removed,
            judge::removed(before, Some(node)),
        );
    }
    for (one, other) in &pair.parts.pairs {
        if !names.same(&one.name, &other.name) || renames_itself(one, other) {
            let called = (Some(one.name.clone()), Some(other.name.clone()));
            let verdict = judge::renamed(&whole, Some((one, other)));
            changes.push(after, Some(other), (Action::Renamed, None), called, verdict);
        }
        facts(&whole, Some((one, other)), names, changes);
    }
    for node in &pair.parts.added {
        changes.add(
            after,
            Some(node),
            Action::Added,
            judge::added(after, Some(node)),
        );
    }
    for (kind, fact) in [
        (node::COLUMN, node::COLUMN_ORDER),
        (node::VALUE, node::ORDER),
    ] {
        order(&whole, &pair.parts.pairs, (kind, fact), changes);
    }
}

/// Tells what was dropped and created anew under its name: the structure may be the same, what it held is gone.
fn recreated(pair: &Pair<'_>, changes: &mut Changes) {
    if pair.after.kind != "table" {
        return;
    }
    let mut push = |part: Option<&Node>| {
        changes.push(
            pair.after,
            part,
            (Action::Changed, Some(node::RECREATED)),
            (None, None),
            judge::recreated(pair.after, part),
        );
    };
    if pair.replaced {
        return push(None);
    }
    let stored = |column: &&&Node| !column.has(node::GENERATED);
    for column in pair.parts.replaced.iter().filter(stored) {
        push(Some(column));
    }
}

/// Whether the new name is the part's own, and does not follow from the name of something else.
fn renames_itself(before: &Node, after: &Node) -> bool {
    before.name != after.name && before.kind != node::PRIVILEGES && {
        let own = |node: &Node| match node.kind.as_str() {
            node::INDEX | node::SEQUENCE | node::STATISTICS => node
                .name
                .rsplit('.')
                .next()
                .map_or(String::new(), str::to_owned),
            _ => node.name.clone(),
        };
        own(before) != own(after)
    }
}

/// Compares the facts of an object, or of a part of it.
fn facts(whole: &Whole<'_>, part: Option<(&Node, &Node)>, names: &Names, changes: &mut Changes) {
    let (before, after) = part.unwrap_or((whole.before, whole.after));
    let facts: BTreeSet<&'static str> = before
        .facts
        .keys()
        .chain(after.facts.keys())
        .copied()
        .collect();
    for fact in facts {
        let (was, is) = (before.fact(fact), after.fact(fact));
        let same = match (was, is) {
            (Some(was), Some(is)) => names.same(was, is),
            (was, is) => was == is,
        };
        if same || follows(whole, part, fact) {
            continue;
        }
        let verdict = judge::changed(whole, part, fact);
        let values = (was.map(str::to_owned), is.map(str::to_owned));
        let part = part.map(|(_, after)| after);
        changes.push(
            whole.after,
            part,
            (Action::Changed, Some(fact)),
            values,
            verdict,
        );
    }
}

/// Whether a fact changes because something else does that is told by itself.
fn follows(whole: &Whole<'_>, part: Option<(&Node, &Node)>, fact: &str) -> bool {
    let comes_or_goes = |fact: &str| whole.before.has(fact) != whole.after.has(fact);
    let family = comes_or_goes(node::PARTITION_OF) || comes_or_goes(node::PARENTS);
    match (part, fact) {
        // Where a value stands follows from those before it.
        (_, node::PLACE) => true,
        (None, node::PARTITION_BOUND) | (Some(_), node::INHERITANCE | node::ATTACHED_TO) => family,
        _ => false,
    }
}

/// Whether the parts that were there before stand in another order now.
fn order(
    whole: &Whole<'_>,
    pairs: &[(&Node, &Node)],
    (kind, fact): (&str, &'static str),
    changes: &mut Changes,
) {
    let partners: HashMap<*const Node, &Node> = pairs
        .iter()
        .map(|(one, other)| (std::ptr::from_ref(*one), *other))
        .collect();
    let kept: HashSet<*const Node> = partners
        .values()
        .map(|node| std::ptr::from_ref(*node))
        .collect();
    let before = whole.before.parts_of(kind);
    let before: Vec<&str> = before
        .filter_map(|node| partners.get(&std::ptr::from_ref(node)))
        .map(|node| node.name.as_str())
        .collect();
    let after = whole.after.parts_of(kind);
    let after: Vec<&str> = after
        .filter(|node| kept.contains(&std::ptr::from_ref(*node)))
        .map(|node| node.name.as_str())
        .collect();
    if before != after {
        let verdict = judge::changed(whole, None, fact);
        let values = (Some(before.join(", ")), Some(after.join(", ")));
        changes.push(
            whole.after,
            None,
            (Action::Changed, Some(fact)),
            values,
            verdict,
        );
    }
}

/// Tells what differs in the SQL of an object in which no known fact does: nothing that the model knows goes unsaid.
fn unforeseen(
    pair: &Pair<'_>,
    (one, before): (&Id, Object),
    (other, after): (&Id, Object),
    names: &Names,
    changes: &mut Changes,
) {
    if before == after {
        return;
    }
    let (before, after) = (project::alone(one, &before), project::alone(other, &after));
    // Line by line: what a body says of a name does not change with it.
    let lines = before.lines().zip(after.lines());
    if before.lines().count() == after.lines().count()
        && lines.into_iter().all(|(one, other)| names.same(one, other))
    {
        return;
    }
    let differ = |text: &str, other: &str| {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !other.lines().any(|one| one == *line))
            .collect();
        Some(lines.join("\n")).filter(|text| !text.is_empty())
    };
    let whole = Whole {
        before: pair.before,
        after: pair.after,
    };
    let verdict = judge::changed(&whole, None, node::DEFINITION);
    let values = (differ(&before, &after), differ(&after, &before));
    changes.push(
        pair.after,
        None,
        (Action::Changed, Some(node::DEFINITION)),
        values,
        verdict,
    );
}
