//! Observes each statement of a migration over rows, in the transactions that the runner would use.

use std::collections::BTreeMap;

use anyhow::Context;
use rehearsal_lints::{Migration, MigrationSet};
use sqlx::{AssertSqlSafe, Connection};

use crate::{
    acts::data::Rows,
    database::Database,
    observe::{self, Observation, Observer, Seen},
    provider::Progress,
    refusal::Refusal,
    server::Server,
};

/// A file with more statements is data; to look after each would take minutes.
pub(crate) const MOST_STATEMENTS: usize = 2_000;

/// What the statements of one migration did, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The path of the migration's way up.
    pub migration: String,
    /// One for each statement that ran, up to the first that Postgres refused.
    pub observations: Vec<Observation>,
    /// Why there are no more.
    pub refusal: Option<Refusal>,
    /// What Postgres said over generated rows, where the statements were observed without them.
    pub over_rows: Option<Refusal>,
    /// Each partition that was there before, with the table that it is a partition of.
    pub partitions: BTreeMap<String, String>,
}

impl Trace {
    /// The statement that holds a byte of the file.
    pub fn at(&self, offset: usize) -> Option<&Observation> {
        self.observations
            .iter()
            .find(|seen| seen.span.start <= offset && offset < seen.span.end)
    }

    fn unseen(migration: &Migration) -> Self {
        Self {
            migration: migration.up.path.clone(),
            ..Self::default()
        }
    }

    fn new(
        migration: &Migration,
        observer: &Observer,
        seen: Seen,
        over_rows: Option<Refusal>,
    ) -> Self {
        Self {
            migration: migration.up.path.clone(),
            observations: seen.observations,
            refusal: seen.refusal,
            over_rows,
            partitions: observer.partitions(),
        }
    }
}

/// Observes a migration on a database that holds those before it, and leaves the database as it was.
///
/// # Errors
/// When the server cannot be used.
pub(crate) async fn trace(
    server: &Server,
    database: &Database,
    migration: &Migration,
) -> anyhow::Result<Trace> {
    if migration.statements.len() > MOST_STATEMENTS {
        return Ok(Trace::unseen(migration));
    }
    // What commits cannot be taken back.
    if migration.is_one_transaction() {
        return observe(database, migration, "ROLLBACK").await;
    }
    let copy = server.clone_database(database, "trace").await?;
    let trace = observe(&copy, migration, "ROLLBACK").await?;
    copy.drop().await?;
    Ok(trace)
}

/// Applies a migration to a fresh database, puts rows into its tables, and observes each of the others as if it came next.
///
/// # Errors
/// When the server cannot be used, or refuses the first migration.
pub async fn trace_each(
    server: &Server,
    first: &Migration,
    others: &[Migration],
    rows_each: u32,
) -> anyhow::Result<Vec<Trace>> {
    let database = server.create_database("trace").await?;
    let mut connection = database.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(first.up.text().to_owned()))
        .execute(&mut connection)
        .await
        .with_context(|| format!("apply {}", first.up.path))?;
    Rows::default().fill(&mut connection, rows_each).await?;
    connection.close().await?;
    let mut traces = Vec::with_capacity(others.len());
    for migration in others {
        traces.push(trace(server, &database, migration).await?);
    }
    database.drop().await?;
    server.reset_cluster().await?;
    Ok(traces)
}

/// Applies migrations of any runner one after another to a fresh database with rows, and observes each statement. What
/// Postgres refuses is left out, and the next migration goes on.
///
/// # Errors
/// When the server cannot be used.
pub async fn trace_all(
    server: &Server,
    set: &MigrationSet,
    rows_each: u32,
    progress: &dyn Progress,
) -> anyhow::Result<Vec<Trace>> {
    let database = server.create_database("trace").await?;
    let mut rows = Rows::default();
    let mut traces = Vec::with_capacity(set.len());
    for migration in set {
        progress.message(&format!("observe {}", migration.up.path));
        if migration.statements.len() > MOST_STATEMENTS {
            let mut connection = database.connect().await?;
            let sql = AssertSqlSafe(migration.up.text().to_owned());
            if let Err(error) = sqlx::raw_sql(sql).execute(&mut connection).await
                && error.as_database_error().is_none()
            {
                return Err(error).with_context(|| format!("apply {}", migration.up.path));
            }
            traces.push(Trace::unseen(migration));
            continue;
        }
        traces.push(observe(&database, migration, "COMMIT").await?);
        let mut connection = database.connect().await?;
        rows.fill(&mut connection, rows_each).await?;
        connection.close().await?;
    }
    database.drop().await?;
    server.reset_cluster().await?;
    Ok(traces)
}

/// Observes a migration; where it is the generated rows that it refuses, without them. `end` closes a transaction in which
/// all went well.
async fn observe(
    database: &Database,
    migration: &Migration,
    end: &'static str,
) -> anyhow::Result<Trace> {
    let mut observer = Observer::new(database).await?;
    let mut connection = database.connect().await?;
    let mut seen = observe::observe(database, &mut connection, &mut observer, migration).await?;
    let mut over_rows = None;
    if seen.refusal.is_some() {
        // It may be the generated rows that it refuses; how it locks shows without them, too.
        sqlx::raw_sql("ROLLBACK; BEGIN")
            .execute(&mut connection)
            .await
            .context("take back what was refused")?;
        if observer.remove_rows(&mut connection).await? {
            let empty =
                observe::observe(database, &mut connection, &mut observer, migration).await?;
            over_rows = std::mem::replace(&mut seen, empty).refusal;
        }
    }
    let end = match seen.refusal {
        Some(_) => "ROLLBACK",
        None => end,
    };
    sqlx::raw_sql(end)
        .execute(&mut connection)
        .await
        .with_context(|| format!("end the transaction of {}", migration.up.path))?;
    connection.close().await?;
    Ok(Trace::new(migration, &observer, seen, over_rows))
}
