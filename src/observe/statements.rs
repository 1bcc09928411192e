//! Runs the statements of a file one after another, and looks at each before its transaction ends.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Context;
use rehearsal_lints::{
    LockMode, Migration, TransactionMode,
    action::{Action, Transaction},
    statement::Statement,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    database::Database,
    observe::{Observation, Observer, counters::Counters, observer::Locks},
    refusal::{self, Refusal},
};

/// How often a waiting statement is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What was seen of a file.
pub(crate) struct Seen {
    /// One for each statement that ran, up to the first that Postgres refused.
    pub(crate) observations: Vec<Observation>,
    /// Why it went no further.
    pub(crate) refusal: Option<Refusal>,
}

impl Seen {
    fn until(observations: Vec<Observation>, refusal: Refusal) -> Self {
        Self {
            observations,
            refusal: Some(refusal),
        }
    }
}

/// The statements of a migration, observed in order, up to the first that Postgres refuses. What the last transaction did
/// is neither committed nor taken back.
///
/// # Errors
/// When the connection is lost.
pub(crate) async fn observe(
    database: &Database,
    connection: &mut PgConnection,
    observer: &mut Observer,
    migration: &Migration,
) -> anyhow::Result<Seen> {
    let pid = pid(connection).await?;
    let own_commits = migration.mode == TransactionMode::Autocommit;
    let mut observations = Vec::with_capacity(migration.statements.len());
    execute(connection, "BEGIN").await?;
    let mut held = observer.locks(pid).await?.modes;
    // Whether a transaction is open that the runner or the file has begun.
    let mut open = migration.mode == TransactionMode::Wrapped;
    for (index, statement) in migration.statements.iter().enumerate() {
        // What comes before the first query of a transaction must stay before it, so nothing is asked around it.
        if is_preamble(migration, index) {
            if let Err(error) = run(connection, migration, statement).await {
                let refusal = refusal::refusal(&error, migration, None).ok_or(error)?;
                return Ok(Seen::until(observations, refusal));
            }
            match control(migration, index) {
                Some(Transaction::Begin) => open = true,
                Some(Transaction::Commit | Transaction::Rollback | Transaction::Prepared) => {
                    open = false;
                    execute(connection, "BEGIN").await?;
                }
                _ => {}
            }
            held = observer.locks(pid).await?.modes;
            observations.push(Observation {
                span: statement.span,
                held: held.clone(),
                ..Observation::default()
            });
            continue;
        }
        let before = Counters::read(connection).await?;
        let began = Instant::now();
        if let Err(error) = run(connection, migration, statement).await {
            let refusal = refusal::refusal(&error, migration, None).ok_or(error)?;
            let alone = own_commits || migration.statements.len() == 1;
            if open || !alone || !refuses_transaction(&refusal) {
                return Ok(Seen::until(observations, refusal));
            }
            execute(connection, "ROLLBACK").await?;
            let seen = alone_at(database, connection, observer, migration, statement).await?;
            execute(connection, "BEGIN").await?;
            match seen {
                Ok(observation) => observations.push(observation),
                Err(refusal) => return Ok(Seen::until(observations, refusal)),
            }
            continue;
        }
        let seconds = began.elapsed().as_secs_f64();
        let now = observer.locks(pid).await?;
        let after = Counters::read(connection).await?;
        observations.push(Observation {
            span: statement.span,
            locks: now.taken(&held),
            held: now.modes.clone(),
            seconds,
            ..before.until(&after, observer)
        });
        held = now.modes;
        if own_commits && !open {
            let end = execute(connection, "COMMIT").await;
            execute(connection, "BEGIN").await?;
            held = BTreeMap::new();
            if let Err(error) = end {
                let refusal = refusal::refusal(&error, migration, None).ok_or(error)?;
                return Ok(Seen::until(observations, refusal));
            }
        }
    }
    Ok(Seen {
        observations,
        refusal: None,
    })
}

/// Whether a statement begins or ends a transaction or sets a parameter, and reads nothing.
fn is_preamble(migration: &Migration, statement: usize) -> bool {
    let mut steps = migration
        .steps
        .iter()
        .filter(|step| step.statement == statement);
    let first = migration.statements[statement].tokens.first();
    let is_query =
        first.is_some_and(|first| first.token.to_string().eq_ignore_ascii_case("select"));
    let mut any = false;
    let all = steps.all(|step| {
        any = true;
        matches!(step.action, Action::Transaction(_) | Action::Set(_))
    });
    all && any && !is_query
}

/// Whether the statement would run outside a transaction block: it refuses one, or ends transactions itself.
fn refuses_transaction(refusal: &Refusal) -> bool {
    matches!(refusal.sqlstate.as_str(), "25001" | "2D000")
}

/// What the statement does to the transaction, where that is all that it does.
fn control(migration: &Migration, statement: usize) -> Option<&Transaction> {
    migration.steps.iter().find_map(|step| match &step.action {
        Action::Transaction(control) if step.statement == statement => Some(control),
        _ => None,
    })
}

/// A statement that refuses a transaction block, observed while it waits. It is made to do so twice: before its first
/// lock, so that even a short one is seen, and after it by writers to every table.
async fn alone_at(
    database: &Database,
    connection: &mut PgConnection,
    observer: &mut Observer,
    migration: &Migration,
    statement: &Statement,
) -> anyhow::Result<Result<Observation, Refusal>> {
    let pid = pid(connection).await?;
    let before = Counters::read(connection).await?;
    let mut other = database.connect().await?;
    let mut writers = other.begin().await?;
    observer
        .lock_all(&mut writers, LockMode::RowExclusive)
        .await?;
    let mut owner = Some(writers.begin().await?);
    if let Some(owner) = &mut owner {
        observer.lock_all(&mut *owner, LockMode::Exclusive).await?;
    }
    let began = Instant::now();
    let mut strongest = Locks::default();
    let mut ends = None;
    {
        let mut running = std::pin::pin!(run(connection, migration, statement));
        loop {
            tokio::select! {
                result = &mut running => {
                    ends = Some(result);
                    break;
                }
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = observer.locks(pid).await?;
            let waits = now.waits;
            strongest.merge(now);
            if !waits {
                continue;
            }
            match owner.take() {
                Some(owner) => owner.rollback().await?,
                None => break,
            }
        }
        drop(owner);
        writers.rollback().await?;
        if ends.is_none() {
            ends = Some(running.await);
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    if let Some(Err(error)) = ends {
        let refusal = refusal::refusal(&error, migration, None).ok_or(error)?;
        return Ok(Err(refusal));
    }
    let after = Counters::read(connection).await?;
    Ok(Ok(Observation {
        span: statement.span,
        locks: strongest.taken(&BTreeMap::new()),
        held: strongest.modes,
        alone: true,
        seconds,
        ..before.until(&after, observer).without_scans()
    }))
}

async fn run(
    connection: &mut PgConnection,
    migration: &Migration,
    statement: &Statement,
) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(migration.up.slice(statement.span).to_owned());
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

async fn execute(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

/// The number of a connection's backend.
pub(crate) async fn pid(connection: &mut PgConnection) -> anyhow::Result<i32> {
    sqlx::query_scalar("SELECT pg_catalog.pg_backend_pid()")
        .fetch_one(connection)
        .await
        .context("ask for the backend's number")
}
