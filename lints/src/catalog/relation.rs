//! What is known of a table and its parts.

use crate::{
    action::{
        Column, Constraint, ConstraintKind, CreateIndex, Expr, Generated, ObjectKind, Persistence,
    },
    catalog::{ColumnState, Columns, ConstraintState, Constraints, IndexState, Key, Origin},
    name::Ident,
    volatility,
};

/// A table, view, materialized view, sequence or foreign table.
#[derive(Clone, Debug)]
pub struct Relation {
    /// What it is.
    pub kind: ObjectKind,
    /// When it came to be.
    pub origin: Origin,
    /// How long it lives.
    pub persistence: Persistence,
    /// The current migration has put rows into it, more than it writes out.
    pub filled: bool,
    /// It is partitioned.
    pub partitioned: bool,
    /// What it is a partition of, or inherits from.
    pub parents: Vec<Key>,
    /// It is a partition.
    pub partition: bool,
    /// It is the default partition.
    pub default_partition: bool,
    /// The tables and views that it reads, where it is a view.
    pub reads: Vec<Key>,
    /// Its name before the current migration, where that gave it another.
    pub was: Option<Key>,
    /// A migration has created it and said all of its keys: it is no partition and no copy.
    pub keys_known: bool,
    /// Its columns as far as they are known.
    pub columns: Columns,
    /// Its constraints as far as they are known.
    pub constraints: Constraints,
}

impl Relation {
    /// A relation without parts.
    pub(super) fn new(kind: ObjectKind, persistence: Persistence) -> Self {
        Self {
            kind,
            origin: Origin::Here,
            persistence,
            filled: false,
            partitioned: false,
            parents: Vec::new(),
            partition: false,
            default_partition: false,
            reads: Vec::new(),
            was: None,
            keys_known: false,
            columns: Columns::default(),
            constraints: Constraints::default(),
        }
    }

    /// Adds a column and marks what its constraints say of it; the constraints themselves are the caller's to add.
    pub(super) fn add_column(&mut self, column: &Column) {
        let state = ColumnState {
            data_type: column.data_type.clone(),
            labels: None,
            not_null: column.not_null,
            has_default: column.default.is_some()
                || column.generated.is_some()
                || column.data_type.is_serial(),
            numbered: is_numbered(column),
            is_virtual: matches!(column.generated, Some(Generated::Virtual(_))),
            origin: Origin::Here,
        };
        self.columns.put(column.name.value.clone(), state);
    }

    /// What the current migration has changed is from now on an earlier one's.
    pub(super) fn settle(&mut self) {
        self.origin = Origin::Earlier;
        self.filled = false;
        self.was = None;
        self.columns.settle();
        self.constraints.settle();
    }

    /// Adds a constraint and returns the key index that it brings, with its name. `references` is the table that a foreign
    /// key refers to.
    pub(super) fn add_constraint(
        &mut self,
        table: &Key,
        constraint: &Constraint,
        column: Option<&Ident>,
        references: Option<Key>,
    ) -> Option<(String, IndexState)> {
        let columns = key_columns(&constraint.kind, column);
        let name = self.constraint_name(table, constraint, column);
        let proves_not_null = match &constraint.kind {
            ConstraintKind::Check(check) if !constraint.not_enforced => {
                names(&check.proves_not_null)
            }
            ConstraintKind::NotNull(column) => vec![column.value.clone()],
            ConstraintKind::PrimaryKey { .. } => columns.clone(),
            _ => Vec::new(),
        };
        let valid = !constraint.not_valid && !constraint.not_enforced;
        if valid && !matches!(constraint.kind, ConstraintKind::Check(_)) {
            for column in &proves_not_null {
                if let Some(known) = self.columns.get_mut(column) {
                    known.not_null = true;
                }
            }
        }
        let index = match &constraint.kind {
            ConstraintKind::PrimaryKey {
                using_index: None, ..
            }
            | ConstraintKind::Unique {
                using_index: None, ..
            } => Some((
                name.clone(),
                IndexState::of_key(table.clone(), columns.clone()),
            )),
            _ => None,
        };
        let words = constraint.kind.words();
        let mentions = match &constraint.kind {
            ConstraintKind::Check(check) => names(&check.columns),
            _ => Vec::new(),
        };
        let referenced = match &constraint.kind {
            ConstraintKind::ForeignKey { referenced, .. } => names(referenced),
            _ => Vec::new(),
        };
        self.constraints.push(ConstraintState {
            referenced,
            name,
            words,
            valid,
            proves_not_null,
            columns,
            mentions,
            references,
            definition: constraint.definition.clone(),
            origin: Origin::Here,
        });
        index
    }

