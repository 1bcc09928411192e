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
    let (mut lost, mut gained) = (more(&had, &has), more(&has, &had));
    // Who loses a privilege hands it on no more, and who may hand it on holds it.
    let (plain, handed_on) = (lost.clone(), gained.clone());
    lost.retain(|one| {
        one.strip_suffix(GRANTABLE)
            .is_none_or(|held| !plain.contains(held))
    });
    gained.retain(|one| !handed_on.contains(&format!("{one}{GRANTABLE}")));
    let lost = told(lost, more(&lacks, &lacked));
    let gained = told(gained, more(&lacked, &lacks));
    let role = match role {
        "PUBLIC" => "every role",
        "CURRENT_USER" => "the migrating role",
        role => role,
    };
    if object.kind == node::DEFAULT_PRIVILEGES {
        let reason = format!("{role} holds other privileges on what is made from now on");
        return match lost.is_empty() {
            true => compatible(reason),
            false => needs_care(USE, reason),
        };
    }
    // Whoever still has all lacks nothing.
    if !lost.is_empty() && !has.contains("ALL") {
        return breaking(
            effects(&lost),
            format!("{role} loses {lost} on {what}: what needs that is refused"),
        );
    }
    match (role, gained.is_empty()) {
        ("every role", false) => needs_care(USE, format!("every role gets {gained} on {what}")),
        (_, false) => compatible(format!("{role} gets {gained} on {what}")),
        (_, true) => compatible("nobody loses what they may do"),
    }
}

fn more(one: &BTreeSet<String>, other: &BTreeSet<String>) -> BTreeSet<String> {
    one.difference(other).cloned().collect()
}

/// Privileges that came or went, and of those that a role has by default.
fn told(given: BTreeSet<String>, default: BTreeSet<String>) -> String {
    // Which those are differs between versions of Postgres.
    let default = default.into_iter().map(|one| match one.as_str() {
        "ALL" => "what it has by default".to_owned(),
        _ => one,
    });
    given
        .into_iter()
        .chain(default)
        .collect::<Vec<_>>()
        .join(", ")
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
