//! `CREATE TABLE`: the table and its columns.

use crate::{
    action::{Constraint, Expr, IfExists, Persistence, Reads, TypeName},
    name::{Ident, ObjectName},
    source::Span,
};

/// `CREATE TABLE` and its variants.
#[derive(Clone, Debug, Default)]
pub struct CreateTable {
    /// The table.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_exists: IfExists,
    /// `TEMPORARY`, `UNLOGGED`.
    pub persistence: Persistence,
    /// `CREATE FOREIGN TABLE`.
    pub foreign: bool,
    /// The columns written.
    pub columns: Vec<Column>,
    /// The table constraints written; those of columns are with the columns.
    pub constraints: Vec<Constraint>,
    /// `PARTITION OF parent`.
    pub partition_of: Option<ObjectName>,
    /// `PARTITION OF … DEFAULT`.
    pub default_partition: bool,
    /// `PARTITION BY`.
    pub partitioned: bool,
    /// `INHERITS (…)`.
    pub inherits: Vec<ObjectName>,
    /// `LIKE …`.
    pub like: Vec<ObjectName>,
    /// `AS SELECT …`, `SELECT … INTO`: the table is filled, unless `WITH NO DATA` or with the rows that the query writes
    /// out.
    pub filled: bool,
    /// `CREATE TABLE AS` or `SELECT INTO`: the columns are the query's and not known.
    pub from_query: bool,
    /// What the query needs.
    pub needs: Reads,
    /// Where `IF NOT EXISTS ` goes; none for `SELECT INTO`.
    pub name_start: Option<usize>,
}

/// A column of `CREATE TABLE` or `ADD COLUMN`.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: TypeName,
    /// The type as written, modifiers and array bounds included; empty where it is the parent's.
    pub type_span: Span,
    /// `NOT NULL`, also by way of `PRIMARY KEY`, identity or `serial`.
    pub not_null: bool,
    /// `DEFAULT`.
    pub default: Option<Expr>,
    /// `GENERATED … AS`.
    pub generated: Option<Generated>,
    /// `COLLATE`.
    pub collation: Option<ObjectName>,
    /// The constraints written with the column, `NOT NULL` left out.
    pub constraints: Vec<Constraint>,
    /// The whole definition.
    pub span: Span,
}

/// `GENERATED`.
#[derive(Clone, Debug)]
pub enum Generated {
    /// `AS IDENTITY`.
    Identity,
    /// `AS (…) STORED`.
    Stored(Expr),
    /// `AS (…) VIRTUAL`, Postgres 18.
    Virtual(Expr),
}
