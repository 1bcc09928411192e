//! The statements that read and write rows.

use std::collections::BTreeSet;

use crate::{
    action::Expr,
    name::{Ident, ObjectName},
};

/// What a statement that reads or changes rows names, wherever in it, its target left out of the tables.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// The tables and views.
    pub tables: Vec<ObjectName>,
    /// The columns whose tables can be told.
    pub columns: Vec<ColumnRead>,
}

/// A column that a statement names.
#[derive(Clone, Debug)]
pub struct ColumnRead {
    /// The table; several where the name stands without one. It is one of them that has the column.
    pub tables: Vec<ObjectName>,
    /// The column.
    pub column: Ident,
    /// The tables around a sub-query in which the name is looked for where none of the sub-query's own has it.
    pub unless: Vec<ObjectName>,
}

impl ColumnRead {
    /// A column of a table.
    pub fn of(table: &ObjectName, column: &Ident) -> Self {
        Self {
            tables: vec![table.clone()],
            column: column.clone(),
            unless: Vec::new(),
        }
    }
}

/// `INSERT`.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The target.
    pub table: ObjectName,
    /// The columns that it names; empty for all of them in their order.
    pub columns: Vec<Ident>,
    /// It has an `ON CONFLICT`.
    pub on_conflict: bool,
    /// Its `DO UPDATE` changes a row again, as in [`Assignment::repeats`].
    pub update_repeats: bool,
    /// The columns of `ON CONFLICT (…)`; empty where it names none, or an expression.
    pub conflict: Vec<Ident>,
    /// What stands at each place of its rows, the same in all of them; empty where they are not spelt out.
    pub given: Vec<Given>,
    /// Its query leaves out rows that are there: `WHERE NOT EXISTS`, `NOT IN`, `EXCEPT` or an anti-join on the target.
    pub excludes_existing: bool,
    /// The columns that have a literal in each row, and which.
    pub literals: Vec<ColumnValues>,
    /// It reads from a table or view, so that it may touch many rows.
    pub reads: Vec<ObjectName>,
    /// What has to be there for it.
    pub needs: Reads,
    /// Its rows are written out: `VALUES`, `DEFAULT VALUES`. As many as a person types, whatever the table.
    pub written_out: bool,
    /// Where ` ON CONFLICT DO NOTHING` goes: behind the source, before `RETURNING`; none inside a larger statement.
    pub source_end: Option<usize>,
}

/// What an `INSERT` gives a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Given {
    /// Any value: it may be the same each time.
    #[default]
    Any,
    /// Another value each time: a random one, the next number.
    Fresh,
    /// `DEFAULT`.
    Default,
}

/// The literals that a column is given, or compared with.
#[derive(Clone, Debug)]
pub struct ColumnValues {
    /// The column.
    pub column: Ident,
    /// The literals as Postgres would read them, without their types.
    pub values: BTreeSet<String>,
}

/// `UPDATE`.
#[derive(Clone, Debug)]
pub struct Update {
    /// The target.
    pub table: ObjectName,
    /// It has a `WHERE`.
    pub filtered: bool,
    /// The `WHERE`.
    pub filter: Option<Expr>,
    /// No key and no range picks its rows: the `WHERE`, if any, only asks for nulls, truth values, inequality, what another
    /// table does not have, or which rows of whole tables in its `FROM` belong to them.
    pub unbounded: bool,
    /// The tables of its `FROM`.
    pub reads: Vec<ObjectName>,
    /// What has to be there for it.
    pub needs: Reads,
    /// `SET`.
    pub assignments: Vec<Assignment>,
}

/// One `column = value` of an `UPDATE`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The column.
    pub column: Ident,
    /// The value.
    pub value: Expr,
    /// A second run may change the row again: the value is a function of the column itself that is not idempotent, of
    /// another column that the statement changes, or of chance, and the `WHERE` still holds for a row that is done.
    pub repeats: bool,
}

/// `DELETE`.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The target.
    pub table: ObjectName,
    /// It has a `WHERE`.
    pub filtered: bool,
    /// The `WHERE`.
    pub filter: Option<Expr>,
    /// As in [`Update::unbounded`].
    pub unbounded: bool,
    /// The literals that each column must be one of, where the `WHERE` asks for nothing else; empty where it does.
    pub picks: Vec<ColumnValues>,
    /// What has to be there for it.
    pub needs: Reads,
}

/// `COPY`.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The table; none for a query.
    pub table: Option<ObjectName>,
    /// `FROM`: rows are added.
    pub from: bool,
    /// `STDIN` or `STDOUT`: needs a client that sends or takes the data.
    pub stdio: bool,
    /// `PROGRAM`: the server runs a command.
    pub program: bool,
}
