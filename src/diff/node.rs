//! What the comparison sees of a schema: things that have a kind, a name, facts and parts.

use std::collections::BTreeMap;

/// An object, or a part of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    /// As [`super::Subject::kind`].
    pub(super) kind: String,
    /// As [`super::Subject::name`].
    pub(super) name: String,
    /// What is so about it. A fact that is not there is as by default.
    pub(super) facts: BTreeMap<&'static str, String>,
    /// Its parts, in their order.
    pub(super) parts: Vec<Node>,
}

impl Node {
    pub(super) fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    pub(super) fn with(mut self, fact: &'static str, value: impl Into<String>) -> Self {
        self.facts.insert(fact, value.into());
        self
    }

    /// With a fact, where there is a value.
    pub(super) fn maybe(self, fact: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(fact, value),
            None => self,
        }
    }

    /// With a fact that is so or not: its value is the words for it.
    pub(super) fn flag(self, fact: &'static str, words: &str, is_so: bool) -> Self {
        self.maybe(fact, is_so.then_some(words))
    }

    pub(super) fn fact(&self, fact: &str) -> Option<&str> {
        self.facts.get(fact).map(String::as_str)
    }

    pub(super) fn has(&self, fact: &str) -> bool {
        self.facts.contains_key(fact)
    }

    pub(super) fn parts_of<'n>(&'n self, kind: &str) -> impl Iterator<Item = &'n Node> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }

    /// The name as a reader says it: without the schema `public`.
    pub(super) fn short(&self) -> &str {
        short(&self.name)
    }

    /// What a reader wants to see of it where it stands alone.
    pub(super) fn summary(&self) -> Option<String> {
        let text = match self.kind.as_str() {
            COLUMN => {
                let default = self.fact(DEFAULT).map(|value| format!("DEFAULT {value}"));
                let generated = self
                    .fact(GENERATED)
                    .map(|value| format!("GENERATED ALWAYS {value}"));
                let identity = self
                    .fact(IDENTITY)
                    .map(|when| format!("GENERATED {when} AS IDENTITY"));
                let words = [
                    self.fact(TYPE).map(str::to_owned),
                    self.fact(NOT_NULL).map(str::to_owned),
                    default,
                    generated,
                    identity,
                ];
                words.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            _ if self.parts_of(COLUMN).next().is_some() => self
                .parts_of(COLUMN)
                .map(|column| {
                    let data_type = column.fact(TYPE).unwrap_or_default();
                    format!("{} {data_type}", column.name)
                })
                .collect::<Vec<_>>()
                .join(", "),
            VALUE => self.fact(PLACE)?.to_owned(),
            _ => [DEFINITION, RETURNS, PRIVILEGES, TYPE]
                .iter()
                .find_map(|fact| self.fact(fact))?
                .to_owned(),
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

/// A name as a reader says it: without the schema `public`.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("public.").unwrap_or(name)
}

// Kinds that are told apart, beside those of `schema::Kind`.
pub(super) const COLUMN: &str = "column";
pub(super) const CONSTRAINT: &str = "constraint";
pub(super) const INDEX: &str = "index";
pub(super) const VALUE: &str = "value";
pub(super) const PRIVILEGES: &str = "privileges";
pub(super) const SEQUENCE: &str = "sequence";
pub(super) const STATISTICS: &str = "statistics";
pub(super) const TRIGGER: &str = "trigger";
pub(super) const RULE: &str = "rule";
pub(super) const POLICY: &str = "policy";
pub(super) const ROLE: &str = "role";
pub(super) const DEFAULT_PRIVILEGES: &str = "default privileges";
pub(super) const FOREIGN: &str = "privileges elsewhere";
pub(super) const UNCOVERED: &str = "uncovered object";

// Facts that are told apart. They are part of the JSON.
pub(super) const TYPE: &str = "type";
pub(super) const DEFAULT: &str = "default";
pub(super) const GENERATED: &str = "generated";
pub(super) const IDENTITY: &str = "identity";
pub(super) const NOT_NULL: &str = "not null";
pub(super) const COLLATION: &str = "collation";
pub(super) const COMMENT: &str = "comment";
pub(super) const DEFINITION: &str = "definition";
pub(super) const VALIDITY: &str = "validity";
pub(super) const STATE: &str = "state";
pub(super) const RETURNS: &str = "returns";
pub(super) const ARGUMENTS: &str = "arguments";
pub(super) const BODY: &str = "body";
pub(super) const QUERY: &str = "query";
pub(super) const POPULATED: &str = "populated";
pub(super) const PERSISTENCE: &str = "persistence";
pub(super) const PARTITION_OF: &str = "partition of";
pub(super) const PARTITION_BOUND: &str = "partition bound";
pub(super) const PARENTS: &str = "inherits";
pub(super) const OPTIONS: &str = "options";
pub(super) const ROW_SECURITY: &str = "row security";
pub(super) const FORCED: &str = "forced row security";
pub(super) const REPLICA_IDENTITY: &str = "replica identity";
pub(super) const COLUMN_ORDER: &str = "column order";
pub(super) const START: &str = "start";
pub(super) const MINIMUM: &str = "minimum";
pub(super) const MAXIMUM: &str = "maximum";
pub(super) const CACHE: &str = "cache";
pub(super) const CYCLE: &str = "cycle";
pub(super) const PLACE: &str = "place";
pub(super) const ORDER: &str = "order";
pub(super) const RECREATED: &str = "recreated";
pub(super) const INHERITANCE: &str = "inheritance";
/// The column of a sequence.
pub(super) const OWNER: &str = "owned by";
/// The role of an object.
pub(super) const OWNED_BY: &str = "owner";
pub(super) const LABELS: &str = "security labels";
pub(super) const SERVER_OPTIONS: &str = "server options";
pub(super) const INDEX_COMMENT: &str = "index comment";
pub(super) const ATTACHED_TO: &str = "attached to";
