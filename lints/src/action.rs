//! What a statement does, in Postgres's terms and independent of any parser. Rules see nothing else of the SQL.
//!
//! Where a clause has an anchor for a fix, the field says which byte it is: a fix edits the source and never prints SQL.

mod alter;
mod constraint;
mod dml;
mod index;
mod kind;
mod object;
mod security;
mod session;
mod table;
mod value;

pub use self::{
    alter::{AlterClause, AlterTable, RowSecurity},
    constraint::{Constraint, ConstraintKind},
    dml::{Assignment, ColumnRead, ColumnValues, Copy, Delete, Given, Insert, Reads, Update},
    index::{CreateIndex, ReindexTarget},
    kind::ObjectKind,
    object::{
        AlterObject, AlterObjectClause, CreateDetail, CreateObject, DropObject, Function, Rename,
        RenamePart, ViewColumn, Volatility,
    },
    security::{Grant, Policy, RoleOptions, RoutineSecurity},
    session::{SetParameter, Transaction},
    table::{Column, CreateTable, Generated},
    value::{Expr, TypeName},
};
use crate::{
    lock_mode::LockMode,
    name::{Ident, ObjectName},
};

/// One action.
#[derive(Clone, Debug)]
pub enum Action {
    /// `CREATE TABLE`, `CREATE TABLE AS`, `SELECT INTO`, `CREATE FOREIGN TABLE`.
    CreateTable(CreateTable),
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `CREATE` of anything else.
    CreateObject(CreateObject),
    /// `DROP` of anything, one for each name.
    DropObject(DropObject),
    /// One clause of `ALTER TABLE`, `ALTER FOREIGN TABLE`, `ALTER MATERIALIZED VIEW` or `ALTER INDEX`.
    AlterTable(AlterTable),
    /// One clause of `ALTER DOMAIN`, `ALTER TYPE`, `ALTER SEQUENCE` and so on.
    AlterObject(AlterObject),
    /// `RENAME` of an object, column, constraint, attribute or enum value.
    Rename(Rename),
    /// `SET SCHEMA` of any object.
    SetSchema {
        /// What moves.
        kind: ObjectKind,
        /// Which one.
        name: ObjectName,
        /// Where to.
        schema: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `INSERT`.
    Insert(Insert),
    /// `UPDATE`.
    Update(Update),
    /// `DELETE`, and `MERGE` with a `DELETE` branch.
    Delete(Delete),
    /// `TRUNCATE`, one for each table.
    Truncate {
        /// The table.
        table: ObjectName,
        /// Its dependants by foreign key, too.
        cascade: bool,
    },
    /// `MERGE`.
    Merge {
        /// The target.
        table: ObjectName,
    },
    /// `COPY`.
    Copy(Copy),
    /// A `SELECT`, `VALUES` or `TABLE`: nothing but the functions that it calls can change anything.
    Query {
        /// The functions called.
        functions: Vec<ObjectName>,
        /// What has to be there for it.
        needs: Reads,
    },
    /// `SET`, `RESET` and `SELECT set_config(…)`.
    Set(SetParameter),
    /// `BEGIN`, `COMMIT`, `SAVEPOINT` and so on.
    Transaction(Transaction),
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh {
        /// The view.
        name: ObjectName,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// `WITH NO DATA`.
        no_data: bool,
    },
    /// `REINDEX`.
    Reindex {
        /// What is rebuilt.
        target: ReindexTarget,
        /// Its name; none for the current database.
        name: Option<ObjectName>,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `VACUUM`; one without tables is of the whole database.
    Vacuum {
        /// The tables.
        tables: Vec<ObjectName>,
        /// `FULL`.
        full: bool,
    },
    /// `ANALYZE`; one without tables is of the whole database.
    Analyze {
        /// The tables.
        tables: Vec<ObjectName>,
    },
    /// `CLUSTER`.
    Cluster {
        /// The table; none for all of them.
        table: Option<ObjectName>,
    },
    /// `LOCK TABLE`, one for each table.
    Lock {
        /// The table.
        table: ObjectName,
        /// The mode.
        mode: LockMode,
    },
    /// `GRANT` and `REVOKE`, also `ALTER DEFAULT PRIVILEGES`.
    Grant(Grant),
    /// `COMMENT ON`, `SECURITY LABEL`.
    Comment {
        /// What it is on.
        kind: Option<ObjectKind>,
        /// The object; of a column, `table.column` as schema and name.
        name: Option<ObjectName>,
        /// The table of a column.
        table: Option<ObjectName>,
    },
    /// `ALTER SYSTEM`.
    AlterSystem,
    /// `EXECUTE` of a built string in a `DO` block: what it runs is not known from the text.
    DynamicSql,
    /// A psql meta-command such as `\set`.
    PsqlCommand,
    /// A template placeholder such as `{{ name }}` or `${name}`.
    Placeholder,
    /// A statement that is known and has nothing to say to any rule, such as `NOTIFY`, `ALTER ROLE`.
    Other {
        /// Its leading keywords, such as `NOTIFY`.
        keywords: &'static str,
    },
    /// Nobody understood it.
    Unknown {
        /// The parser's words.
        message: String,
    },
}

/// How long a relation lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persistence {
    /// Until it is dropped.
    #[default]
    Permanent,
    /// The same, without write-ahead log.
    Unlogged,
    /// Until the session ends.
    Temporary,
    /// Until the transaction ends: `TEMPORARY … ON COMMIT DROP`.
    TemporaryOnCommitDrop,
}

impl Persistence {
    /// Whether the relation is the session's own, so that nobody else waits for it.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Temporary | Self::TemporaryOnCommitDrop)
    }
}

/// What `CREATE` says about an object of that name that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfExists {
    /// Nothing: `CREATE` fails.
    #[default]
    Fail,
    /// `IF NOT EXISTS`: it stays.
    Keep,
    /// `OR REPLACE`: it is replaced.
    Replace,
}
