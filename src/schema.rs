//! The schema of a database: read from the catalogs into a typed model, written as SQL that loads
//! into an empty database.
//!
//! The text is the same for the same schema, byte by byte, whatever the server's locale, the run or
//! the order in which things were made. Left out is what differs between two places that hold the
//! same schema: OIDs, owners, tablespaces, extension versions, rows, and the ledgers of migrators.

mod assemble;
mod canonical;
mod model;
mod names;
mod order;
mod read;
mod render;
mod session;

use similar::TextDiff;
use sqlx::PgConnection;

pub use self::model::*;

impl Schema {
    /// Reads the schema of the database that `connection` is connected to.
    ///
    /// Takes a constant number of queries. Works within an open transaction, whose uncommitted
    /// changes it then sees, and leaves the session's settings as they were.
    ///
    /// # Errors
    /// When the connection fails, the role may not read the catalogs, or something else alters the
    /// schema meanwhile. An open transaction is still usable then.
    pub async fn read(connection: &mut PgConnection) -> anyhow::Result<Self> {
        let catalog = session::quietly(connection, read::catalog).await?;
        Ok(assemble::schema(catalog))
    }

    /// The schema as SQL that loads into an empty database, also on a fresh cluster.
    ///
    /// No SQL makes an invalid index: it is written as the index it should be, below a comment that
    /// says so. What the model does not cover is named in comments at the top.
    #[must_use]
    pub fn to_sql(&self) -> String {
        render::script(self)
    }

    /// Whether this is the schema of a new database.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to_sql().is_empty()
    }
}

/// What changed between two schemas, as a unified diff of their SQL; empty if nothing did.
#[must_use]
pub fn text_diff(before: &Schema, after: &Schema) -> String {
    let (before, after) = (before.to_sql(), after.to_sql());
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(3)
        .to_string()
}
