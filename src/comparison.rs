//! Holds what the linter foretells of a statement against what the statement did.
//!
//! Locks weaker than `SHARE UPDATE EXCLUSIVE` make no application wait and count only where they are foretold. Of statements
//! that read or change rows themselves scans do not count: those are the planner's affair.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use rehearsal_lints::{LockMode, prediction::Prediction};

use crate::observe::Observation;

/// What a statement does to one relation: foretold, seen, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What kind of effect it is.
    pub effect: Effect,
    /// The relation.
    pub relation: String,
    /// What was foretold: the lock mode, "one" or "none".
    pub foretold: String,
    /// What was seen, likewise.
    pub seen: String,
    /// Whether they fit.
    pub agrees: bool,
}

/// What a statement can do to a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It locks it.
    Lock,
    /// It writes it to a new file.
    Rewrite,
    /// It builds an index of it.
    IndexBuild,
    /// It reads it from end to end.
    Scan,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lock => "lock",
            Self::Rewrite => "rewrite",
            Self::IndexBuild => "index build",
            Self::Scan => "scan",
        })
    }
}

/// Compares one statement. `partitions` are those that were there, each with its table: what is foretold of a table holds
/// for partitions that no migration names.
pub fn compare(
    foretold: &Prediction,
    seen: &Observation,
    partitions: &BTreeMap<String, String>,
) -> Vec<Comparison> {
    let (certain, possible) = (&foretold.certain, &foretold.possible);
    let mut found = locks(foretold, seen);
    // Who writes a table anew builds its indexes and reads it; who builds an index reads the table.
    let unless = |set: &BTreeSet<String>, others: &[&BTreeSet<String>]| -> BTreeSet<String> {
        let rest = set.iter();
        rest.filter(|one| others.iter().all(|other| !other.contains(*one)))
            .cloned()
            .collect()
    };
    found.extend(works(
        Effect::Rewrite,
        &certain.rewritten,
        &[&possible.rewritten],
        &seen.rewritten,
        partitions,
    ));
    found.extend(works(
        Effect::IndexBuild,
        &unless(&certain.built, &[&seen.rewritten]),
        &[&possible.built, &possible.rewritten],
        &seen.built,
        partitions,
    ));
    if !foretold.rows && !seen.alone {
        let read = seen.scanned.keys().cloned().collect();
        let more = [&seen.rewritten, &seen.built];
        found.extend(works(
            Effect::Scan,
            &unless(&certain.scanned, &more),
            &[&possible.scanned],
            &unless(&read, &more),
            partitions,
        ));
    }
    found
}

fn works(
    effect: Effect,
    certain: &BTreeSet<String>,
    possible: &[&BTreeSet<String>],
    seen: &BTreeSet<String>,
    partitions: &BTreeMap<String, String>,
) -> Vec<Comparison> {
    let spell = |is: bool| if is { "one" } else { "none" }.to_owned();
    let is_possible = |relation: &String| {
        let mut whole = Some(relation);
        std::iter::from_fn(|| {
            let this = whole?;
            whole = partitions.get(this);
            Some(this)
        })
        .any(|one| possible.iter().any(|possible| possible.contains(one)))
    };
    let all = certain.union(seen);
    all.map(|relation| {
        let (foretold, seen) = (certain.contains(relation), seen.contains(relation));
        Comparison {
            effect,
            relation: relation.clone(),
            foretold: spell(foretold),
            seen: spell(seen),
            agrees: foretold == seen || seen && is_possible(relation),
        }
    })
    .collect()
}

fn locks(foretold: &Prediction, seen: &Observation) -> Vec<Comparison> {
    const LEAST: LockMode = LockMode::ShareUpdateExclusive;
    let foretold_locks = &foretold.certain.locks;
    let relations: BTreeSet<&String> = foretold_locks.keys().chain(seen.locks.keys()).collect();
    let spell = |mode: Option<LockMode>| mode.map_or("none".to_owned(), |mode| mode.to_string());
    let mut found = Vec::new();
    for relation in relations {
        let certain = foretold_locks.get(relation).copied();
        let possible = foretold.possible.locks.get(relation).copied();
        let taken = seen.locks.get(relation).copied();
        let held = seen.held.get(relation).copied();
        let agrees = match (certain, taken) {
            // What was held before hides what is weaker.
            (Some(certain), None) => held >= Some(certain),
            (Some(certain), Some(taken)) if certain < LEAST => taken >= certain && taken < LEAST,
            (Some(certain), Some(taken)) => certain == taken || possible == Some(taken),
            (None, Some(taken)) => taken < LEAST || possible == Some(taken),
            (None, None) => true,
        };
        if certain.is_some() || taken >= Some(LEAST) {
            found.push(Comparison {
                effect: Effect::Lock,
                relation: relation.clone(),
                foretold: spell(certain),
                seen: spell(taken.or(held)),
                agrees,
            });
        }
    }
    found
}
