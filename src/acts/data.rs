//! Puts a few rows into tables that the migrations leave empty, so that a second run has something to lose.
//!
//! The rows are the same on every run. They honour types, keys, foreign keys and most checks; where they cannot, the
//! table stays empty and a note says why. They are inserted without firing the application's triggers.

mod catalog;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use sqlx::{Connection, PgConnection, postgres::PgDatabaseError};

use crate::contents::quote_literal;
use catalog::Table;

/// How often a table is tried with other values before it stays empty.
const ATTEMPTS: usize = 8;

/// The tables that hold generated rows and nothing else, and those that could not be filled.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Looked at already, by object identifier.
    seen: BTreeSet<i64>,
    /// Filled, by quoted name.
    filled: BTreeSet<String>,
    /// Why a table stays empty, by quoted name.
    pub(crate) notes: BTreeMap<String, String>,
}

impl Rows {
    /// Fills the tables that are new since the last call and empty, `count` rows each.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn fill(&mut self, connection: &mut PgConnection, count: u32) -> anyhow::Result<()> {
        if count == 0 {
            return Ok(());
        }
        let tables = catalog::read(connection).await.context("read the tables to fill")?;
        let new: Vec<&Table> = tables.iter().filter(|table| !self.seen.contains(&table.oid)).collect();
        // A table comes after those that its foreign keys name. What is left of a cycle is tried as it stands.
        for table in by_reference(&new) {
            self.seen.insert(table.oid);
            if !table.empty {
                continue;
            }
            match insert(connection, table, count).await? {
                Ok(()) => {
                    self.filled.insert(table.name.clone());
                }
                Err(reason) => {
                    self.notes.insert(table.name.clone(), reason);
                }
            }
        }
        Ok(())
    }

    /// Takes the generated rows out again.
    ///
    /// # Errors
    /// When the connection is lost, or a table refuses.
    pub(crate) async fn clear(&mut self, connection: &mut PgConnection) -> anyhow::Result<()> {
        let mut transaction = connection.begin().await?;
        without_triggers(&mut transaction).await?;
        for table in std::mem::take(&mut self.filled) {
            let sql = format!(
                "DO $$ BEGIN IF to_regclass({}) IS NOT NULL THEN DELETE FROM ONLY {table}; END IF; END $$",
                quote_literal(&table)
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                .execute(&mut *transaction)
                .await
                .with_context(|| format!("remove the generated rows of {table}"))?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Referenced tables first.
fn by_reference<'a>(tables: &[&'a Table]) -> Vec<&'a Table> {
    let mut waiting: Vec<&Table> = tables.to_vec();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|table| table.name.as_str()).collect();
        let free = |table: &&Table| {
            table.foreign_keys.iter().all(|key| key.references == table.name || !names.contains(key.references.as_str()))
        };
        let (ready, rest): (Vec<&Table>, Vec<&Table>) = waiting.iter().copied().partition(free);
        if ready.is_empty() {
            ordered.extend(rest);
            break;
        }
        ordered.extend(ready);
        waiting = rest;
    }
    ordered
}

/// Tries to insert rows; the inner error says why the table stays empty.
async fn insert(
    connection: &mut PgConnection,
    table: &Table,
    count: u32,
) -> anyhow::Result<Result<(), String>> {
    let mut attempt = Attempt { rows: count, ..Attempt::default() };
    let mut reason = String::new();
    for _ in 0..ATTEMPTS {
        let sql = statement(table, &attempt);
        let mut transaction = connection.begin().await?;
        without_triggers(&mut transaction).await?;
        let result = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction).await;
        let error = match result {
            Ok(_) => {
                transaction.commit().await?;
                return Ok(Ok(()));
            }
            Err(error) => error,
        };
        transaction.rollback().await?;
        let Some(error) = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) else {
            return Err(error).with_context(|| format!("insert rows into {}", table.name));
        };
        reason = format!("{}: {}", error.code(), error.message());
        if !attempt.learn(error, table) {
            break;
        }
    }
    Ok(Err(reason))
}

