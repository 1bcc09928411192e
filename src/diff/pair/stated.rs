//! What the migrations said of names, to be looked up by the names of the schema.

use std::collections::{HashMap, HashSet};

use rehearsal_lints::{
    action::ObjectKind,
    history::{History, Part, QualifiedName},
};

use crate::diff::{node::Node, project::base_name};

/// The namespace of an object, and its name there.
pub(super) type Place = (String, QualifiedName);

/// What became of names, by the names before. Nothing is what was dropped.
pub(super) struct Stated<'h> {
    objects: HashMap<Place, Option<&'h QualifiedName>>,
    parts: HashMap<(Place, Part, &'h str), Option<&'h str>>,
    replaced: HashSet<Place>,
    replaced_columns: HashSet<(Place, &'h str)>,
}

impl<'h> Stated<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        let objects = history.objects.iter();
        let parts = history.parts.iter();
        let replaced = objects.clone().filter(|fate| fate.replaced);
        let columns = parts
            .clone()
            .filter(|fate| fate.replaced && fate.part == Part::Column);
        Self {
            replaced: replaced
                .map(|fate| (namespace(fate.kind), fate.before.clone()))
                .collect(),
            replaced_columns: columns
                .map(|fate| {
                    let of = (namespace(fate.kind), fate.of.clone());
                    (of, fate.before.as_str())
                })
                .collect(),
            objects: objects
                .map(|fate| {
                    let place = (namespace(fate.kind), fate.before.clone());
                    (place, fate.after.as_ref())
                })
                .collect(),
            parts: parts
                .map(|fate| {
                    let of = (namespace(fate.kind), fate.of.clone());
                    ((of, fate.part, fate.before.as_str()), fate.after.as_deref())
                })
                .collect(),
        }
    }

    /// The new name of an object.
    pub(super) fn renamed(&self, kind: &str, name: &QualifiedName) -> Option<&'h QualifiedName> {
        *self.objects.get(&(space(kind), name.clone()))?
    }

    /// Whether an object was dropped.
    pub(super) fn dropped(&self, kind: &str, name: &QualifiedName) -> bool {
        self.objects.get(&(space(kind), name.clone())) == Some(&None)
    }

    /// Whether an object was dropped, and its name given to a new one.
    pub(super) fn replaced(&self, object: &Node) -> bool {
        !self.replaced.is_empty() && self.replaced.contains(&place(object))
    }

    /// Whether a column of an object was dropped, and its name given to a new one.
    pub(super) fn replaced_column(&self, of: &Node, column: &Node) -> bool {
        !self.replaced_columns.is_empty()
            && self
                .replaced_columns
                .contains(&(place(of), &*unquoted(&column.name)))
    }

    /// Whether an object gave up its name.
    pub(super) fn left(&self, kind: &str, name: &QualifiedName) -> bool {
        self.objects.contains_key(&(space(kind), name.clone()))
    }

    /// What became of a part of an object: its new name, or that it was dropped; nothing is known where there is none.
    pub(super) fn part(&self, of: &Node, part: Part, name: &str) -> Option<Option<&'h str>> {
        // Most schemas are compared without any: no name is taken apart then.
        if self.parts.is_empty() {
            return None;
        }
        self.parts.get(&(place(of), part, name)).copied()
    }
}

/// The namespace of a kind of node.
pub(super) fn space(kind: &str) -> String {
    match kind {
        "foreign table" | "view" | "materialized view" | "sequence" | "index" => "table",
        "domain" => "type",
        "procedure" | "aggregate" => "function",
        kind => kind,
    }
    .to_owned()
}

fn namespace(kind: ObjectKind) -> String {
    space(kind.words())
}

pub(super) fn place(node: &Node) -> Place {
    (space(&node.kind), qualified(&node.name))
}

/// The name that a spelled one stands for: of a routine without its arguments.
pub(super) fn qualified(name: &str) -> QualifiedName {
    let name = base_name(name);
    let mut quoted = false;
    let dot = name.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '.' && !quoted
    });
    let (schema, name) = match dot {
        Some((at, _)) => (unquoted(&name[..at]), unquoted(&name[at + 1..])),
        None => (String::new(), unquoted(name)),
    };
    QualifiedName { schema, name }
}

/// The name that an identifier stands for, the text that a literal does.
pub(super) fn unquoted(spelled: &str) -> String {
    for quote in ["\"", "'"] {
        let inner = spelled.strip_prefix(quote);
        if let Some(inner) = inner.and_then(|rest| rest.strip_suffix(quote)) {
            return inner.replace(&quote.repeat(2), quote);
        }
    }
    spelled.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{qualified, unquoted};

    #[test]
    fn names_as_they_are_meant() {
        let name = qualified(r#""Odd.Schema"."a ""b"""(integer)"#);
        assert_eq!((&*name.schema, &*name.name), ("Odd.Schema", "a \"b\""));
        assert_eq!(qualified("citext").schema, "");
        assert_eq!(unquoted("'it''s'"), "it's");
    }
}
