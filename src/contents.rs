//! A fingerprint of every table's contents, to tell whether rows changed.

use std::collections::BTreeMap;

use sqlx::{PgConnection, Row};

/// The migrator's own table, which is not the application's data.
pub(crate) const LEDGER: &str = "_sqlx_migrations";

/// What a table held: equal fingerprints mean equal rows, whatever their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// The number of rows.
    pub(crate) rows: i64,
    /// The sum of the rows' hashes.
    hash: [u8; 16],
}

/// The contents of all tables and materialized views, by qualified name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents(BTreeMap<String, Fingerprint>);

impl Contents {
    /// Reads every row once, in one query.
    pub(crate) async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let tables = tables(connection).await?;
        if tables.is_empty() {
            return Ok(Self::default());
        }
        let parts: Vec<String> = tables
            .iter()
            .map(|table| {
                format!(
                    "SELECT {} AS name, count(*) AS rows, \
                     decode(md5(coalesce(sum(hashtextextended(t::text, 0)), 0)::text), 'hex') AS hash FROM ONLY {table} t",
                    quote_literal(table),
                )
            })
            .collect();
        let sql = sqlx::AssertSqlSafe(parts.join(" UNION ALL "));
        let rows = sqlx::raw_sql(sql).fetch_all(connection).await?;
        let mut contents = BTreeMap::new();
        for row in rows {
            let mut hash = [0; 16];
            hash.copy_from_slice(&row.try_get::<Vec<u8>, _>("hash")?[..16]);
            contents.insert(
                row.try_get("name")?,
                Fingerprint {
                    rows: row.try_get("rows")?,
                    hash,
                },
            );
        }
        Ok(Self(contents))
    }

    /// The tables whose rows differ, each with what happened to it.
    pub(crate) fn changes(&self, after: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for (name, before) in &self.0 {
            let text = match after.0.get(name) {
                None if before.rows > 0 => {
                    format!("all {} of `{name}` are gone", rows(before.rows))
                }
                Some(after) if after.rows < before.rows => {
                    format!("{} fewer in `{name}`", rows(before.rows - after.rows))
                }
                Some(after) if after.rows > before.rows => {
                    format!("{} more in `{name}`", rows(after.rows - before.rows))
                }
                Some(after) if after != before => format!("values in `{name}` changed"),
                _ => continue,
            };
            changes.push(text);
        }
        let added = after
            .0
            .iter()
            .filter(|(name, now)| now.rows > 0 && !self.0.contains_key(*name));
        changes.extend(added.map(|(name, now)| format!("{} more in `{name}`", rows(now.rows))));
        changes
    }
}

/// The quoted, qualified names of all tables and materialized views that hold rows of their own.
async fn tables(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT format('%I.%I', n.nspname, c.relname)
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND (c.relkind = 'r' OR c.relispopulated)
           AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relname <> $1
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY 1",
    )
    .bind(LEDGER)
    .fetch_all(connection)
    .await
}

fn rows(count: i64) -> String {
    if count == 1 {
        "1 row".to_owned()
    } else {
        format!("{count} rows")
    }
}

/// A text as an SQL literal, whatever `standard_conforming_strings` says.
pub(crate) fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}
