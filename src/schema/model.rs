//! What a schema is made of, in Postgres's terms. Plain data: no OIDs, no connection.
//!
//! Names and expressions are kept as Postgres spells them: quoted where that is needed, and
//! qualified with their schema. [`Needs`] says what must be there first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The schema of one database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Every object by its kind and name.
    pub objects: BTreeMap<Id, Object>,
    /// What `ALTER DEFAULT PRIVILEGES` changed.
    pub default_privileges: Vec<DefaultPrivilege>,
    /// Privileges on what the schema does not make itself: objects of the system and of extensions.
    pub foreign_grants: Vec<ForeignGrant>,
    /// What is there and of no kind that the model covers, such as one that a later major brings. The
    /// SQL names it in comments and does not make it.
    pub uncovered: BTreeSet<String>,
}

/// An object's identity: its kind and its name as SQL spells it (`public.users`, `public.f(integer)`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// What it is.
    pub kind: Kind,
    /// Qualified and quoted; a routine's with its argument types.
    pub name: String,
}

/// What an object is, in the order in which objects that do not need each other are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the SQL commands")]
pub enum Kind {
    /// One that the migrations make, or that the schema names. Predefined ones (`pg_…`) are left out.
    Role,
    Schema,
    Extension,
    Collation,
    Enum,
    Composite,
    Domain,
    Range,
    /// A type of its own representation, or the shell of one.
    BaseType,
    Function,
    Procedure,
    Aggregate,
    Operator,
    OperatorFamily,
    OperatorClass,
    Cast,
    Language,
    Transform,
    Conversion,
    AccessMethod,
    TextSearchParser,
    TextSearchTemplate,
    TextSearchDictionary,
    TextSearchConfiguration,
    ForeignDataWrapper,
    Server,
    UserMapping,
    Sequence,
    Table,
    ForeignTable,
    View,
    MaterializedView,
    EventTrigger,
    Publication,
    /// Told in comments alone: to make one is to connect to another server.
    Subscription,
}

/// What must be there before an object, or a part of one, can be made.
pub type Needs = BTreeSet<Id>;

/// One object: its definition, and what is said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What makes the object this one.
    pub definition: Definition,
    /// The owner, where it is not the role that owns the database.
    pub owner: Option<String>,
    /// `COMMENT ON`.
    pub comment: Option<String>,
    /// `SECURITY LABEL ON`.
    pub labels: Vec<Label>,
    /// Privileges that differ from those an object of this kind starts with.
    pub grants: Vec<Grant>,
    /// What must be there before the bare object, its parts aside.
    pub needs: Needs,
}

/// An object's definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// A statement that Postgres spells, or that has no parts worth a type of their own: an
    /// extension, a collation, an enum, a range type, a routine, an operator, a cast and the like.
    Statement {
        /// `CREATE …`, all of it or up to the parenthesis.
        head: String,
        /// What stands in the parenthesis, one a line.
        items: Vec<String>,
        /// Statements that complete the first.
        after: Vec<String>,
    },
    /// `CREATE TYPE … AS (…)`.
    Composite(Vec<Column>),
    /// `CREATE DOMAIN`.
    Domain(Domain),
    /// `CREATE SEQUENCE`, of a sequence that no column owns.
    Sequence(Sequence),
    /// A table, a partition, a view or a materialized view with all that stands on it.
    Relation(Box<Relation>),
}

/// A domain.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Domain {
    /// The underlying type.
    pub data_type: String,
    /// A collation other than the type's.
    pub collation: Option<String>,
    /// The default expression.
    pub default: Option<String>,
    /// Whether nulls are refused.
    pub not_null: bool,
    /// `CHECK` constraints.
    #[serde(skip)]
    pub constraints: Vec<Constraint>,
}

