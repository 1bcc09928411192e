//! The schema of a database: read from the catalogs into a typed model, written as SQL that loads
//! into an empty database.
//!
//! The text is the same for the same schema, byte by byte, whatever the server's locale, the run or
//! the order in which things were made. Left out is what differs between two places that hold the
//! same schema: OIDs, the name of the role that owns the database, extension versions, rows, and the
//! ledgers of migrators. `docs/schema.md` says what is told of each kind of object.

mod assemble;
mod canonical;
mod model;
mod names;
mod options;
mod order;
mod prefixes;
mod read;
mod render;
mod roles;
mod row;
mod session;
mod spell;

use std::collections::BTreeSet;

use similar::TextDiff;
use sqlx::PgConnection;

pub use self::model::*;
pub(crate) use self::render::kind_words;

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
        Self::read_with_roles(connection, &BTreeSet::new()).await
    }

    /// Reads the schema as [`Schema::read`] does, and the roles that the migrations `made`, whether
    /// the schema names them or not: roles are the cluster's, and nothing in it says whose.
    ///
    /// # Errors
    /// As [`Schema::read`].
    pub async fn read_with_roles(
        connection: &mut PgConnection,
        made: &BTreeSet<String>,
    ) -> anyhow::Result<Self> {
        let catalog = session::quietly(connection, read::catalog).await?;
        Ok(assemble::schema(catalog, made))
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
