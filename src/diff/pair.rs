//! Which object of before is which of after, and which part: by what the migrations said, by name, by structure, in this
//! order.

mod parts;
mod stated;

use std::collections::{BTreeSet, HashMap, HashSet};

use rehearsal_lints::history::History;

use crate::diff::{
    node::Node, pair::stated::Stated, project::base_name, similar, translate::Names,
};

pub(super) use parts::Parts;

/// What became of the objects.
pub(super) struct Pairing<'n> {
    pub(super) pairs: Vec<Pair<'n>>,
    pub(super) removed: Vec<&'n Node>,
    pub(super) added: Vec<&'n Node>,
    pub(super) names: Names,
}

/// An object that is there before and after.
pub(super) struct Pair<'n> {
    pub(super) before: &'n Node,
    pub(super) after: &'n Node,
    /// Its name is another one, and not only because its schema's or a type's is.
    pub(super) renamed: bool,
    /// It was dropped and created anew: what it held is gone.
    pub(super) replaced: bool,
    pub(super) parts: Parts<'n>,
}

/// Pairs the objects of two schemas, and the parts of those.
pub(super) fn pair<'n>(before: &'n [Node], after: &'n [Node], history: &History) -> Pairing<'n> {
    let stated = Stated::new(history);
    let mut names = Names::default();
    let mut found = Vec::new();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    // A name may hold those of objects of the stages before: of its schema, of the types of its arguments.
    for number in 0..STAGES {
        let mut stage = Stage {
            before: of_stage(before, number),
            after: of_stage(after, number),
            pairs: Vec::new(),
        };
        stage.pair_stated(&stated, &names);
        stage.pair_named(&names);
        if number == 0 {
            stage.pair_schemas(before, after);
        } else {
            stage.pair_alike(&stated, &names);
        }
        let mut renamed = Vec::new();
        for (one, other) in stage.pairs {
            let is_renamed = names.of_object(&one.name) != other.name;
            if is_renamed {
                renamed.push((one, other));
            }
            found.push((one, other, is_renamed));
        }
        for (one, other) in renamed {
            let dot = if one.kind == "schema" { "." } else { "" };
            let before = format!("{}{dot}", base_name(&one.name));
            names.rename_object(&before, &format!("{}{dot}", base_name(&other.name)));
            if one.kind == "schema" {
                // As publications and default privileges name it.
                for words in ["in schema", "IN SCHEMA"] {
                    let named = |node: &Node| format!("{words} {}", node.name);
                    names.rename_object(&named(one), &named(other));
                }
            }
        }
        removed.extend(stage.before);
        added.extend(stage.after);
    }
    let pairs = found.into_iter().map(|(before, after, renamed)| Pair {
        before,
        after,
        renamed,
        replaced: before.kind == "table" && !renamed && stated.replaced(before),
        parts: parts::pair(before, after, &stated, &mut names),
    });
    let pairs = pairs.collect();
    Pairing {
        pairs,
        removed,
        added,
        names,
    }
}

const STAGES: usize = 4;

fn of_stage(nodes: &[Node], number: usize) -> Vec<&Node> {
    let nodes = nodes.iter();
    nodes.filter(|node| stage_of(node) == number).collect()
}

fn stage_of(node: &Node) -> usize {
    match node.kind.as_str() {
        "schema" => 0,
        "type" | "domain" => 1,
        "table" | "foreign table" | "view" | "materialized view" => 2,
        _ => 3,
    }
}

/// The objects of some kinds that have no partner yet, and those that have.
struct Stage<'n> {
    before: Vec<&'n Node>,
    after: Vec<&'n Node>,
    pairs: Vec<(&'n Node, &'n Node)>,
}

