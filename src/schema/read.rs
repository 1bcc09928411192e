//! Reads the catalogs: a constant number of queries whatever the schema's size, each over all
//! objects of its kinds.

use std::{collections::HashMap, num::ParseIntError, str::FromStr};

use anyhow::{Context as _, Error, ensure};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::provider::OLDEST_MAJOR;
use crate::schema::model::{
    Attachment, Column, Constraint, DefaultPrivilege, Domain, Grant, Index, Kind, Label, Relation,
    Sequence,
};
use crate::schema::{row, spell};

/// What the catalogs hold, with the OIDs that tie the rows together.
pub(super) struct Catalog {
    pub(super) roles: Vec<RoleRow>,
    pub(super) statements: Vec<StatementRow>,
    pub(super) types: Vec<StatementRow>,
    pub(super) routines: Vec<StatementRow>,
    pub(super) operators: Vec<StatementRow>,
    pub(super) text_search: Vec<StatementRow>,
    pub(super) foreign_data: Vec<StatementRow>,
    pub(super) domains: Vec<DomainRow>,
    pub(super) composites: Vec<CompositeRow>,
    pub(super) relations: Vec<RelationRow>,
    pub(super) columns: Vec<ColumnRow>,
    pub(super) sequences: Vec<SequenceRow>,
    pub(super) constraints: Vec<ConstraintRow>,
    pub(super) indexes: Vec<IndexRow>,
    pub(super) attachments: Vec<AttachmentRow>,
    pub(super) comments: Vec<CommentRow>,
    pub(super) labels: Vec<LabelRow>,
    pub(super) owners: Vec<OwnerRow>,
    pub(super) grants: Vec<GrantRow>,
    pub(super) default_privileges: Vec<DefaultPrivilege>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) operator_classes: Vec<OperatorClassRow>,
    pub(super) uncovered: Vec<UncoveredRow>,
}

/// The number of a catalog row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub(super) struct Oid(pub(super) u32);

impl FromStr for Oid {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

#[derive(Deserialize)]
pub(super) struct RoleRow {
    pub(super) oid: Oid,
    pub(super) name: String,
    pub(super) head: String,
    /// The roles that it is a member of, each with the options of the membership.
    pub(super) groups: Vec<(String, String)>,
    pub(super) settings: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct StatementRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) types: Vec<Oid>,
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
    pub(super) type_oid: Oid,
    pub(super) collation_oid: Oid,
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
    pub(super) parts: IndexParts,
    #[serde(flatten)]
    pub(super) index: Index,
}

/// What an index is made of.
#[derive(Deserialize)]
pub(super) struct IndexParts {
    pub(super) table: String,
    pub(super) unique: bool,
    pub(super) method: String,
    /// The numbers of its columns, zero for an expression.
    #[serde(deserialize_with = "vector")]
    pub(super) keys: Vec<i16>,
    /// How many of them are keys; the others are included.
    pub(super) key_count: usize,
    /// The operator class of each key.
    #[serde(deserialize_with = "vector")]
    pub(super) classes: Vec<Oid>,
    /// The collation of each key.
    #[serde(deserialize_with = "vector")]
    pub(super) collations: Vec<Oid>,
    /// Whether each key is descending (1), whether nulls come first (2).
    #[serde(deserialize_with = "vector")]
    pub(super) modes: Vec<i16>,
    /// Whether an operator class has parameters.
    pub(super) has_class_options: bool,
    pub(super) nulls_not_distinct: bool,
    pub(super) predicate: Option<String>,
}

/// A vector as the catalogs have it: values with blanks between them.
fn vector<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let values = text.split_ascii_whitespace().map(str::parse);
    let values: Result<_, T::Err> = values.collect();
    values.map_err(|_| D::Error::custom(format!("`{text}` is no vector of numbers")))
}

/// The default for a type and an access method.
#[derive(Deserialize)]
pub(super) struct OperatorClassRow {
    pub(super) oid: Oid,
    pub(super) type_oid: Oid,
}

#[derive(Deserialize)]
struct DefinitionRow {
    oid: Oid,
    definition: String,
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
    /// The object as `GRANT` wants it, where the system or an extension brings it.
    pub(super) object: Option<String>,
    pub(super) column: Option<String>,
    #[serde(flatten)]
    pub(super) grant: Grant,
}

#[derive(Deserialize)]
pub(super) struct LabelRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) number: i32,
    #[serde(flatten)]
    pub(super) label: Label,
}

#[derive(Deserialize)]
pub(super) struct OwnerRow {
    pub(super) class: Oid,
    pub(super) oid: Oid,
    pub(super) owner: String,
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
            Catalog { $($rows: $rows.await.context("wait for the rows")??),+ }
        }};
    }
    // The large answers first.
    let mut catalog = read!(
        columns,
        indexes,
        constraints,
        relations,
        dependencies,
        routines,
        types,
        operators,
        text_search,
        foreign_data,
        statements,
        domains,
        composites,
        sequences,
        attachments,
        comments,
        labels,
        owners,
        roles,
        grants,
        default_privileges,
        operator_classes,
        uncovered
    );
    let unusual = spell::definitions(&mut catalog);
    if !unusual.is_empty() {
        ask_for(connection, &mut catalog.indexes, &unusual).await?;
    }
    Ok(catalog)
}

/// Lets Postgres spell the indexes that are unusual.
async fn ask_for(
    connection: &mut PgConnection,
    indexes: &mut [IndexRow],
    unusual: &[Oid],
) -> anyhow::Result<()> {
    let oids: Vec<_> = unusual.iter().map(|oid| oid.0.to_string()).collect();
    let query = include_str!("catalog/index_definitions.sql");
    let query = format!("{query}WHERE i.indexrelid IN ({})", oids.join(", "));
    let definitions = rows(connection, 0, "index_definitions", &query).await?;
    let definitions: Vec<DefinitionRow> = definitions.await.context("wait for the rows")??;
    let mut definitions: HashMap<_, _> = definitions
        .into_iter()
        .map(|row| (row.oid, row.definition))
        .collect();
    for row in indexes {
        if let Some(definition) = definitions.remove(&row.oid) {
            row.index.definition = definition;
        }
    }
    Ok(())
}

/// Asks for rows and hands the answer to another thread: it is understood while Postgres works on
/// the next query.
async fn rows<T: DeserializeOwned + Send + 'static>(
    connection: &mut PgConnection,
    major: i32,
    what: &'static str,
    query: &str,
) -> anyhow::Result<JoinHandle<anyhow::Result<Vec<T>>>> {
    let query = AssertSqlSafe(for_major(query, major));
    let rows = sqlx::raw_sql(query)
        .fetch_all(connection)
        .await
        .map_err(explain)
        .with_context(|| format!("read the {} from the catalogs", what.replace('_', " ")))?;
    Ok(spawn_blocking(move || {
        let understood: Result<Vec<T>, _> = rows.iter().map(row::understand).collect();
        understood.with_context(|| {
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