    /// A constraint's name; one that Postgres generates gets a number where the name is taken.
    fn constraint_name(
        &mut self,
        table: &Key,
        constraint: &Constraint,
        column: Option<&Ident>,
    ) -> String {
        let stem = constraint_name(&table.name, constraint, column);
        if constraint.name.is_some() {
            return stem;
        }
        self.constraints.generated_name(stem)
    }
}

/// The name of a constraint, written or as Postgres generates it: table, columns and a label, joined by underscores.
///
/// Source: `ChooseConstraintName` and `ChooseIndexName` in Postgres's `pg_constraint.c` and `indexcmds.c`.
pub(crate) fn constraint_name(
    table: &str,
    constraint: &Constraint,
    column: Option<&Ident>,
) -> String {
    if let Some(name) = &constraint.name {
        return name.value.clone();
    }
    let label = match &constraint.kind {
        ConstraintKind::PrimaryKey {
            using_index: Some(index),
            ..
        }
        | ConstraintKind::Unique {
            using_index: Some(index),
            ..
        } => return index.value.clone(),
        ConstraintKind::PrimaryKey { .. } => return generated_name(table, &[], "pkey"),
        ConstraintKind::Unique { .. } => "key",
        ConstraintKind::ForeignKey { .. } => "fkey",
        ConstraintKind::Exclude => "excl",
        ConstraintKind::NotNull(_) => "not_null",
        ConstraintKind::Check(_) => "check",
    };
    let columns = key_columns(&constraint.kind, column);
    generated_name(table, &columns, label)
}

/// The name of an object that Postgres makes up for a table: its longer parts are cut until it fits into 63 bytes.
///
/// Source: `makeObjectName` in Postgres's `indexcmds.c`.
fn generated_name(table: &str, columns: &[String], label: &str) -> String {
    const MOST: usize = 63;
    let (mut table, columns) = (table, columns.join("_"));
    let mut columns = columns.as_str();
    let separators = 1 + usize::from(!columns.is_empty());
    let most = MOST - label.len() - separators;
    while table.len() + columns.len() > most {
        let longer = match table.len() > columns.len() {
            true => &mut table,
            false => &mut columns,
        };
        *longer = &longer[..longer.floor_char_boundary(longer.len() - 1)];
    }
    let parts = [table, columns, label];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

/// The name that Postgres gives the sequence of a column.
pub(crate) fn sequence_name(table: &str, column: &str) -> String {
    generated_name(table, &[column.to_owned()], "seq")
}

/// The name that Postgres gives an index without one.
pub(crate) fn index_name(create: &CreateIndex) -> String {
    let columns: Vec<String> = create.keys.iter().map(|key| key_name(key)).collect();
    generated_name(create.table.name(), &columns, "idx")
}

/// What a key gives to its index's name: the column, or the function that it calls.
///
/// Source: `ChooseIndexColumnNames` in Postgres's `indexcmds.c`.
fn key_name(key: &str) -> String {
    let quoted = key
        .strip_prefix('"')
        .and_then(|rest| rest.split('"').next());
    let plain = key.split(|c: char| !c.is_alphanumeric() && c != '_').next();
    let name = quoted.or(plain).filter(|name| !name.is_empty());
    name.unwrap_or("expr").to_owned()
}

pub(super) fn names(idents: &[Ident]) -> Vec<String> {
    idents.iter().map(|ident| ident.value.clone()).collect()
}

fn key_columns(kind: &ConstraintKind, column: Option<&Ident>) -> Vec<String> {
    let written = match kind {
        ConstraintKind::ForeignKey { columns, .. }
        | ConstraintKind::PrimaryKey { columns, .. }
        | ConstraintKind::Unique { columns, .. } => names(columns),
        ConstraintKind::NotNull(column) => vec![column.value.clone()],
        ConstraintKind::Check(check) => {
            let mut columns = names(&check.columns);
            columns.dedup();
            // Postgres puts the column into the name only where the check names one single column.
            if columns.len() == 1 {
                columns
            } else {
                Vec::new()
            }
        }
        ConstraintKind::Exclude => Vec::new(),
    };
    match column {
        Some(column) if written.is_empty() => vec![column.value.clone()],
        _ => written,
    }
}

/// Whether a column gets another value in each row where none is given.
fn is_numbered(column: &Column) -> bool {
    column.data_type.is_serial()
        || matches!(column.generated, Some(Generated::Identity))
        || column.default.as_ref().is_some_and(is_fresh)
}

/// Whether a default gives another value each time.
pub(super) fn is_fresh(default: &Expr) -> bool {
    default.functions.iter().any(volatility::is_chance)
}
