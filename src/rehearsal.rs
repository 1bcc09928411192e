//! A rehearsal: which acts, in which order, on which databases.

use std::collections::BTreeSet;

use anyhow::Context;
use rehearsal_lints::{Finding, MigrationSet, rules::observed};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::{
    acts::{
        ActResult, RehearsalOptions, apply, second_run,
        trace::{Trace, trace_all},
    },
    database::Database,
    hint,
    provider::Progress,
    refusal,
    schema::{Schema, text_diff},
    server::Server,
};

/// What a rehearsal saw.
#[derive(Debug)]
pub struct Rehearsal {
    /// What is wrong with the migrations, each with its file.
    pub findings: Vec<Finding>,
    /// What was done with which migration, and how it ended.
    pub acts: Vec<ActResult>,
    /// The schema after the last migration that applies.
    pub schema: Schema,
    /// Whether every migration applied, so that `schema` is the whole one.
    pub complete: bool,
    /// What each statement of the judged migrations did, over rows.
    pub traces: Vec<Trace>,
    /// What could not be tried, and why.
    pub notes: Vec<String>,
}

/// Applies the migrations as their runner does, sqlx's with its own migrator, then each a second time past the ledger.
///
/// # Errors
/// When the server cannot be used. What Postgres refuses is a finding.
pub async fn rehearse(
    server: &Server,
    set: &MigrationSet,
    options: &RehearsalOptions,
    progress: &dyn Progress,
) -> anyhow::Result<Rehearsal> {
    server.watch(acts(server, set, options, progress)).await
}

/// Applies the migrations as their runner does, and nothing more.
///
/// # Errors
/// When the server cannot be used. What Postgres refuses is a finding.
pub async fn apply(
    server: &Server,
    set: &MigrationSet,
    progress: &dyn Progress,
) -> anyhow::Result<Rehearsal> {
    let act = first_act(server, set, progress);
    server.watch(act).await.map(|(rehearsal, _)| rehearsal)
}

/// [`apply`], and observes each statement over rows.
///
/// # Errors
/// When the server cannot be used. What Postgres refuses is a finding.
pub async fn apply_traced(
    server: &Server,
    set: &MigrationSet,
    options: &RehearsalOptions,
    progress: &dyn Progress,
) -> anyhow::Result<Rehearsal> {
    server
        .watch(first_act_traced(server, set, options, progress))
        .await
}

/// Loads SQL that makes a schema, such as [`Schema::to_sql`] gives, into an empty database, and reads what it makes. What
/// Postgres refuses of it is the inner error.
///
/// # Errors
/// When the server cannot be used.
pub async fn load(server: &Server, sql: &str) -> anyhow::Result<Result<Schema, String>> {
    server.watch(loaded(server, sql)).await
}

async fn first_act_traced(
    server: &Server,
    set: &MigrationSet,
    options: &RehearsalOptions,
    progress: &dyn Progress,
) -> anyhow::Result<Rehearsal> {
    let (mut rehearsal, count) = first_act(server, set, progress).await?;
    let applied = MigrationSet::new(set.as_slice()[..count].to_vec(), Vec::new())
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let traces = trace_all(server, &applied, options.rows, progress).await?;
    let is_judged = |version| options.baseline.is_none_or(|baseline| version > baseline);
    let judged = traces.into_iter().zip(&applied);
    rehearsal.traces = judged
        .filter(|(_, migration)| is_judged(migration.version))
        .map(|(trace, _)| trace)
        .collect();
    Ok(rehearsal)
}

async fn loaded(server: &Server, sql: &str) -> anyhow::Result<Result<Schema, String>> {
    let database = server.create_database("load").await?;
    let mut connection = database.connect().await?;
    // The text may be anything, and runs only on a database that was made for it.
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    let schema = match connection.execute(sql).await {
        Ok(_) => {
            let made = server.made_roles(&MigrationSet::default()).await?;
            Ok(read(&database, &made).await?)
        }
        Err(sqlx::Error::Database(refusal)) => {
            let message = refusal.message();
            let help = refusal
                .code()
                .and_then(|code| hint::for_missing_extension(&code, message));
            Err(help.unwrap_or_else(|| message.to_owned()))
        }
        Err(error) => return Err(error).context("load the SQL of a schema"),
    };
    connection.close().await.context("close the connection")?;
    database.drop().await?;
    server.reset_cluster().await?;
    Ok(schema)
}

async fn acts(
    server: &Server,
    set: &MigrationSet,
    options: &RehearsalOptions,
    progress: &dyn Progress,
) -> anyhow::Result<Rehearsal> {
    let (mut rehearsal, count) = first_act(server, set, progress).await?;
    let mut second = second_run::second_run(server, set, count, options, progress).await?;
    rehearsal.findings.append(&mut second.findings);
    rehearsal.acts.append(&mut second.acts);
    rehearsal.notes.append(&mut second.notes);
    rehearsal.traces = second.traces;
    let made = server.made_roles(set).await?;
    let schema = read(&second.database, &made).await?;
    if schema != rehearsal.schema
        && let Some(last) = set.as_slice()[..count].last()
    {
        let diff = text_diff(&rehearsal.schema, &schema);
        rehearsal.findings.push(
            Finding::new(
                &observed::SCHEMA_NONDETERMINISTIC,
                refusal::whole(last),
                "two runs of these migrations end in different schemas: one over empty tables, one over tables with rows",
            )
            .notes(diff.lines().take(20).map(str::to_owned))
            .help("let no statement depend on rows, on the clock, or on what else is on the server")
            .observed(&last.up.path),
        );
    }
    second.database.drop().await?;
    server.reset_cluster().await?;
    Ok(rehearsal)
}

/// Applies the migrations, reads the schema, and leaves the server as it was; also says how many applied.
async fn first_act(
    server: &Server,
    set: &MigrationSet,
    progress: &dyn Progress,
) -> anyhow::Result<(Rehearsal, usize)> {
    server.admit(set)?;
    let applied = apply::apply(server, set, progress).await?;
    let made = server.made_roles(set).await?;
    let schema = read(&applied.database, &made).await?;
    applied.database.drop().await?;
    server.reset_cluster().await?;
    let rehearsal = Rehearsal {
        findings: applied.findings,
        acts: applied.acts,
        schema,
        complete: applied.count == set.len(),
        traces: Vec::new(),
        notes: Vec::new(),
    };
    Ok((rehearsal, applied.count))
}

async fn read(database: &Database, made: &BTreeSet<String>) -> anyhow::Result<Schema> {
    let mut connection = database.connect().await?;
    Schema::read_with_roles(&mut connection, made)
        .await
        .context("read the schema")
}
