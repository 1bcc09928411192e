//! Names as Postgres compares them: unquoted ones in lower case, quoted ones as they are.

mod reserved;

use std::{
    fmt,
    hash::{Hash, Hasher},
};

pub(crate) use self::reserved::RESERVED;
use crate::source::Span;

/// The name of a column, constraint, role and the like. Two are equal if Postgres takes them for the same, wherever
/// they stand.
#[derive(Clone, Debug, Default)]
pub struct Ident {
    /// The folded name.
    pub value: String,
    /// Its place, quotes included.
    pub span: Span,
}

impl Ident {
    /// A name that is already folded.
    pub fn new(value: impl Into<String>, span: Span) -> Self {
        Self {
            value: value.into(),
            span,
        }
    }
}

impl Ident {
    /// The name as SQL spells it: in quotes where it needs them.
    pub(crate) fn sql(&self) -> String {
        quoted(&self.value)
    }
}

/// A name as SQL spells it.
pub(crate) fn quoted(name: &str) -> String {
    let first = |c: char| c.is_ascii_lowercase() || c == '_';
    let plain = name.starts_with(first)
        && name.chars().all(|c| first(c) || c.is_ascii_digit())
        && RESERVED.binary_search(&name).is_err();
    match plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

impl PartialEq for Ident {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Ident {}

impl Hash for Ident {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.value == other
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

/// The name of a table, type, function and the like, with its schema where one is written. Equality is of what is
/// written: only [`crate::catalog::Catalog`] knows that `t` and `public.t` may be one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectName {
    /// The schema, where it is written.
    pub schema: Option<String>,
    /// The name itself, with its place.
    pub ident: Ident,
}

impl ObjectName {
    /// An object as written: `schema.name` or `name`; the span covers the name without its schema.
    pub fn new(schema: Option<String>, ident: Ident) -> Self {
        Self { schema, ident }
    }

    /// The folded name without its schema.
    pub fn name(&self) -> &str {
        &self.ident.value
    }

    /// The name as SQL spells it, with its schema where one is written.
    pub(crate) fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), self.ident.sql()),
            None => self.ident.sql(),
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(self.name())
    }
}

/// Names as a message says them: `a`, `b` and 3 more; each once.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a ObjectName>) -> String {
    series(names.into_iter().map(|name| format!("`{name}`")))
}

/// Things as a message says them: a, b and 3 more; each once.
pub fn series(things: impl IntoIterator<Item = String>) -> String {
    const SAID: usize = 3;
    let mut said: Vec<String> = Vec::new();
    for thing in things {
        if !said.contains(&thing) {
            said.push(thing);
        }
    }
    if said.len() > SAID + 1 {
        let more = said.len() - SAID;
        said.truncate(SAID);
        said.push(format!("{more} more"));
    }
    match said.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ident, ObjectName, Span, listed};

    #[test]
    fn lists() {
        let names = |names: &str| -> Vec<ObjectName> {
            let idents = names.split_whitespace();
            idents
                .map(|name| ObjectName::new(None, Ident::new(name, Span::default())))
                .collect()
        };
        assert_eq!(listed(&names("a")), "`a`");
        assert_eq!(listed(&names("a b a")), "`a` and `b`");
        assert_eq!(listed(&names("a b c d")), "`a`, `b`, `c` and `d`");
        assert_eq!(listed(&names("a b c d e")), "`a`, `b`, `c` and 2 more");
    }
}
