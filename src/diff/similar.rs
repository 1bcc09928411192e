//! How alike two things are, whatever they are called.

use std::collections::HashMap;

use crate::diff::{
    node::{self, Node},
    translate::Names,
};

/// Two tables of which less is alike are two tables.
const ALIKE: f64 = 0.7;
/// By how much the likest must be liker than the next: else it is not certain which one it is.
const MARGIN: f64 = 0.1;

/// Pairs those that are each other's likest, where that is certain.
pub(super) fn likest<'n>(
    before: &[&'n Node],
    after: &[&'n Node],
    names: &Names,
) -> Vec<(&'n Node, &'n Node)> {
    let before_traits: Vec<_> = before
        .iter()
        .map(|node| traits(node, Some(names)))
        .collect();
    let after_traits: Vec<_> = after.iter().map(|node| traits(node, None)).collect();
    let scores: Vec<Vec<f64>> = before_traits
        .iter()
        .map(|one| after_traits.iter().map(|other| share(one, other)).collect())
        .collect();
    let mut pairs = Vec::new();
    for (row, one) in before.iter().enumerate() {
        let Some(column) = certain(scores[row].iter().copied()) else {
            continue;
        };
        if certain(scores.iter().map(|scores| scores[column])) == Some(row) {
            pairs.push((*one, after[column]));
        }
    }
    pairs
}

/// Pairs those that are the same in all but their names, where each is the only one of its shape.
pub(super) fn of_one_shape<'n>(
    before: &[&'n Node],
    after: &[&'n Node],
    names: &Names,
) -> Vec<(&'n Node, &'n Node)> {
    let only = |node: &Node, all: &[&'n Node], same: &dyn Fn(&Node, &Node) -> bool| {
        let mut found = all.iter().filter(|other| same(node, other));
        let first = found.next().copied();
        first.filter(|_| found.next().is_none())
    };
    let forward = |one: &Node, other: &Node| same_shape(one, other, names);
    let backward = |other: &Node, one: &Node| same_shape(one, other, names);
    before
        .iter()
        .filter_map(|one| {
            let other = only(one, after, &forward)?;
            only(other, before, &backward)?;
            Some((*one, other))
        })
        .collect()
}

/// Whether two things are the same but for their names and comments. What has neither facts nor parts is like nothing.
pub(super) fn same_shape(before: &Node, after: &Node, names: &Names) -> bool {
    shown_facts(before).count() + before.parts.len() > 0 && alike(before, after, names)
}

fn alike(before: &Node, after: &Node, names: &Names) -> bool {
    let same_facts = shown_facts(before).all(|(fact, value)| {
        let other = after.fact(fact);
        other.is_some_and(|other| names.same(value, other))
    });
    let mut parts = before.parts.iter().zip(&after.parts);
    before.kind == after.kind
        && shown_facts(before).count() == shown_facts(after).count()
        && before.parts.len() == after.parts.len()
        && same_facts
        && parts.all(|(one, other)| names.same(&one.name, &other.name) && alike(one, other, names))
}

fn shown_facts(node: &Node) -> impl Iterator<Item = (&'static str, &str)> {
    let facts = node
        .facts
        .iter()
        .map(|(fact, value)| (*fact, value.as_str()));
    facts.filter(|(fact, _)| !matches!(*fact, node::COMMENT | node::PLACE))
}

type Traits = HashMap<String, usize>;

/// What is so about a table and its parts. The columns count for most: there are most of them, each with name and type.
fn traits(node: &Node, names: Option<&Names>) -> Traits {
    let mut traits = Traits::new();
    let mut add = |text: String| {
        let text = names.map_or(text.clone(), |names| names.of_object(&text));
        *traits.entry(text).or_default() += 1;
    };
    for (fact, value) in &node.facts {
        if *fact != node::COMMENT {
            add(format!("{fact} {value}"));
        }
    }
    for part in &node.parts {
        let what = part.fact(node::DEFINITION).or(part.fact(node::TYPE));
        if part.kind == node::COLUMN {
            add(format!("{} {}", part.kind, part.name));
            add(format!(
                "{} {} {}",
                part.kind,
                part.name,
                what.unwrap_or_default()
            ));
        } else if let Some(what) = what {
            add(format!("{} {what}", part.kind));
        }
    }
    traits
}

/// The share of traits that both have: 0 to 1.
fn share(one: &Traits, other: &Traits) -> f64 {
    let total: usize = one.values().chain(other.values()).sum();
    let common: usize = one
        .iter()
        .map(|(text, count)| *count.min(other.get(text).unwrap_or(&0)))
        .sum();
    if total == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "no table has 2^52 parts")]
    let share = (2 * common) as f64 / total as f64;
    share
}

/// The place of the highest score, where it is high enough and well above the next.
fn certain(scores: impl Iterator<Item = f64>) -> Option<usize> {
    let mut sorted: Vec<(usize, f64)> = scores.enumerate().collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (at, best) = *sorted.first()?;
    let next = sorted.get(1).map_or(0.0, |(_, score)| *score);
    (best >= ALIKE && best - next >= MARGIN).then_some(at)
}
