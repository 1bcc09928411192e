//! What a statement does, in Postgres's terms and independent of any parser. Rules see nothing else of the SQL.
//!
//! Where a clause has an anchor for a fix, the field says which byte it is: a fix edits the source and never prints SQL.

use std::fmt;

use crate::{
    name::{Ident, ObjectName},
    source::Span,
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
        mode: crate::rule::LockMode,
    },
    /// `GRANT` and `REVOKE`, also `ALTER DEFAULT PRIVILEGES`.
    Grant(Grant),
    /// `COMMENT ON`, `SECURITY LABEL`.
    Comment {
        /// What it is on.
        kind: Option<ObjectKind>,
        /// The object; of a column, `table.column` as schema and name.
        name: Option<ObjectName>,
    },
    /// `ALTER SYSTEM`.
    AlterSystem,
    /// `EXECUTE` of a built string in a `DO` block: what it runs is not known from the text.
    DynamicSql,
    /// A psql meta-command such as `\set`.
    PsqlCommand,
    /// A template placeholder such as `{{ name }}` or `${name}`.
    Placeholder,
    /// A statement that is known and has nothing to say to any rule, such as `ANALYZE`, `NOTIFY`, `ALTER ROLE`.
    Other {
        /// Its leading keywords, such as `ANALYZE`.
        keywords: &'static str,
    },
    /// Nobody understood it.
    Unknown {
        /// The parser's words.
        message: String,
    },
}

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the object of that name in the manual")]
pub enum ObjectKind {
    AccessMethod,
    Aggregate,
    Cast,
    Collation,
    Column,
    Constraint,
    Conversion,
    Database,
    Domain,
    EventTrigger,
    Extension,
    ForeignDataWrapper,
    ForeignTable,
    Function,
    Index,
    Language,
    MaterializedView,
    Operator,
    OperatorClass,
    OperatorFamily,
    /// `DROP OWNED BY`.
    Owned,
    Policy,
    Procedure,
    Publication,
    Role,
    /// `ROUTINE`: a function, procedure or aggregate.
    Routine,
    Rule,
    Schema,
    Sequence,
    Server,
    Statistics,
    Subscription,
    Table,
    Tablespace,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    Transform,
    Trigger,
    /// A composite, enum, range or base type.
    Type,
    UserMapping,
    View,
}

impl ObjectKind {
    /// The SQL keywords in lower case: `materialized view`.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessMethod => "access method",
            Self::Aggregate => "aggregate",
            Self::Cast => "cast",
            Self::Collation => "collation",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Conversion => "conversion",
            Self::Database => "database",
            Self::Domain => "domain",
            Self::EventTrigger => "event trigger",
            Self::Extension => "extension",
            Self::ForeignDataWrapper => "foreign data wrapper",
            Self::ForeignTable => "foreign table",
            Self::Function => "function",
            Self::Index => "index",
            Self::Language => "language",
            Self::MaterializedView => "materialized view",
            Self::Operator => "operator",
            Self::OperatorClass => "operator class",
            Self::OperatorFamily => "operator family",
            Self::Owned => "owned objects",
            Self::Policy => "policy",
            Self::Procedure => "procedure",
            Self::Publication => "publication",
            Self::Role => "role",
            Self::Routine => "routine",
            Self::Rule => "rule",
            Self::Schema => "schema",
            Self::Sequence => "sequence",
            Self::Server => "server",
            Self::Statistics => "statistics",
            Self::Subscription => "subscription",
            Self::Table => "table",
            Self::Tablespace => "tablespace",
            Self::TextSearchConfiguration => "text search configuration",
            Self::TextSearchDictionary => "text search dictionary",
            Self::TextSearchParser => "text search parser",
            Self::TextSearchTemplate => "text search template",
            Self::Transform => "transform",
            Self::Trigger => "trigger",
            Self::Type => "type",
            Self::UserMapping => "user mapping",
            Self::View => "view",
        }
    }

    /// Whether its objects share the namespace of tables (`pg_class`), so that one name means one object.
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            Self::Table
                | Self::ForeignTable
                | Self::View
                | Self::MaterializedView
                | Self::Index
                | Self::Sequence
        )
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
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
    /// `PARTITION BY`.
    pub partitioned: bool,
    /// `INHERITS (…)`.
    pub inherits: Vec<ObjectName>,
    /// `LIKE …`.
    pub like: Vec<ObjectName>,
    /// `AS SELECT …`, `SELECT … INTO`: the table is filled, unless `WITH NO DATA`.
    pub filled: bool,
    /// `CREATE TABLE AS` or `SELECT INTO`: the columns are the query's and not known.
    pub from_query: bool,
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
        matches!(self.name.as_str(), "serial" | "bigserial" | "smallserial")
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

