//! Puts a few rows into tables that the migrations leave empty, so that a second run has something to lose.
//!
//! The rows are the same on every run. They honour types, keys, foreign keys and most checks; where they cannot, the
//! table stays empty and a note says why. They are inserted without firing the application's triggers.

mod attempt;
mod catalog;
mod reword;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use sqlx::{Connection, PgConnection, error::DatabaseError, postgres::PgDatabaseError};

use crate::contents::quote_literal;
use crate::database::quote;
use attempt::{Attempt, Override};
use catalog::Table;
pub(crate) use reword::WORDINGS;

/// The tables that were looked at, and those that could not be filled.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Looked at already, by object identifier.
    seen: BTreeSet<i64>,
    /// Those among them that were filled.
    filled: BTreeSet<i64>,
    /// The tables that stay empty, by quoted name.
    missing: BTreeMap<String, Missing>,
}

/// Why a table stays empty.
#[derive(Debug)]
enum Missing {
    /// Postgres refused every attempt; its last words.
    Refused(String),
    /// It must refer to this table, which is empty.
    Reference(String),
}

impl Rows {
    /// Fills the tables that are new since the last call and empty, `count` rows each.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn fill(
        &mut self,
        connection: &mut PgConnection,
        count: u32,
    ) -> anyhow::Result<()> {
        if count == 0 {
            return Ok(());
        }
        let tables = catalog::read(connection)
            .await
            .context("read the tables to fill")?;
        let new: Vec<&Table> = tables
            .iter()
            .filter(|table| !self.seen.contains(&table.oid))
            .collect();
        // A table comes after those that its foreign keys name. What is left of a cycle is tried as it stands.
        for table in by_reference(&new) {
            self.seen.insert(table.oid);
            if !table.empty {
                continue;
            }
            if let Some(missing) = self.missing_reference(table) {
                self.missing.insert(table.name.clone(), missing);
                continue;
            }
            match insert(connection, table, count).await? {
                Ok(()) => {
                    self.filled.insert(table.oid);
                }
                // One partition without rows matters little, and a table may have hundreds.
                Err(_) if table.bound.is_some() => {}
                Err(reason) => {
                    self.missing
                        .insert(table.name.clone(), Missing::Refused(reason));
                }
            }
        }
        Ok(())
    }
}

impl Rows {
    /// Which tables stay empty and why, a line for each that is not empty only because of another.
    pub(crate) fn notes(&self) -> Vec<String> {
        let refused = self
            .missing
            .iter()
            .filter_map(|(table, missing)| match missing {
                Missing::Refused(reason) => Some((table, reason)),
                Missing::Reference(_) => None,
            });
        refused
            .map(|(table, reason)| {
                let others = self
                    .missing
                    .keys()
                    .filter(|other| self.root(other) == *table)
                    .count()
                    - 1;
                let others = match others {
                    0 => String::new(),
                    1 => "; so does 1 table that refers to it".to_owned(),
                    others => format!("; so do {others} tables that refer to it"),
                };
                format!("{table} stays without rows: {reason}{others}")
            })
            .collect()
    }

    /// The table for whose sake another stays empty.
    fn root<'a>(&'a self, mut table: &'a str) -> &'a str {
        // A reference is to a table that was empty before, so this ends.
        while let Some(Missing::Reference(to)) = self.missing.get(table) {
            table = to;
        }
        table
    }

    fn missing_reference(&self, table: &Table) -> Option<Missing> {
        let needed = table.foreign_keys.iter().find(|key| {
            self.missing.contains_key(&key.references)
                && key.columns.iter().all(|name| {
                    table
                        .columns
                        .iter()
                        .any(|column| column.name == *name && column.not_null)
                })
        })?;
        Some(Missing::Reference(needed.references.clone()))
    }
}