/// A sequence. Its position is data and left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Sequence {
    /// The qualified name.
    pub name: String,
    /// `smallint`, `integer` or `bigint`.
    pub data_type: String,
    /// First value.
    pub start: i64,
    /// Step.
    pub increment: i64,
    /// Least value.
    pub min: i64,
    /// Greatest value.
    pub max: i64,
    /// Values that a session takes at a time.
    pub cache: i64,
    /// Whether it starts over at the end.
    pub cycle: bool,
    /// `UNLOGGED` (Postgres 15 and later).
    pub unlogged: bool,
    /// `COMMENT ON SEQUENCE`, where a column owns the sequence.
    #[serde(skip)]
    pub comment: Option<String>,
    /// `SECURITY LABEL ON SEQUENCE`, where a column owns the sequence.
    #[serde(skip)]
    pub labels: Vec<Label>,
    /// Its privileges, where a column owns the sequence.
    #[serde(skip)]
    pub grants: Vec<Grant>,
}

/// A table, partition, foreign table, view or materialized view.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Relation {
    /// The query of a view, as `pg_get_viewdef` prints it.
    pub query: Option<String>,
    /// Whether a materialized view holds rows (`WITH DATA`).
    pub populated: bool,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// `PARTITION BY`.
    pub partition_key: Option<String>,
    /// The table that this one is a partition of.
    pub partition_of: Option<String>,
    /// `FOR VALUES …`, or `DEFAULT`.
    pub partition_bound: Option<String>,
    /// Parents by inheritance, in order.
    pub inherits: Vec<String>,
    /// The composite type of a typed table.
    pub of_type: Option<String>,
    /// The access method, where it is not `heap`.
    pub access_method: Option<String>,
    /// The tablespace, where it is not the database's.
    pub tablespace: Option<String>,
    /// The server of a foreign table.
    pub server: Option<String>,
    /// The options of a foreign table for its server, as SQL lists them.
    pub server_options: Vec<String>,
    /// Storage parameters and view options, `name=value`.
    pub options: Vec<String>,
    /// `ENABLE ROW LEVEL SECURITY`.
    pub row_security: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub force_row_security: bool,
    /// `d`efault, `f`ull, `n`othing or by `i`ndex.
    pub replica_identity: char,
    /// Columns in the order of the table.
    #[serde(skip)]
    pub columns: Vec<Column>,
    /// Constraints, the primary key last.
    #[serde(skip)]
    pub constraints: Vec<Constraint>,
    /// Indexes by name, those of constraints too.
    #[serde(skip)]
    pub indexes: Vec<Index>,
    /// Triggers, rules, policies and extended statistics.
    #[serde(skip)]
    pub attachments: Vec<Attachment>,
}

/// A column of a relation, or an attribute of a composite type.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type with its modifiers.
    pub data_type: String,
    /// A collation other than the type's.
    pub collation: Option<String>,
    /// The default, or the expression of a generated column.
    pub default: Option<String>,
    /// `s`tored or `v`irtual, for a generated column.
    pub generated: Option<char>,
    /// `a`lways or by `d`efault, for an identity column.
    pub identity: Option<char>,
    /// Whether nulls are refused.
    pub not_null: bool,
    /// Whether the column is declared here and not only inherited.
    pub local: bool,
    /// Whether a parent has the column too.
    pub inherited: bool,
    /// A storage mode other than the type's.
    pub storage: Option<String>,
    /// The compression method.
    pub compression: Option<String>,
    /// `SET STATISTICS`.
    pub statistics: Option<i32>,
    /// `n_distinct` and the like, `name=value`.
    pub options: Vec<String>,
    /// The options of a foreign table's column for its server, as SQL lists them.
    pub server_options: Vec<String>,
    /// Sequences that the column owns; for an identity column its own.
    #[serde(skip)]
    pub sequences: Vec<Sequence>,
    /// `COMMENT ON COLUMN`.
    #[serde(skip)]
    pub comment: Option<String>,
    /// `SECURITY LABEL ON COLUMN`.
    #[serde(skip)]
    pub labels: Vec<Label>,
    /// Privileges on this column.
    #[serde(skip)]
    pub grants: Vec<Grant>,
    /// What the default needs.
    #[serde(skip)]
    pub default_needs: Needs,
}

