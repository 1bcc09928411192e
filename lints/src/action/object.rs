//! `CREATE`, `DROP`, `ALTER` and `RENAME` of objects that are neither table nor index.

use crate::{
    action::{
        Constraint, IfExists, ObjectKind, Persistence, Policy, RoleOptions, RoutineSecurity,
        TypeName,
    },
    name::{Ident, ObjectName},
};

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
    /// `CREATE TRIGGER`.
    Trigger {
        /// What it executes.
        function: Option<ObjectName>,
        /// The columns in its `UPDATE OF` and its `WHEN`.
        columns: Vec<Ident>,
    },
    /// `CREATE VIEW`.
    View {
        /// Its columns; none where the query does not spell them out.
        columns: Option<Vec<ViewColumn>>,
        /// The tables and views that it reads.
        reads: Vec<ObjectName>,
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
        /// The tables and views that it reads.
        reads: Vec<ObjectName>,
    },
}

/// A column of a view.
#[derive(Clone, Debug, Default)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type, where the query casts it.
    pub cast: Option<TypeName>,
    /// The table and the column that it shows, where it is a plain column of the only table.
    pub shows: Option<(ObjectName, Ident)>,
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

/// One clause of an `ALTER` of an object that is no relation.
#[derive(Clone, Debug)]
pub struct AlterObject {
    /// The kind.
    pub kind: ObjectKind,
    /// The object.
    pub name: ObjectName,
    /// The table of a policy or rule.
    pub table: Option<ObjectName>,
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
