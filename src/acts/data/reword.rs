//! Other texts for generated rows: a migration that reads a text as something else wants texts that are that.

use std::collections::BTreeSet;

use anyhow::Context;
use sqlx::PgConnection;

use super::{Rows, catalog, write};
use crate::database::quote;

/// What a text may be meant as, as SQL over a row's number: a JSON object, an empty array, a number, a date, a UUID, a truth.
pub(crate) const WORDINGS: [&str; 6] = [
    "jsonb_build_object('n', n)",
    "'{}'",
    "n",
    "date '2026-01-01' + n::int",
    "lpad(to_hex(n), 32, '0')::uuid",
    "n % 2 = 1",
];

impl Rows {
    /// Writes other texts into the rows that were generated, where keys and checks let them; false where there are none.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn reword(
        &self,
        connection: &mut PgConnection,
        wording: &str,
    ) -> anyhow::Result<bool> {
        let tables = catalog::read(connection)
            .await
            .context("read the tables to write other texts into")?;
        // Both ends of a foreign key must go on saying the same.
        let keys: BTreeSet<(&str, &str)> = tables
            .iter()
            .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
            .flat_map(|(table, key)| {
                let from = key.columns.iter().map(|name| (table.name.as_str(), name));
                let to = key.referenced.iter();
                from.chain(to.map(|name| (key.references.as_str(), name)))
            })
            .map(|(table, name)| (table, name.as_str()))
            .collect();
        let mut any = false;
        for table in tables.iter().filter(|one| self.filled.contains(&one.oid)) {
            let texts = table.columns.iter().filter(|column| {
                column.category == "S"
                    && !column.generated
                    && !keys.contains(&(&table.name, &column.name))
            });
            for column in texts {
                let sql = format!(
                    "UPDATE ONLY {table} AS old SET {column} = ({wording})::text \
                     FROM (SELECT ctid AS place, row_number() OVER (ORDER BY ctid) AS n FROM ONLY {table}) AS numbered \
                     WHERE old.ctid = numbered.place",
                    table = table.name,
                    column = quote(&column.name),
                );
                // A check, a unique index or a length may want the text that is there.
                let written = write(connection, sql)
                    .await
                    .with_context(|| format!("write other texts into {}", table.name))?;
                any |= written.is_ok();
            }
        }
        Ok(any)
    }
}