/// A constraint.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Constraint {
    /// The name.
    pub name: String,
    /// `c`heck, `f`oreign key, `n`ot null, `p`rimary key, `u`nique or e`x`clusion.
    pub kind: char,
    /// As `pg_get_constraintdef` prints it, with `NOT VALID`, `DEFERRABLE` and the like.
    pub definition: String,
    /// Whether existing rows are known to satisfy it.
    pub valid: bool,
    /// Whether it is declared here and not only inherited.
    pub local: bool,
    /// The column of a `NOT NULL` (Postgres 18 and later).
    pub column: Option<String>,
    /// Whether inheriting tables are exempt.
    pub no_inherit: bool,
    /// `COMMENT ON CONSTRAINT`.
    #[serde(skip)]
    pub comment: Option<String>,
    /// What must be there first.
    #[serde(skip)]
    pub needs: Needs,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Index {
    /// The name.
    pub name: String,
    /// The qualified name.
    pub full_name: String,
    /// As `pg_get_indexdef` prints it; empty for the index of a constraint, which is made with it.
    pub definition: String,
    /// False for what a failed `CREATE INDEX CONCURRENTLY` leaves behind, and for an index of a
    /// partitioned table that some partition lacks.
    pub valid: bool,
    /// Whether a constraint owns it.
    pub of_constraint: bool,
    /// Whether it is of a partitioned table.
    pub partitioned: bool,
    /// Its columns as Postgres names them in a name of its choice; only of an index that is attached
    /// to another.
    pub columns: Vec<String>,
    /// The index of the parent table that it is attached to.
    pub parent: Option<String>,
    /// Whether that index is valid.
    pub parent_valid: bool,
    /// The table was last clustered on it.
    pub clustered: bool,
    /// It is the table's replica identity.
    pub replica_identity: bool,
    /// Storage parameters, `name=value`.
    pub options: Vec<String>,
    /// The tablespace, where it is not the database's.
    pub tablespace: Option<String>,
    /// `ALTER INDEX … ALTER COLUMN n SET STATISTICS`: column and target.
    pub statistics: Vec<(i16, i32)>,
    /// `COMMENT ON INDEX`.
    #[serde(skip)]
    pub comment: Option<String>,
    /// What must be there first.
    #[serde(skip)]
    pub needs: Needs,
}

/// What hangs on a relation and is a statement of its own: a trigger, a rule, a policy, extended
/// statistics.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Attachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// The name as `COMMENT ON` wants it.
    pub name: String,
    /// The statement that makes it.
    pub definition: String,
    /// What follows when it is not in its usual state: a disabled trigger, a statistics target.
    pub state: Option<String>,
    /// The owner of extended statistics, where it is not the role that owns the database.
    pub owner: Option<String>,
    /// `COMMENT ON`.
    #[serde(skip)]
    pub comment: Option<String>,
    /// What must be there first.
    #[serde(skip)]
    pub needs: Needs,
}

/// The kinds of [`Attachment`], in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the SQL commands")]
pub enum AttachmentKind {
    Statistics,
    Trigger,
    Rule,
    Policy,
}

/// Privileges of one role on one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Grant {
    /// The role, quoted; `PUBLIC`; or `CURRENT_USER`, for the role that owns the database.
    pub grantee: String,
    /// Sorted; `ALL` where these are all that the kind of object has.
    pub privileges: Vec<String>,
    /// `WITH GRANT OPTION`.
    pub grantable: bool,
    /// Taken away from what the grantee has by default: `PUBLIC`, or the owner.
    pub revoked: bool,
}

/// A grant on an object that the schema does not make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct ForeignGrant {
    /// The object as `GRANT` wants it: `FUNCTION pg_catalog.pg_ls_dir(text)`.
    pub object: String,
    /// The column, for privileges on one.
    pub column: Option<String>,
    /// The privileges.
    #[serde(flatten)]
    pub grant: Grant,
}

/// One `SECURITY LABEL`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Label {
    /// The label provider, quoted.
    pub provider: String,
    /// The label.
    pub text: String,
}

/// One line of `ALTER DEFAULT PRIVILEGES`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct DefaultPrivilege {
    /// The role whose new objects are meant, where it is not the one that owns the database.
    pub role: Option<String>,
    /// The schema that it is limited to.
    pub schema: Option<String>,
    /// `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS`, `LARGE OBJECTS`.
    pub objects: String,
    /// The privileges.
    #[serde(flatten)]
    pub grant: Grant,
}
