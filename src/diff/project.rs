//! From the schema's model to what the comparison sees. What a definition says of its own name is left out, so that things
//! of one shape look alike whatever they are called.

mod relation;
mod routine;

use std::collections::BTreeMap;

use crate::{
    diff::node::{self, Node},
    schema::{
        Column, Constraint, Definition, Domain, Grant, Id, Kind, Label, Object, Schema, Sequence,
        kind_words,
    },
};

/// Every object of a schema, in its order, then what stands beside them.
pub(super) fn nodes(schema: &Schema) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (id, found) in &schema.objects {
        if let Definition::Relation(relation) = &found.definition {
            nodes.extend(relation::sequences(&id.name, relation));
        }
        nodes.push(object(id, found));
    }
    let mut defaults: BTreeMap<String, Vec<Grant>> = BTreeMap::new();
    for default in &schema.default_privileges {
        let within = default
            .schema
            .iter()
            .map(|name| format!(" in schema {name}"));
        let role = default.role.iter().map(|role| format!(" made by {role}"));
        let scope: String = within.chain(role).collect();
        let name = format!("new {}{scope}", default.objects.to_lowercase());
        defaults
            .entry(name)
            .or_default()
            .push(default.grant.clone());
    }
    nodes.extend(defaults.into_iter().map(|(name, grants)| Node {
        parts: privileges(&grants, ""),
        ..Node::new(node::DEFAULT_PRIVILEGES, name)
    }));
    nodes.extend(foreign_grants(schema));
    let uncovered = schema.uncovered.iter();
    nodes.extend(uncovered.map(|what| Node::new(node::UNCOVERED, what)));
    nodes
}

/// What roles may do with objects that the schema does not make, by object.
fn foreign_grants(schema: &Schema) -> Vec<Node> {
    let mut objects: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for foreign in &schema.foreign_grants {
        let on = foreign.column.as_deref().unwrap_or_default();
        let parts = objects.entry(&foreign.object).or_default();
        parts.extend(privileges(std::slice::from_ref(&foreign.grant), on));
    }
    let nodes = objects.into_iter().map(|(name, parts)| Node {
        parts,
        ..Node::new(node::FOREIGN, name)
    });
    nodes.collect()
}

/// Values as one fact; none where there are none.
fn list(values: &[String]) -> Option<String> {
    Some(values.join(", ")).filter(|text| !text.is_empty())
}

/// What `SECURITY LABEL` says.
fn labels(labels: &[Label]) -> Option<String> {
    let labels = labels
        .iter()
        .map(|label| format!("{}: {}", label.provider, label.text));
    Some(labels.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
}

fn object(id: &Id, object: &Object) -> Node {
    let mut node = Node::new(kind_words(id.kind).to_lowercase(), &id.name)
        .maybe(node::COMMENT, object.comment.clone())
        .maybe(node::OWNED_BY, object.owner.clone())
        .maybe(node::LABELS, labels(&object.labels));
    match &object.definition {
        Definition::Relation(relation) => node = relation::relation(node, relation),
        Definition::Domain(found) => node = domain(node, found),
        Definition::Composite(columns) => node.parts.extend(columns.iter().flat_map(column)),
        Definition::Sequence(found) => node = sequence(node, found),
        other => {
            // A definition that this does not know is compared by its SQL.
            node = match other {
                Definition::Statement { head, items, after } => {
                    statement(node, id, head, items, after)
                }
                _ => node.with(node::DEFINITION, nameless(&alone(id, object), &id.name)),
            };
        }
    }
    node.parts.extend(privileges(&object.grants, ""));
    node
}

/// An object without what is an object of its own here: the sequences of its columns.
pub(super) fn bare(object: &Object) -> Object {
    let mut object = object.clone();
    if let Definition::Relation(relation) = &mut object.definition {
        for column in &mut relation.columns {
            column.sequences.clear();
        }
    }
    object
}

/// The SQL of an object without those around it.
pub(super) fn alone(id: &Id, object: &Object) -> String {
    let schema = Schema {
        objects: BTreeMap::from([(id.clone(), object.clone())]),
        ..Schema::default()
    };
    schema.to_sql()
}

/// An object that is one statement.
fn statement(mut node: Node, id: &Id, head: &str, items: &[String], after: &[String]) -> Node {
    match id.kind {
        Kind::Function | Kind::Procedure => routine::routine(node, head),
        Kind::Enum => {
            let labels = items.iter().enumerate();
            node.parts.extend(labels.map(|(at, label)| {
                let place = match at.checked_sub(1).and_then(|before| items.get(before)) {
                    Some(before) => format!("after {before}"),
                    None => "first".to_owned(),
                };
                Node::new(node::VALUE, label).with(node::PLACE, place)
            }));
            node
        }
        _ => {
            let mut text = nameless(head, &id.name);
            if !items.is_empty() {
                text.push_str(&format!(" ({})", items.join(", ")));
            }
            let after: Vec<_> = after.iter().map(|text| nameless(text, &id.name)).collect();
            let after = Some(after.join("; ")).filter(|after| !after.is_empty());
            node.with(node::DEFINITION, text)
                .maybe(node::OPTIONS, after)
        }
    }
}

/// A text without the name of what it is about, where that stands first.
fn nameless(text: &str, name: &str) -> String {
    let base = base_name(name);
    match text.split_once(base) {
        Some((before, after)) => format!("{}{after}", before.trim_end()),
        None => text.to_owned(),
    }
}

/// A routine's or operator's name without the types of its arguments.
pub(super) fn base_name(name: &str) -> &str {
    let mut quoted = false;
    let end = name.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '(' && !quoted
    });
    match end {
        // A cast has no other name.
        None | Some((0, _)) => name,
        Some((at, _)) => name[..at].trim_end(),
    }
}