/// A constraint of a table, column or domain.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: ConstraintKind,
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

/// `CREATE` of an object that is neither table nor index.
#[derive(Clone, Debug)]
pub struct CreateObject {
    /// What is created.
    pub kind: ObjectKind,
    /// Its name; a cast or transform is named by its types as written.
    pub name: ObjectName,
    /// `IF NOT EXISTS`, `OR REPLACE`.
    pub if_exists: IfExists,
    /// `TEMPORARY`.
    pub persistence: Persistence,
    /// The table of a trigger, rule or policy.
    pub table: Option<ObjectName>,
    /// The argument types of a function, procedure or aggregate as written, folded, for telling overloads apart.
    pub arguments: Option<String>,
    /// What else is known, by kind.
    pub detail: CreateDetail,
    /// Where `IF NOT EXISTS ` goes: before the name.
    pub name_start: usize,
    /// Where ` OR REPLACE` goes: behind the keyword `CREATE`.
    pub after_create: usize,
}

/// What is known of some kinds of created object.
#[derive(Clone, Debug, Default)]
pub enum CreateDetail {
    /// Nothing more.
    #[default]
    None,
    /// `CREATE DOMAIN`.
    Domain {
        /// The type under it.
        base: TypeName,
        /// It has a `CHECK` or `NOT NULL`.
        constrained: bool,
    },
    /// `CREATE TYPE … AS ENUM`.
    Enum {
        /// The labels.
        labels: Vec<String>,
    },
    /// `CREATE FUNCTION`, `CREATE PROCEDURE`.
    Function(Function),
    /// `CREATE POLICY`.
    Policy(Policy),
    /// `CREATE ROLE`, `CREATE USER`, `CREATE GROUP`.
    Role(RoleOptions),
    /// `CREATE VIEW`.
    View {
        /// The names of its columns; none where the query does not spell them out.
        columns: Option<Vec<String>>,
    },
    /// `CREATE SUBSCRIPTION`: whether it makes a replication slot, which refuses a transaction block.
    Subscription {
        /// `create_slot`, true unless `connect = false`, `create_slot = false`.
        creates_slot: bool,
    },
    /// `CREATE MATERIALIZED VIEW`.
    MaterializedView {
        /// `WITH NO DATA`.
        no_data: bool,
    },
}

/// What rules ask of `CREATE FUNCTION` and `CREATE PROCEDURE`.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// `IMMUTABLE`, `STABLE` or `VOLATILE`.
    pub volatility: Volatility,
    /// `LANGUAGE`, folded; `sql` for a body that is no string.
    pub language: Option<String>,
    /// How many of the arguments have a `DEFAULT`.
    pub defaults: usize,
    /// `SECURITY DEFINER` and `SET search_path`.
    pub security: RoutineSecurity,
}

/// How the result of a function depends on anything but its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Volatility {
    /// Never.
    Immutable,
    /// Not within one statement.
    Stable,
    /// From call to call; what Postgres takes a function for that does not say.
    #[default]
    Volatile,
}

/// With whose rights and by which `search_path` a routine runs, as `CREATE` and `ALTER` of it say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoutineSecurity {
    /// `SECURITY DEFINER`.
    pub definer: bool,
    /// `SECURITY INVOKER`, written.
    pub invoker: bool,
    /// `SET search_path`.
    pub sets_search_path: bool,
}

/// What rules ask of a row security policy.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `AS RESTRICTIVE`.
    pub restrictive: bool,
    /// The roles behind `TO`; empty for everybody.
    pub roles: Vec<String>,
    /// The clause that lets every row through: `USING (true)`, `WITH CHECK (true)`.
    pub always_true: Option<Span>,
}

/// The options of `CREATE ROLE` and `ALTER ROLE` that give power away.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoleOptions {
    /// `SUPERUSER`.
    pub superuser: Option<Span>,
    /// `BYPASSRLS`.
    pub bypass_rls: Option<Span>,
    /// `PASSWORD '…'`, not `NULL`.
    pub password: Option<Span>,
}

