//! `CREATE INDEX` and what `REINDEX` rebuilds.

use crate::{
    action::{Expr, IfExists},
    name::{Ident, ObjectName},
};

/// `CREATE INDEX`.
#[derive(Clone, Debug, Default)]
pub struct CreateIndex {
    /// Its name; the schema is always the table's.
    pub name: Option<Ident>,
    /// The table.
    pub table: ObjectName,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_exists: IfExists,
    /// `ON ONLY`: of a partitioned table without its partitions.
    pub only: bool,
    /// The leading key columns by name, up to the first expression.
    pub columns: Vec<Ident>,
    /// The access method; none for `btree`.
    pub method: Option<String>,
    /// Each key with its operator class, collation and order, folded so that equal ones are equal text.
    pub keys: Vec<String>,
    /// Whatever stands behind the keys and tells indexes apart (`INCLUDE`, `NULLS NOT DISTINCT`, `WHERE`), folded too.
    pub qualities: String,
    /// Every key and `WHERE` expression that is more than a column.
    pub expressions: Vec<Expr>,
    /// It has a `WHERE`.
    pub partial: bool,
    /// Where ` CONCURRENTLY` goes: behind the keyword `INDEX`.
    pub after_keyword: usize,
    /// Where `IF NOT EXISTS ` goes: before the name.
    pub name_start: Option<usize>,
}

/// What `REINDEX` rebuilds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the keyword of that name")]
pub enum ReindexTarget {
    Index,
    Table,
    Schema,
    Database,
    System,
}
