//! `ALTER TABLE`, clause by clause.

use crate::{
    action::{Column, Constraint, Expr, ObjectKind, TypeName},
    name::{Ident, ObjectName},
    source::Span,
};

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
    AlterConstraint {
        /// The constraint.
        name: Ident,
        /// It is checked earlier than it may have been, or at all: `NOT DEFERRABLE`, `INITIALLY IMMEDIATE`, `ENFORCED`.
        stricter: bool,
    },
    /// `ALTER COLUMN … TYPE`.
    ColumnType {
        /// The column.
        column: Ident,
        /// The new type.
        data_type: TypeName,
        /// The new type as written.
        type_span: Span,
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
        /// `DEFAULT`: it takes the rows that no other one does.
        default: bool,
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