/// `GRANT` and `REVOKE`.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// `REVOKE`.
    pub revoke: bool,
    /// The privileges in lower case; `all` for all of them. Of a membership, the roles.
    pub privileges: Vec<String>,
    /// What they are on; none for a membership in a role.
    pub kind: Option<ObjectKind>,
    /// The objects; empty for `ALL … IN SCHEMA` and for default privileges.
    pub objects: Vec<ObjectName>,
    /// Who gets or loses them, `public` for everybody.
    pub grantees: Vec<String>,
    /// `ALTER DEFAULT PRIVILEGES`: of objects that are yet to be created.
    pub default: bool,
}

/// `DROP` of one object.
#[derive(Clone, Debug)]
pub struct DropObject {
    /// What is dropped.
    pub kind: ObjectKind,
    /// Its name.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// The table of a trigger, rule or policy.
    pub table: Option<ObjectName>,
    /// The argument types of a function, as in [`CreateObject::arguments`].
    pub arguments: Option<String>,
    /// Where `IF EXISTS ` goes: before the first name of the statement; none where it has no such clause.
    pub name_start: Option<usize>,
    /// Where ` CONCURRENTLY` goes: behind the keyword `INDEX`; none for other kinds.
    pub after_keyword: Option<usize>,
}

/// One clause of `ALTER TABLE`.
#[derive(Clone, Debug)]
pub struct AlterTable {
    /// The relation.
    pub table: ObjectName,
    /// What the statement calls it: table, foreign table, materialized view, view, index, sequence.
    pub kind: ObjectKind,
    /// `IF EXISTS` behind the kind.
    pub if_exists: bool,
    /// `ONLY`.
    pub only: bool,
    /// The clause.
    pub clause: AlterClause,
}