fn domain(node: Node, domain: &Domain) -> Node {
    let mut node = node
        .with(node::TYPE, domain.data_type.as_str())
        .maybe(node::COLLATION, domain.collation.clone())
        .maybe(node::DEFAULT, domain.default.clone())
        .flag(node::NOT_NULL, "NOT NULL", domain.not_null);
    node.parts.extend(domain.constraints.iter().map(constraint));
    node
}

fn sequence(node: Node, sequence: &Sequence) -> Node {
    let number = |value: i64| value.to_string();
    node.with(node::TYPE, sequence.data_type.as_str())
        .with(node::START, number(sequence.start))
        .with("increment", number(sequence.increment))
        .with(node::MINIMUM, number(sequence.min))
        .with(node::MAXIMUM, number(sequence.max))
        .with(node::CACHE, number(sequence.cache))
        .flag(node::CYCLE, "CYCLE", sequence.cycle)
        .flag(node::PERSISTENCE, "UNLOGGED", sequence.unlogged)
}

/// A column, with its privileges beside it: a change knows the parts of objects, and no parts of those.
fn column(column: &Column) -> Vec<Node> {
    let expression = column.default.as_deref().unwrap_or_default();
    let generated = column.generated.map(|how| match how {
        'v' => format!("AS ({expression}) VIRTUAL"),
        _ => format!("AS ({expression}) STORED"),
    });
    let default = column.default.clone().filter(|_| generated.is_none());
    let identity = column.identity.map(|when| match when {
        'a' => "ALWAYS",
        _ => "BY DEFAULT",
    });
    let inherited = column.inherited.then_some(match column.local {
        true => "inherited and declared",
        false => "inherited",
    });
    let node = Node::new(node::COLUMN, &column.name)
        .with(node::TYPE, column.data_type.as_str())
        .maybe(node::COLLATION, column.collation.clone())
        .maybe(node::DEFAULT, default)
        .maybe(node::GENERATED, generated)
        .maybe(node::IDENTITY, identity)
        .flag(node::NOT_NULL, "NOT NULL", column.not_null)
        .maybe(node::INHERITANCE, inherited)
        .maybe("storage", column.storage.clone())
        .maybe("compression", column.compression.clone())
        .maybe(
            "statistics target",
            column.statistics.map(|target| target.to_string()),
        )
        .maybe(node::OPTIONS, list(&column.options))
        .maybe(node::COMMENT, column.comment.clone())
        .maybe(node::LABELS, labels(&column.labels))
        .maybe(node::SERVER_OPTIONS, list(&column.server_options));
    let mut nodes = vec![node];
    nodes.extend(privileges(&column.grants, &column.name));
    nodes
}

fn constraint(constraint: &Constraint) -> Node {
    let definition = constraint.definition.trim_end_matches(" NOT VALID");
    Node::new(node::CONSTRAINT, &constraint.name)
        .with(node::DEFINITION, definition)
        .flag(node::VALIDITY, "NOT VALID", !constraint.valid)
        .flag(node::INHERITANCE, "inherited", !constraint.local)
        .maybe(node::COMMENT, constraint.comment.clone())
}

/// The privileges on one thing, a node for each role; `on` is the part of the object that is meant.
fn privileges(grants: &[Grant], on: &str) -> Vec<Node> {
    let mut by_role: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for grant in grants {
        let held = by_role.entry(&grant.grantee).or_default();
        held.extend(grant.privileges.iter().map(|privilege| {
            match (grant.revoked, grant.grantable) {
                (true, _) => format!("{WITHOUT}{privilege}"),
                (_, true) => format!("{privilege}{GRANTABLE}"),
                _ => privilege.clone(),
            }
        }));
    }
    let nodes = by_role.into_iter().map(|(role, mut held)| {
        held.sort();
        let on = if on.is_empty() {
            String::new()
        } else {
            format!(" on {on}")
        };
        Node::new(node::PRIVILEGES, format!("{role}{on}")).with(node::PRIVILEGES, held.join(", "))
    });
    nodes.collect()
}

/// Before a privilege that was taken from what a role has by default.
pub(super) const WITHOUT: &str = "no ";
/// Behind a privilege that its holder may hand on.
pub(super) const GRANTABLE: &str = " WITH GRANT OPTION";

#[cfg(test)]
mod tests {
    use super::{base_name, nameless};

    #[test]
    fn a_definition_without_its_name() {
        assert_eq!(
            nameless("CREATE TRIGGER t BEFORE UPDATE ON t", "t"),
            "CREATE TRIGGER BEFORE UPDATE ON t"
        );
        assert_eq!(base_name("public.f(integer, text)"), "public.f");
        assert_eq!(base_name("s.\"(\"(integer)"), "s.\"(\"");
        assert_eq!(base_name("(integer AS text)"), "(integer AS text)");
    }
}
