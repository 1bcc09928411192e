//! Constraints, whether written with a column, a table, a domain or an `ALTER`.

use crate::{
    action::Expr,
    name::{Ident, ObjectName},
    source::Span,
};

/// A constraint of a table, column or domain.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// What tells it apart from another constraint of its kind over the same columns: the condition of a `CHECK` or
    /// `EXCLUDE`, the actions and the deferral of a foreign key. Folded, so that equal ones are equal text.
    pub definition: String,
    /// `NOT VALID`: existing rows are not checked.
    pub not_valid: bool,
    /// `NOT ENFORCED`, Postgres 18: no row is ever checked.
    pub not_enforced: bool,
    /// The whole constraint, its name included.
    pub span: Span,
}

/// What a constraint demands.
#[derive(Clone, Debug)]
pub enum ConstraintKind {
    /// `CHECK (…)`.
    Check(Expr),
    /// `NOT NULL column` as a table constraint, Postgres 18.
    NotNull(Ident),
    /// `FOREIGN KEY`, `REFERENCES`.
    ForeignKey {
        /// The referencing columns.
        columns: Vec<Ident>,
        /// The referenced table.
        references: ObjectName,
        /// The referenced columns; empty for the primary key.
        referenced: Vec<Ident>,
    },
    /// `PRIMARY KEY`.
    PrimaryKey {
        /// The columns; empty with `USING INDEX`.
        columns: Vec<Ident>,
        /// `USING INDEX`.
        using_index: Option<Ident>,
    },
    /// `UNIQUE`.
    Unique {
        /// The columns; empty with `USING INDEX`.
        columns: Vec<Ident>,
        /// `USING INDEX`.
        using_index: Option<Ident>,
    },
    /// `EXCLUDE`.
    Exclude,
}

impl ConstraintKind {
    /// The index that becomes the constraint's own.
    pub fn using_index(&self) -> Option<&Ident> {
        match self {
            Self::PrimaryKey { using_index, .. } | Self::Unique { using_index, .. } => {
                using_index.as_ref()
            }
            _ => None,
        }
    }

    /// The keywords: `FOREIGN KEY`.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Check(_) => "CHECK",
            Self::NotNull(_) => "NOT NULL",
            Self::ForeignKey { .. } => "FOREIGN KEY",
            Self::PrimaryKey { .. } => "PRIMARY KEY",
            Self::Unique { .. } => "UNIQUE",
            Self::Exclude => "EXCLUDE",
        }
    }
}
