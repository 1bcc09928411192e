//! What roles may do.

use std::collections::BTreeSet;

use crate::diff::{
    Effect,
    judge::{READS, USE, Verdict, WRITES, breaking, compatible, needs_care},
    node::{self, Node},
    project::{GRANTABLE, WITHOUT},
};

/// Judges what a role gained and lost; both lists are as the facts hold them.
pub(super) fn changed(
    object: &Node,
    part: &Node,
    before: Option<&str>,
    after: Option<&str>,
) -> Verdict {
    let role = part.name.split(" on ").next().unwrap_or(&part.name);
    let what = match part.name.split_once(" on ") {
        Some((_, column)) => format!("{}.{column}", object.short()),
        None => object.short().to_owned(),
    };
    let ((had, lacked), (has, lacks)) = (held(before), held(after));
    let more = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.difference(other).cloned().collect()
    };
    let lost = [more(&had, &has), more(&lacks, &lacked)].concat();
    let mut gained = [more(&has, &had), more(&lacked, &lacks)].concat();
    // Who may hand it on holds it.
    let handed_on: Vec<String> = gained
        .iter()
        .filter_map(|one| one.strip_suffix(GRANTABLE))
        .map(str::to_owned)
        .collect();
    gained.retain(|one| !handed_on.contains(one));
    if object.kind == node::DEFAULT_PRIVILEGES {
        let reason = format!("{role} holds other privileges on what is made from now on");
        return match lost.is_empty() {
            true => compatible(reason),
            false => needs_care(USE, reason),
        };
    }
    // Whoever still has all lacks nothing.
    if !lost.is_empty() && !has.contains("ALL") {
        let lost = lost.join(", ");
        return breaking(
            effects(&lost),
            format!("{role} is refused what needs {lost} on {what}"),
        );
    }
    match (role, gained.is_empty()) {
        ("PUBLIC", false) => needs_care(
            USE,
            format!("every role holds {} on {what}", gained.join(", ")),
        ),
        (_, false) => compatible(format!("{role} holds {} on {what}", gained.join(", "))),
        (_, true) => compatible("nobody loses what they may do"),
    }
}

/// The privileges that a role was given, and those by default that were taken from it. The right to hand one on is one more.
fn held(privileges: Option<&str>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut given, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for privilege in privileges.into_iter().flat_map(|list| list.split(", ")) {
        if let Some(privilege) = privilege.strip_prefix(WITHOUT) {
            taken.insert(privilege.to_owned());
        } else if let Some(plain) = privilege.strip_suffix(GRANTABLE) {
            given.extend([plain.to_owned(), privilege.to_owned()]);
        } else {
            given.insert(privilege.to_owned());
        }
    }
    (given, taken)
}

fn effects(lost: &str) -> &'static [Effect] {
    let reads = ["SELECT", "USAGE", "EXECUTE", "ALL"];
    let writes = [
        "INSERT", "UPDATE", "DELETE", "TRUNCATE", "USAGE", "EXECUTE", "ALL",
    ];
    let any = |words: &[&str]| words.iter().any(|word| lost.contains(word));
    match (any(&reads), any(&writes)) {
        (true, false) => READS,
        (false, true) => WRITES,
        _ => USE,
    }
}
