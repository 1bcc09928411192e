//! Reads the catalogs: a constant number of queries whatever the schema's size, each over all
//! objects of its kinds, each answered as one JSON array.

use std::num::ParseIntError;

use anyhow::{Context as _, Error, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::provider::OLDEST_MAJOR;
use crate::schema::model::{
    Attachment, Column, Constraint, DefaultPrivilege, Domain, Grant, Index, Kind, Relation,
    Sequence,
};

/// What the catalogs hold, with the OIDs that tie the rows together.
pub(super) struct Catalog {
    pub(super) statements: Vec<StatementRow>,
    pub(super) domains: Vec<DomainRow>,
    pub(super) composites: Vec<CompositeRow>,
    pub(super) relations: Vec<RelationRow>,
    pub(super) columns: Vec<ColumnRow>,
    pub(super) sequences: Vec<SequenceRow>,
    pub(super) constraints: Vec<ConstraintRow>,
    pub(super) indexes: Vec<IndexRow>,
    pub(super) attachments: Vec<AttachmentRow>,
    pub(super) comments: Vec<CommentRow>,
    pub(super) grants: Vec<GrantRow>,
    pub(super) default_privileges: Vec<DefaultPrivilege>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) uncovered: Vec<UncoveredRow>,
}

/// The number of a catalog row. JSON holds it as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "&str")]
pub(super) struct Oid(pub(super) u32);

impl TryFrom<&str> for Oid {
    type Error = ParseIntError;

    fn try_from(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

#[derive(Deserialize)]
pub(super) struct StatementRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) types: Vec<Option<Oid>>,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) head: String,
    pub(super) items: Vec<String>,
    pub(super) after: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct DomainRow {
    pub(super) oid: Oid,
    pub(super) array_type: Oid,
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) domain: Domain,
}

#[derive(Deserialize)]
pub(super) struct CompositeRow {
    pub(super) oid: Oid,
    pub(super) array_type: Oid,
    pub(super) relation: Oid,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct RelationRow {
    pub(super) oid: Oid,
    pub(super) row_type: Oid,
    pub(super) array_type: Option<Oid>,
    pub(super) view_rule: Option<Oid>,
    pub(super) relkind: char,
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) relation: Relation,
}

#[derive(Deserialize)]
pub(super) struct ColumnRow {
    pub(super) of: Oid,
    pub(super) number: i32,
    pub(super) default_oid: Option<Oid>,
    #[serde(flatten)]
    pub(super) column: Column,
}

#[derive(Deserialize)]
pub(super) struct SequenceRow {
    pub(super) oid: Oid,
    pub(super) of: Option<Oid>,
    pub(super) number: Option<i32>,
    #[serde(flatten)]
    pub(super) sequence: Sequence,
}

#[derive(Deserialize)]
pub(super) struct ConstraintRow {
    pub(super) oid: Oid,
    pub(super) of: Oid,
    #[serde(flatten)]
    pub(super) constraint: Constraint,
}

#[derive(Deserialize)]
pub(super) struct IndexRow {
    pub(super) oid: Oid,
    pub(super) of: Oid,
    #[serde(flatten)]
    pub(super) index: Index,
}

#[derive(Deserialize)]
pub(super) struct AttachmentRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) of: Oid,
    pub(super) roles: Vec<String>,
    #[serde(flatten)]
    pub(super) attachment: Attachment,
}

#[derive(Deserialize)]
pub(super) struct CommentRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) number: i32,
    pub(super) text: String,
}

#[derive(Deserialize)]
pub(super) struct GrantRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) number: i32,
    #[serde(flatten)]
    pub(super) grant: Grant,
}

#[derive(Deserialize)]
pub(super) struct UncoveredRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) needed_class: Oid,
    pub(super) needed: Oid,
    /// The needed brings the other: an extension or a range type.
    pub(super) member: bool,
}

