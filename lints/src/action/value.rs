//! Types and expressions, as far as rules look into them.

use std::fmt;

use crate::{
    name::{Ident, ObjectName},
    source::Span,
};

/// A type as written, with aliases resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeName {
    /// The schema, where it is written; `pg_catalog` is dropped.
    pub schema: Option<String>,
    /// The name as `format_type` spells it (`integer`, `bigint`, `character varying`, `timestamp with time zone`,
    /// `numeric`, `double precision`), and `serial`, `bigserial`, `smallserial` as they are.
    pub name: String,
    /// The modifiers: `varchar(10)`, `numeric(10,2)`, `timestamp(3)`. Negative for a negative scale.
    pub modifiers: Vec<i64>,
    /// An array of the type.
    pub array: bool,
}

impl TypeName {
    /// Whether this is `serial` or one of its sizes: a sequence and a volatile default.
    pub fn is_serial(&self) -> bool {
        self.behind_serial().is_some()
    }

    /// The integer type of a `serial`.
    pub fn behind_serial(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "smallserial" => Some("smallint"),
            "serial" => Some("integer"),
            "bigserial" => Some("bigint"),
            _ => None,
        }
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        let modifiers = self
            .modifiers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",");
        match (
            self.name.strip_suffix(" with time zone"),
            modifiers.is_empty(),
        ) {
            (_, true) => f.write_str(&self.name)?,
            (Some(name), false) => write!(f, "{name}({modifiers}) with time zone")?,
            (None, false) => match self.name.strip_suffix(" without time zone") {
                Some(name) => write!(f, "{name}({modifiers}) without time zone")?,
                None => write!(f, "{}({modifiers})", self.name)?,
            },
        }
        f.write_str(if self.array { "[]" } else { "" })
    }
}

/// What rules need to know about an expression; its text is [`crate::SourceFile::slice`] of its span.
#[derive(Clone, Debug, Default)]
pub struct Expr {
    /// The whole expression.
    pub span: Span,
    /// The functions called, anywhere in it, and the keyword functions (`current_timestamp`) in lower case.
    pub functions: Vec<ObjectName>,
    /// The columns named, anywhere in it, without their table.
    pub columns: Vec<Ident>,
    /// The columns that are cast straight away, and to what: `created_at::date`.
    pub casts: Vec<(Ident, TypeName)>,
    /// It is `NULL`.
    pub is_null: bool,
    /// It holds a sub-query.
    pub subquery: bool,
    /// The columns that are certainly not null where it is true: `a IS NOT NULL AND …` gives `a`.
    pub proves_not_null: Vec<Ident>,
}