/// What a clause of `ALTER TABLE` does.
#[derive(Clone, Debug)]
pub enum AlterClause {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: Box<Column>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// Where `IF NOT EXISTS ` goes: before the name, with `COLUMN` written; else where `COLUMN IF NOT EXISTS ` goes.
        name_start: usize,
        /// The keyword `COLUMN` is written.
        column_keyword: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ADD CONSTRAINT` and its nameless forms.
    AddConstraint(Constraint),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `ALTER CONSTRAINT`.
    AlterConstraint(Ident),
    /// `ALTER COLUMN … TYPE`.
    ColumnType {
        /// The column.
        column: Ident,
        /// The new type.
        data_type: TypeName,
        /// `USING`.
        using: Option<Expr>,
        /// `COLLATE`.
        collation: Option<ObjectName>,
    },
    /// `ALTER COLUMN … SET NOT NULL`.
    SetNotNull(Ident),
    /// `ALTER COLUMN … DROP NOT NULL`.
    DropNotNull(Ident),
    /// `ALTER COLUMN … SET DEFAULT`.
    SetDefault {
        /// The column.
        column: Ident,
        /// The default.
        value: Expr,
    },
    /// `ALTER COLUMN … DROP DEFAULT`.
    DropDefault(Ident),
    /// `ALTER COLUMN … ADD GENERATED … AS IDENTITY`.
    AddIdentity(Ident),
    /// `ALTER COLUMN … DROP IDENTITY`.
    DropIdentity {
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ALTER COLUMN … SET EXPRESSION`, Postgres 17.
    SetExpression(Ident),
    /// `ALTER COLUMN … DROP EXPRESSION`.
    DropExpression {
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ENABLE`, `DISABLE`, `FORCE`, `NO FORCE ROW LEVEL SECURITY`.
    RowSecurity(RowSecurity),
    /// `ENABLE` or `DISABLE` of a trigger or rule.
    ToggleTrigger {
        /// It fires from then on, if only on a replica.
        enable: bool,
        /// It is a rule.
        rule: bool,
        /// The trigger or rule; `all` and `user` for those keywords.
        name: Ident,
    },
    /// `ATTACH PARTITION`; also `ALTER INDEX … ATTACH PARTITION`.
    AttachPartition {
        /// The partition.
        partition: ObjectName,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition.
        partition: ObjectName,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `INHERIT` and `NO INHERIT`.
    Inherit {
        /// The parent.
        parent: ObjectName,
        /// `NO INHERIT`.
        no: bool,
    },
    /// `SET LOGGED`, `SET UNLOGGED`.
    SetLogged,
    /// `SET ACCESS METHOD`.
    SetAccessMethod,
    /// `SET TABLESPACE`: copies the table.
    SetTablespace,
    /// `SET (…)` and `RESET (…)` of storage parameters, `SET STATISTICS`, `CLUSTER ON`, per-column `SET (…)`:
    /// `SHARE UPDATE EXCLUSIVE`.
    Options,
    /// `OWNER TO`, `REPLICA IDENTITY`, `SET STORAGE`, `SET COMPRESSION` and whatever else changes the catalog at once.
    Catalog {
        /// The leading keywords.
        keywords: &'static str,
    },
}

/// What becomes of a table's row security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the keyword of that name")]
pub enum RowSecurity {
    Enable,
    Disable,
    Force,
    NoForce,
}

/// One clause of an `ALTER` of an object that is no relation.
#[derive(Clone, Debug)]
pub struct AlterObject {
    /// The kind.
    pub kind: ObjectKind,
    /// The object.
    pub name: ObjectName,
    /// The clause.
    pub clause: AlterObjectClause,
}

/// What a clause of an `ALTER` of an object that is no relation does.
#[derive(Clone, Debug)]
pub enum AlterObjectClause {
    /// `ALTER TYPE … ADD VALUE`.
    AddEnumValue {
        /// The label.
        label: String,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// Where `IF NOT EXISTS ` goes: before the label.
        label_start: usize,
    },
    /// `ALTER TYPE … ADD ATTRIBUTE`.
    AddAttribute(Ident),
    /// `ALTER TYPE … DROP ATTRIBUTE`.
    DropAttribute {
        /// The attribute.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER DOMAIN … ADD`.
    AddConstraint(Constraint),
    /// `ALTER DOMAIN … DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER DOMAIN … VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `ALTER DOMAIN … SET NOT NULL`.
    SetNotNull,
    /// `ALTER PUBLICATION … ADD TABLE`, `ALTER EXTENSION … ADD` and the like: fails when it is there already.
    AddMember,
    /// `ALTER PUBLICATION … DROP TABLE`, `ALTER EXTENSION … DROP` and the like: fails when it is gone already.
    DropMember,
    /// `ALTER FUNCTION`, `ALTER PROCEDURE`, `ALTER ROUTINE` that changes with whose rights it runs, or by which path.
    RoutineSecurity(RoutineSecurity),
    /// `ALTER ROLE` with options.
    Role(RoleOptions),
    /// Anything that a second run repeats without harm.
    Other,
}

/// `RENAME`.
#[derive(Clone, Debug)]
pub struct Rename {
    /// What is renamed: an object, or a part of one (column, constraint, attribute as column, enum value as type).
    pub part: RenamePart,
    /// The kind of the object.
    pub kind: ObjectKind,
    /// The object.
    pub object: ObjectName,
    /// The table of a trigger, rule or policy.
    pub table: Option<ObjectName>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The new name.
    pub to: Ident,
}

/// What `RENAME` renames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenamePart {
    /// The object itself.
    Object,
    /// A column of it.
    Column(Ident),
    /// A constraint of it.
    Constraint(Ident),
    /// An attribute of a composite type.
    Attribute(Ident),
    /// A label of an enum.
    EnumValue(String),
}

/// `INSERT`.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The target.
    pub table: ObjectName,
    /// It has an `ON CONFLICT`.
    pub on_conflict: bool,
    /// Its query leaves out rows that are there: `WHERE NOT EXISTS`, `NOT IN`, `EXCEPT` or an anti-join on the target.
    pub excludes_existing: bool,
    /// It reads from a table or view, so that it may touch many rows.
    pub reads: Vec<ObjectName>,
    /// Its rows are written out: `VALUES`, `DEFAULT VALUES`. As many as a person types, whatever the table.
    pub written_out: bool,
    /// Where ` ON CONFLICT DO NOTHING` goes: behind the source, before `RETURNING`; none inside a larger statement.
    pub source_end: Option<usize>,
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
    /// The tables of its `FROM`.
    pub reads: Vec<ObjectName>,
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

/// `SET` of a run-time parameter.
#[derive(Clone, Debug)]
pub struct SetParameter {
    /// The parameter in lower case; `role`, `session_authorization` and `transaction` for those statements; `all` for `RESET ALL`.
    pub name: String,
    /// Its values as written, without quotes; none for `DEFAULT` and `RESET`.
    pub values: Vec<String>,
    /// `LOCAL`, or `set_config(…, true)`.
    pub local: bool,
}

/// A transaction command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint(String),
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackTo(String),
    /// `RELEASE SAVEPOINT`.
    Release(String),
    /// `PREPARE TRANSACTION`, `COMMIT PREPARED`, `ROLLBACK PREPARED`.
    Prepared,
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