/// Reads everything. The session must already be quiet: see [`super::session`].
pub(super) async fn catalog(connection: &mut PgConnection) -> anyhow::Result<Catalog> {
    let server_version: i32 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&mut *connection)
            .await
            .context("read the server's version")?;
    let major = server_version / 10_000;
    ensure!(
        major >= i32::from(OLDEST_MAJOR),
        "Postgres {major} is too old: {OLDEST_MAJOR} is the oldest that Rehearsal reads"
    );
    macro_rules! read {
        ($($rows:ident),+) => {{
            $(
                let query = include_str!(concat!("catalog/", stringify!($rows), ".sql"));
                let $rows = rows(&mut *connection, major, stringify!($rows), query).await?;
            )+
            Ok(Catalog { $($rows: $rows.await.context("wait for the rows")??),+ })
        }};
    }
    // The large answers first.
    read!(
        columns,
        indexes,
        constraints,
        relations,
        dependencies,
        statements,
        domains,
        composites,
        sequences,
        attachments,
        comments,
        grants,
        default_privileges,
        uncovered
    )
}

/// Asks for rows and hands the answer to another thread: it is understood while Postgres works on
/// the next query.
async fn rows<T: DeserializeOwned + Send + 'static>(
    connection: &mut PgConnection,
    major: i32,
    what: &'static str,
    query: &str,
) -> anyhow::Result<JoinHandle<anyhow::Result<Vec<T>>>> {
    let query = for_major(query, major);
    let query = format!("SELECT coalesce(json_agg(r), '[]')::text FROM (\n{query}) AS r");
    let json: String = sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_one(connection)
        .await
        .map_err(explain)
        .with_context(|| format!("read the {} from the catalogs", what.replace('_', " ")))?;
    Ok(spawn_blocking(move || {
        serde_json::from_str(&json).with_context(|| {
            let what = what.replace('_', " ");
            format!(
                "understand the {what} in the catalogs: was something dropped meanwhile? \
                 Read again when nothing else alters the schema"
            )
        })
    }))
}

/// Says what to do about the errors that a reader can meet.
fn explain(error: sqlx::Error) -> Error {
    let Some(database) = error.as_database_error() else {
        return error.into();
    };
    let hint = match database.code().as_deref() {
        Some("42501") => "connect as a role that may read all of `pg_catalog`",
        // `pg_get_viewdef` and its kin look at the catalogs of now, not at those of the query's start.
        Some("XX000") if database.message().starts_with("cache lookup failed") => {
            "an object was dropped meanwhile: read again when nothing else alters the schema"
        }
        Some("42P01" | "42704" | "3F000") => {
            "an object was dropped meanwhile: read again when nothing else alters the schema"
        }
        Some("55P03" | "57014") => {
            "something holds a lock on the schema: read again when its transaction has ended"
        }
        _ => return error.into(),
    };
    Error::new(error).context(hint)
}

/// Keeps the lines of a query that this server understands. A line that ends in `--@14` is for
/// Postgres 14 and later, in `--@<14` for those before, in `--@15<17` for 15 and 16.
fn for_major(query: &str, major: i32) -> String {
    let fits = |line: &&str| {
        let Some((_, versions)) = line.rsplit_once("--@") else {
            return true;
        };
        let (from, before) = versions.split_once('<').unwrap_or((versions, ""));
        from.parse().unwrap_or(0) <= major && major < before.parse().unwrap_or(i32::MAX)
    };
    query
        .lines()
        .filter(fits)
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::for_major;

    #[test]
    fn lines_for_other_majors_are_left_out() {
        let query = "a\nb --@14\nc --@<14\nd --@15<17\n";
        assert_eq!(for_major(query, 13), "a\nc --@<14\n");
        assert_eq!(for_major(query, 14), "a\nb --@14\n");
        assert_eq!(for_major(query, 16), "a\nb --@14\nd --@15<17\n");
        assert_eq!(for_major(query, 17), "a\nb --@14\n");
    }
}
