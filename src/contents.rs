//! A fingerprint of every table's contents, to tell whether rows changed.

use std::collections::{BTreeMap, BTreeSet};

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
pub(crate) struct Contents {
    read: BTreeMap<String, Fingerprint>,
    /// Those that the role may not read, or not every row of.
    unread: BTreeSet<String>,
}

impl Contents {
    /// Reads every row once, in one query.
    pub(crate) async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let (tables, unread) = tables(connection).await?;
        let mut contents = Self {
            read: BTreeMap::new(),
            unread,
        };
        if tables.is_empty() {
            return Ok(contents);
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
        for row in rows {
            let mut hash = [0; 16];
            hash.copy_from_slice(&row.try_get::<Vec<u8>, _>("hash")?[..16]);
            contents.read.insert(
                row.try_get("name")?,
                Fingerprint {
                    rows: row.try_get("rows")?,
                    hash,
                },
            );
        }
        Ok(contents)
    }

    /// The tables whose rows differ, each with what happened to it.
    pub(crate) fn changes(&self, after: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for (name, before) in &self.read {
            let text = match after.read.get(name) {
                None if after.unread.contains(name) => continue,
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
        let added = after.read.iter().filter(|(name, now)| {
            now.rows > 0 && !self.read.contains_key(*name) && !self.unread.contains(*name)
        });
        changes.extend(added.map(|(name, now)| format!("{} more in `{name}`", rows(now.rows))));
        changes
    }
}

/// The quoted, qualified names of all tables and materialized views that hold rows of their own: those that the role may
/// read every row of, and the others.
///
/// # Errors
/// When the connection is lost.
pub(crate) async fn tables(
    connection: &mut PgConnection,
) -> Result<(BTreeSet<String>, BTreeSet<String>), sqlx::Error> {
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT format('%I.%I', n.nspname, c.relname),
                pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                AND NOT pg_catalog.row_security_active(c.oid)
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND (c.relkind = 'r' OR c.relispopulated)
           AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relname <> $1
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')",
    )
    .bind(LEDGER)
    .fetch_all(connection)
    .await?;
    let (read, unread): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, readable)| *readable);
    let names = |tables: Vec<(String, bool)>| tables.into_iter().map(|(name, _)| name).collect();
    Ok((names(read), names(unread)))
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
