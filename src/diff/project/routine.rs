//! Functions and procedures, from the statement that `pg_get_functiondef` prints.

use crate::diff::node::{self, Node};

/// Takes the statement apart: one clause a line, the body last.
pub(super) fn routine(node: Node, statement: &str) -> Node {
    let mut lines = statement.lines();
    let first = lines.next().unwrap_or_default();
    let arguments = first
        .split_once(super::base_name(&node.name))
        .map(|(_, arguments)| arguments.to_owned());
    let (mut returns, mut options, mut body) = (None, Vec::new(), Vec::new());
    for line in lines {
        let begins_body = ["AS ", "BEGIN ATOMIC", "RETURN "]
            .iter()
            .any(|word| line.starts_with(word));
        if begins_body || !body.is_empty() {
            body.push(line);
        } else if let Some(data_type) = line.strip_prefix(" RETURNS ") {
            returns = Some(data_type);
        } else {
            options.push(line.trim());
        }
    }
    node.maybe(node::ARGUMENTS, arguments)
        .maybe(node::RETURNS, returns)
        .with(node::OPTIONS, options.join(" "))
        .with(node::BODY, body.join("\n"))
}
