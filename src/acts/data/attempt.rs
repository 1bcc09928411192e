//! What an insertion that Postgres refused teaches the next one.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgDatabaseError;

use super::{
    catalog::{Check, Column, Table},
    value,
};

/// How often a table is tried with other values before it stays empty.
const LIMIT: usize = 32;

/// What one attempt does otherwise than [`value::expression`] says.
#[derive(Default)]
pub(super) struct Attempt {
    /// How many rows.
    pub(super) rows: u32,
    /// Columns with another value.
    pub(super) overrides: BTreeMap<String, Override>,
    number: usize,
    /// By check, how many of its choices were tried.
    tried: BTreeMap<String, usize>,
    /// The check whose choice is being tried.
    current: Option<usize>,
}

/// Another value for a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Override {
    /// The column's default, or null.
    Omitted,
    /// This text.
    Literal(String),
}

impl Attempt {
    /// The first attempt.
    pub(super) fn new(rows: u32) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Changes what the next attempt does; false when there is nothing left to change.
    pub(super) fn learn(&mut self, error: &PgDatabaseError, table: &Table) -> bool {
        self.number += 1;
        if self.number >= LIMIT {
            return false;
        }
        match error.code() {
            "23514" => {
                let violated = table
                    .checks
                    .iter()
                    .position(|check| Some(check.name.as_str()) == error.constraint());
                match violated {
                    Some(check) => self.next_choice(check, table),
                    // The bound of a partition, or a check of a domain.
                    None => self.single_row(),
                }
            }
            // Too few distinct values: one row needs none.
            "23505" | "23P01" => self.single_row(),
            // A value that the type refuses: the choice was wrong, or the type is not known here.
            _ => match self.current {
                Some(check) => self.next_choice(check, table),
                None => self.omit_unknown(table),
            },
        }
    }

    fn next_choice(&mut self, index: usize, table: &Table) -> bool {
        let check = &table.checks[index];
        self.current = Some(index);
        for column in &check.columns {
            self.overrides.remove(column);
        }
        let tried = self.tried.entry(check.name.clone()).or_default();
        let Some(choice) = choices(check, table).into_iter().nth(*tried) else {
            return false;
        };
        *tried += 1;
        self.overrides.extend(choice);
        true
    }

    fn single_row(&mut self) -> bool {
        let more = self.rows > 1;
        self.rows = 1;
        more
    }

    fn omit_unknown(&mut self, table: &Table) -> bool {
        let before = self.overrides.len();
        for column in table
            .columns
            .iter()
            .filter(|column| !column.not_null && !value::is_plain(column))
        {
            self.overrides
                .insert(column.name.clone(), Override::Omitted);
        }
        self.overrides.len() > before
    }
}

/// Values that may satisfy a check, most likely first: nulls, the literals of its own text, both.
fn choices(check: &Check, table: &Table) -> Vec<BTreeMap<String, Override>> {
    let columns: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| check.columns.contains(&column.name))
        .collect();
    let nulls: BTreeMap<String, Override> = columns
        .iter()
        .filter(|column| !column.not_null)
        .map(|column| (column.name.clone(), Override::Omitted))
        .collect();
    let literals: Vec<BTreeMap<String, Override>> = value::literals(&check.definition)
        .into_iter()
        .map(|literal| {
            let fitting = columns
                .iter()
                .filter(|column| value::fits(&literal, column));
            fitting
                .map(|column| (column.name.clone(), Override::Literal(literal.clone())))
                .collect()
        })
        .filter(|choice: &BTreeMap<_, _>| !choice.is_empty())
        .collect();
    let both = literals
        .iter()
        .map(|choice| nulls.clone().into_iter().chain(choice.clone()).collect());
    let all: Vec<_> = std::iter::once(nulls.clone())
        .chain(literals.clone())
        .chain(both)
        .collect();
    let mut seen = BTreeSet::new();
    all.into_iter()
        .filter(|choice| !choice.is_empty() && seen.insert(format!("{choice:?}")))
        .collect()
}