/// Referenced tables first.
fn by_reference<'a>(tables: &[&'a Table]) -> Vec<&'a Table> {
    let mut waiting: Vec<&Table> = tables.to_vec();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|table| table.name.as_str()).collect();
        let free = |table: &&Table| {
            table
                .foreign_keys
                .iter()
                .all(|key| key.references == table.name || !names.contains(key.references.as_str()))
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
    let mut attempt = Attempt::new(count);
    loop {
        let sql = statement(table, &attempt);
        let context = || format!("insert rows into {}", table.name);
        let Err(error) = write(connection, sql).await.with_context(context)? else {
            return Ok(Ok(()));
        };
        let Some(refused) = error.try_downcast_ref::<PgDatabaseError>() else {
            return Err(sqlx::Error::Database(error)).with_context(context);
        };
        if !attempt.learn(refused, table) {
            return Ok(Err(format!("{}: {}", refused.code(), refused.message())));
        }
    }
}

/// The `INSERT` for one attempt.
fn statement(table: &Table, attempt: &Attempt) -> String {
    let mut columns = Vec::new();
    let mut values = Vec::new();
    let mut made: Vec<String> = Vec::new();
    let mut joins = Vec::new();
    for (number, key) in table.foreign_keys.iter().enumerate() {
        // A row refers to a row of its own table only where it must: then to itself, see below.
        if key.references == table.name {
            continue;
        }
        let referenced = key
            .referenced
            .iter()
            .map(|name| quote(name))
            .collect::<Vec<_>>()
            .join(", ");
        joins.push(format!(
            " LEFT JOIN LATERAL (SELECT {referenced} FROM {table} ORDER BY 1 \
             OFFSET (made.n - 1 + {number}) % greatest((SELECT count(*) FROM {table}), 1) LIMIT 1) AS fk{number} ON true",
            table = key.references,
        ));
    }
    let bound = table
        .partition_column
        .as_ref()
        .zip(table.bound.as_deref().and_then(value::first_bound));
    for column in &table.columns {
        let other = attempt.overrides.get(&column.name);
        if column.generated || other == Some(&Override::Omitted) {
            continue;
        }
        // A value of ours would be met by the sequence later.
        if column.numbered && other.is_none() {
            continue;
        }
        // Where foreign keys share a column, the widest one decides: its columns must fit together.
        let keys = table
            .foreign_keys
            .iter()
            .enumerate()
            .filter_map(|(number, key)| {
                Some((
                    number,
                    key,
                    key.columns.iter().position(|name| *name == column.name)?,
                ))
            });
        let key = keys.max_by_key(|(_, key, _)| key.columns.len());
        let expression = if let Some(Override::Literal(text)) = other {
            format!("{}::{}", quote_literal(text), column.type_name)
        } else if let Some(bound) = bound
            .as_ref()
            .filter(|(name, _)| **name == column.name)
            .map(|(_, value)| value)
        {
            format!("{bound}::{}", column.type_name)
        } else if let Some((number, key, position)) = key {
            if key.references != table.name {
                // Null where the referenced table is empty.
                columns.push(quote(&column.name));
                values.push(format!("fk{number}.{}", quote(&key.referenced[position])));
                continue;
            } else if column.not_null {
                let own = table
                    .columns
                    .iter()
                    .find(|own| own.name == key.referenced[position]);
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
        values.push(format!("made.c{}", made.len()));
        made.push(format!(", {expression} AS c{}", made.len()));
    }
    if columns.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.name);
    }
    // The values are made apart from the referenced tables, which may have columns of any name.
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} \
         FROM (SELECT n{} FROM generate_series(1, {}) AS n) AS made{}",
        table.name,
        columns.join(", "),
        values.join(", "),
        made.concat(),
        attempt.rows,
        joins.concat(),
    )
}

/// Runs one statement in a transaction of its own, past the application's triggers; the inner error is what Postgres says.
async fn write(
    connection: &mut PgConnection,
    sql: String,
) -> Result<Result<(), Box<dyn DatabaseError>>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    without_triggers(&mut transaction).await?;
    match sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut *transaction)
        .await
    {
        Ok(_) => transaction.commit().await.map(Ok),
        Err(sqlx::Error::Database(refused)) => {
            transaction.rollback().await?;
            Ok(Err(refused))
        }
        Err(error) => Err(error),
    }
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
