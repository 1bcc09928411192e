//! What a role is, by the attributes of `CREATE ROLE`.

use std::collections::BTreeSet;

use crate::diff::{
    judge::{USE, Verdict, breaking, needs_care},
    node::{self, Node},
};

/// Judges other attributes: <https://www.postgresql.org/docs/current/role-attributes.html>.
pub(super) fn changed(before: &Node, after: &Node) -> Verdict {
    let name = after.short();
    let (had, has) = (attributes(before), attributes(after));
    if had.contains("LOGIN") && !has.contains("LOGIN") {
        return breaking(USE, format!("who connects as {name} is refused"));
    }
    // `NOLOGIN` that goes is told by the `LOGIN` that comes.
    let more = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> String {
        let only = one.difference(other).filter(|word| {
            let opposite = word
                .strip_prefix("NO")
                .map_or(format!("NO{word}"), str::to_owned);
            one == &has || !has.contains(&opposite)
        });
        only.map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let (gained, lost) = (more(&has, &had), more(&had, &has));
    let told = [("gets", gained), ("loses", lost)];
    let told = told.iter().filter(|(_, words)| !words.is_empty());
    let told: Vec<String> = told
        .map(|(verb, words)| format!("{verb} {words}"))
        .collect();
    needs_care(USE, format!("{name} {}", told.join(" and ")))
}

/// The attributes: keywords, each with its value.
fn attributes(role: &Node) -> BTreeSet<String> {
    let definition = role.fact(node::DEFINITION).unwrap_or_default();
    let words = definition.strip_prefix("CREATE ROLE").unwrap_or(definition);
    let mut attributes: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let is_value = !word.starts_with(|c: char| c.is_ascii_uppercase())
            || matches!(word, "LIMIT" | "UNTIL");
        match attributes.last_mut() {
            Some(keyword) if is_value => {
                keyword.push(' ');
                keyword.push_str(word);
            }
            _ => attributes.push(word.to_owned()),
        }
    }
    attributes.into_iter().collect()
}