/// What earlier attempts taught.
#[derive(Default)]
struct Attempt {
    rows: u32,
    /// Values to use instead of generated ones, by column.
    candidates: BTreeMap<String, Vec<String>>,
    /// How many times each check was met: the next time its next candidate is taken.
    tried: BTreeMap<String, usize>,
    /// Columns to leave to their default, or null.
    omitted: BTreeSet<String>,
}

impl Attempt {
    /// Changes what the next attempt does; false when there is nothing left to change.
    fn learn(&mut self, error: &PgDatabaseError, table: &Table) -> bool {
        match error.code() {
            // A check: take the values that its own text names.
            "23514" => {
                let Some(check) = table.checks.iter().find(|check| Some(check.name.as_str()) == error.constraint())
                else {
                    return self.single_row();
                };
                let tried = self.tried.entry(check.name.clone()).or_default();
                let literals = value::literals(&check.definition);
                let Some(literal) = literals.get(*tried) else { return false };
                *tried += 1;
                for column in &check.columns {
                    self.candidates.insert(column.clone(), vec![literal.clone()]);
                }
                !check.columns.is_empty()
            }
            // Too few distinct values: one row needs none.
            "23505" | "23P01" => self.single_row(),
            // A value that the type refuses: leave nullable columns out.
            _ => {
                let before = self.omitted.len();
                self.omitted.extend(
                    table.columns.iter().filter(|column| !column.not_null && !column.plain).map(|column| column.name.clone()),
                );
                self.omitted.len() > before
            }
        }
    }

    fn single_row(&mut self) -> bool {
        let more = self.rows > 1;
        self.rows = 1;
        more
    }
}

/// The `INSERT` for one attempt.
fn statement(table: &Table, attempt: &Attempt) -> String {
    let mut columns = Vec::new();
    let mut values = Vec::new();
    let mut joins = Vec::new();
    for (number, key) in table.foreign_keys.iter().enumerate() {
        // A row refers to a row of its own table only where it must: then to itself, see below.
        if key.references == table.name {
            continue;
        }
        let referenced = key.referenced.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ");
        joins.push(format!(
            " LEFT JOIN LATERAL (SELECT {referenced} FROM {table} ORDER BY 1 \
             OFFSET (n - 1) % greatest((SELECT count(*) FROM {table}), 1) LIMIT 1) AS fk{number} ON true",
            table = key.references,
        ));
    }
    for column in &table.columns {
        if column.generated || attempt.omitted.contains(&column.name) {
            continue;
        }
        let key = table
            .foreign_keys
            .iter()
            .enumerate()
            .find_map(|(number, key)| Some((number, key, key.columns.iter().position(|name| *name == column.name)?)));
        let expression = if let Some(candidates) = attempt.candidates.get(&column.name) {
            value::choice(candidates, &column.type_name)
        } else if let Some(bound) = table.partition_values.get(&column.name) {
            format!("{bound}::{}", column.type_name)
        } else if let Some((number, key, position)) = key {
            if key.references != table.name {
                // Null where the referenced table is empty.
                format!("fk{number}.{}", quote(&key.referenced[position]))
            } else if column.not_null {
                let own = table.columns.iter().find(|own| own.name == key.referenced[position]);
                value::expression(own.expect("a foreign key refers to columns that are there"))
            } else {
                continue;
            }
        } else if column.has_default && !column.unique {
            continue;
        } else {
            value::expression(column)
        };
        columns.push(quote(&column.name));
        values.push(expression);
    }
    let overriding = if table.columns.iter().any(|column| column.identity) { " OVERRIDING SYSTEM VALUE" } else { "" };
    if columns.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.name);
    }
    format!(
        "INSERT INTO {} ({}){overriding} SELECT {} FROM generate_series(1, {}) AS n{}",
        table.name,
        columns.join(", "),
        values.join(", "),
        attempt.rows,
        joins.concat(),
    )
}

/// Keeps the application's triggers from firing, where the role may do that: an audit trigger is no part of the data.
async fn without_triggers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(
        "DO $$ BEGIN SET LOCAL session_replication_role = replica; \
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$; SET LOCAL row_security = off",
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn quote(name: &str) -> String {
    crate::database::quote(name)
}