impl<'n> Stage<'n> {
    /// Pairs what the migrations say was renamed or moved.
    fn pair_stated(&mut self, stated: &Stated<'_>, names: &Names) {
        let kept: HashSet<_> = self.before.iter().map(|node| stated::place(node)).collect();
        let mut pairs = Vec::new();
        for one in &self.before {
            let Some(to) = stated.renamed(&one.kind, &stated::qualified(&one.name)) else {
                continue;
            };
            // Whatever had the name before must have gone: else the statement did not run.
            let place = (stated::space(&one.kind), to.clone());
            if kept.contains(&place) && !stated.left(&one.kind, to) {
                continue;
            }
            let arguments = names.of_object(&one.name[base_name(&one.name).len()..]);
            let other = self.after.iter().find(|other| {
                other.kind == one.kind
                    && stated::qualified(&other.name) == *to
                    && other.name[base_name(&other.name).len()..] == arguments
            });
            pairs.extend(other.map(|other| (*one, *other)));
        }
        self.take(pairs);
    }

    fn pair_named(&mut self, names: &Names) {
        let after: HashMap<(&str, &str), &'n Node> = self
            .after
            .iter()
            .map(|node| ((node.kind.as_str(), node.name.as_str()), *node))
            .collect();
        let partner = |one: &'n Node| {
            let name = names.of_object(&one.name);
            let other = after.get(&(one.kind.as_str(), name.as_str()))?;
            Some((one, *other))
        };
        let pairs = self.before.iter().filter_map(|one| partner(one)).collect();
        self.take(pairs);
    }

    /// Pairs what has one shape, and tables that are much alike.
    fn pair_alike(&mut self, stated: &Stated<'_>, names: &Names) {
        let open: Vec<_> = self
            .before
            .iter()
            .copied()
            .filter(|node| !stated.dropped(&node.kind, &stated::qualified(&node.name)))
            .collect();
        let kinds: BTreeSet<&str> = open.iter().map(|node| node.kind.as_str()).collect();
        for kind in kinds {
            let before: Vec<_> = open
                .iter()
                .copied()
                .filter(|node| node.kind == kind)
                .collect();
            let of_kind = self.after.iter().copied();
            let after: Vec<_> = of_kind.filter(|node| node.kind == kind).collect();
            let pairs = match kind {
                "table" | "foreign table" => similar::likest(&before, &after, names),
                _ => similar::of_one_shape(&before, &after, names),
            };
            self.take(pairs);
        }
    }

    /// Pairs schemas that hold the same names.
    fn pair_schemas(&mut self, before: &'n [Node], after: &'n [Node]) {
        let contents = |schema: &Node, nodes: &'n [Node]| -> Node {
            let prefix = format!("{}.", schema.name);
            let names = nodes.iter().filter_map(|node| {
                let name = node.name.strip_prefix(&prefix)?;
                Some(Node::new(node.kind.clone(), name).with(super::node::DEFINITION, name))
            });
            Node {
                parts: names.collect(),
                ..Node::new("schema", &schema.name)
            }
        };
        let filled = |schemas: &[&'n Node], nodes| -> Vec<Node> {
            schemas
                .iter()
                .map(|schema| contents(schema, nodes))
                .collect()
        };
        let (one, other) = (filled(&self.before, before), filled(&self.after, after));
        let one: Vec<&Node> = one.iter().collect();
        let other: Vec<&Node> = other.iter().collect();
        let pairs: Vec<_> = similar::likest(&one, &other, &Names::default())
            .into_iter()
            .filter_map(|(one, other)| {
                let before = self.before.iter().find(|node| node.name == one.name)?;
                let after = self.after.iter().find(|node| node.name == other.name)?;
                Some((*before, *after))
            })
            .collect();
        self.take(pairs);
    }

    fn take(&mut self, pairs: Vec<(&'n Node, &'n Node)>) {
        let (mut before, mut after) = (HashSet::new(), HashSet::new());
        for (one, other) in pairs {
            if after.insert(std::ptr::from_ref(other)) {
                before.insert(std::ptr::from_ref(one));
                self.pairs.push((one, other));
            }
        }
        let is_free =
            |taken: &HashSet<*const Node>, node: &Node| !taken.contains(&std::ptr::from_ref(node));
        self.before.retain(|node| is_free(&before, node));
        self.after.retain(|node| is_free(&after, node));
    }
}
