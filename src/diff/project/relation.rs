//! Tables, partitions and views, with all that stands on them.

use crate::{
    diff::{
        node::{self, Node},
        project::{column, constraint, labels, list, nameless, privileges, sequence},
    },
    schema::{Attachment, AttachmentKind, Index, Relation},
};

/// The sequences that columns own, identity columns among them.
pub(super) fn sequences(table: &str, relation: &Relation) -> Vec<Node> {
    let owned = relation.columns.iter();
    let owned = owned.flat_map(|column| column.sequences.iter().map(move |found| (column, found)));
    let nodes = owned.map(|(column, found)| {
        let node = Node::new(node::SEQUENCE, &found.name)
            .maybe(node::COMMENT, found.comment.clone())
            .maybe(node::LABELS, labels(&found.labels))
            .with(node::OWNER, format!("{table}.{}", column.name));
        let mut node = sequence(node, found);
        node.parts.extend(privileges(&found.grants, ""));
        node
    });
    nodes.collect()
}

pub(super) fn relation(node: Node, relation: &Relation) -> Node {
    let replica_identity = match relation.replica_identity {
        'f' => Some("FULL"),
        'n' => Some("NOTHING"),
        'i' => Some("by index"),
        _ => None,
    };
    let is_view = relation.query.is_some();
    let mut node = node
        .maybe(node::QUERY, relation.query.clone())
        .flag(
            node::POPULATED,
            "WITH NO DATA",
            is_view && !relation.populated,
        )
        .flag(node::PERSISTENCE, "UNLOGGED", relation.unlogged)
        .maybe("partition key", relation.partition_key.clone())
        .maybe(node::PARTITION_OF, relation.partition_of.clone())
        .maybe(node::PARTITION_BOUND, relation.partition_bound.clone())
        .maybe(node::PARENTS, list(&relation.inherits))
        .maybe("of type", relation.of_type.clone())
        .maybe("access method", relation.access_method.clone())
        .maybe("tablespace", relation.tablespace.clone())
        .maybe("server", relation.server.clone())
        .maybe(node::SERVER_OPTIONS, list(&relation.server_options))
        .maybe(node::OPTIONS, list(&relation.options))
        .flag(node::ROW_SECURITY, "ENABLE", relation.row_security)
        .flag(node::FORCED, "FORCE", relation.force_row_security)
        .maybe(node::REPLICA_IDENTITY, replica_identity);
    node.parts.extend(relation.columns.iter().flat_map(column));
    for part in &relation.constraints {
        let own = relation
            .indexes
            .iter()
            .find(|index| index.of_constraint && index.name == part.name);
        let mut constraint = constraint(part);
        if let Some(own) = own {
            constraint =
                index_facts(constraint, own).maybe(node::INDEX_COMMENT, own.comment.clone());
        }
        node.parts.push(constraint);
    }
    let indexes = relation.indexes.iter().filter(|index| !index.of_constraint);
    node.parts.extend(indexes.map(index));
    node.parts
        .extend(relation.attachments.iter().map(attachment));
    node
}

fn index(index: &Index) -> Node {
    let definition = without_options(&nameless(&index.definition, &index.name), &index.options);
    let node = Node::new(node::INDEX, &index.full_name)
        .with(node::DEFINITION, definition)
        .maybe(node::ATTACHED_TO, index.parent.clone())
        .maybe(node::COMMENT, index.comment.clone());
    index_facts(node, index)
}

/// What an index has, be it a constraint's or not.
fn index_facts(node: Node, index: &Index) -> Node {
    let statistics = index
        .statistics
        .iter()
        .map(|(column, target)| format!("{column}: {target}"));
    let statistics =
        Some(statistics.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty());
    let node = match index.valid {
        true => node,
        false => node.with(node::VALIDITY, "INVALID"),
    };
    node.maybe("index options", list(&index.options))
        .maybe("statistics targets", statistics)
        .maybe("tablespace", index.tablespace.clone())
        .flag("clustered", "CLUSTER ON", index.clustered)
        .flag(
            node::REPLICA_IDENTITY,
            "USING INDEX",
            index.replica_identity,
        )
}

/// The definition without its storage parameters, which are a fact of their own.
fn without_options(definition: &str, options: &[String]) -> String {
    let cut = definition.split_once(" WITH (").and_then(|(before, rest)| {
        let (_, after) = rest.split_once(')')?;
        Some(format!("{before}{after}"))
    });
    match cut {
        Some(cut) if !options.is_empty() => cut,
        _ => definition.to_owned(),
    }
}

fn attachment(attachment: &Attachment) -> Node {
    let kind = match attachment.kind {
        AttachmentKind::Statistics => node::STATISTICS,
        AttachmentKind::Trigger => node::TRIGGER,
        AttachmentKind::Rule => node::RULE,
        AttachmentKind::Policy => node::POLICY,
    };
    let state = attachment.state.as_ref().map(|state| {
        let words = ["DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"];
        let word = words.into_iter().find(|word| state.contains(*word));
        match (word, state.split_once(" SET ")) {
            (Some(word), _) => word.to_owned(),
            (None, Some((_, setting))) => format!("SET {setting}"),
            (None, None) => state.clone(),
        }
    });
    Node::new(kind, &attachment.name)
        .with(
            node::DEFINITION,
            nameless(&attachment.definition, &attachment.name),
        )
        .maybe(node::STATE, state)
        .maybe(node::OWNED_BY, attachment.owner.clone())
        .maybe(node::COMMENT, attachment.comment.clone())
}
