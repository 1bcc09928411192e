//! Applies all migrations to an empty database. sqlx's own migrator does so with sqlx's, and runs again, which must find
//! nothing to do and leave its ledger as it was.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use rehearsal_lints::{Finding, Migration, MigrationSet, Span, action::Action, rules::observed};
use sqlx::{
    PgConnection,
    migrate::{MigrateError, Migrator},
};
use tokio::time::timeout;

use crate::{
    acts::{ActOutcome, ActResult},
    database::Database,
    hint, observe,
    provider::Progress,
    refusal::{self, Refusal, whole},
    runner::{Run, Runner},
    server::Server,
};

const ACT: &str = "apply";
const LEDGER_HELP: &str = "leave the transaction open and `_sqlx_migrations` alone, and write the schema before each name instead of a \
                           `search_path` that does not find it";
/// What a migration may take beyond the limits of its statements.
const GRACE: Duration = Duration::from_secs(5);

/// A database with the migrations applied, as far as Postgres takes them.
pub(crate) struct Applied {
    pub(crate) database: Database,
    pub(crate) findings: Vec<Finding>,
    pub(crate) acts: Vec<ActResult>,
    /// How many migrations were applied: all, or those up to the first that Postgres refused or sqlx would run again.
    pub(crate) count: usize,
}

/// Applies all migrations to a fresh database.
///
/// # Errors
/// When the server cannot be used. A refused migration is a finding.
pub(crate) async fn apply(
    server: &Server,
    set: &MigrationSet,
    progress: &dyn Progress,
) -> anyhow::Result<Applied> {
    let database = server.create_database(ACT).await?;
    let runner = Runner::of(set);
    let mut applied = Applied {
        database,
        findings: Vec::new(),
        acts: Vec::new(),
        count: 0,
    };
    let mut connection = applied.database.connect().await?;
    for migration in set {
        if !applied.findings.is_empty() {
            applied
                .acts
                .push(result(migration, ActOutcome::Skipped, 0.0));
            continue;
        }
        progress.message(&format!("apply {}", migration.up.path));
        let began = Instant::now();
        let refused = run_one(&runner, &mut connection, &applied.database, migration).await?;
        let seconds = began.elapsed().as_secs_f64();
        let outcome = match refused {
            Some(_) => ActOutcome::Failed,
            None => ActOutcome::Applied,
        };
        applied.acts.push(result(migration, outcome, seconds));
        applied.count += usize::from(refused.is_none());
        applied.findings.extend(refused);
        // It is applied all the same; only the migrations behind it would meet it again.
        if outcome == ActOutcome::Applied
            && !is_recorded(&runner, &applied.database, migration).await?
        {
            applied.findings.push(unrecorded(migration));
        }
    }
    if applied.findings.is_empty()
        && let Some(last) = set.as_slice().last()
        && let Runner::Sqlx(migrator) = &runner
    {
        applied
            .findings
            .extend(run_again(migrator, &mut connection, last).await?);
    }
    Ok(applied)
}

/// Applies the next migration; a refusal is a finding.
async fn run_one(
    runner: &Runner,
    connection: &mut PgConnection,
    database: &Database,
    migration: &Migration,
) -> anyhow::Result<Option<Finding>> {
    let limit = limit(connection, migration).await?;
    let pid = observe::pid(connection).await?;
    let Ok(run) = timeout(limit, runner.run_next(connection, migration)).await else {
        end_backend(database, pid).await?;
        return Ok(Some(endless(migration, limit)));
    };
    match run? {
        Run::Done => Ok(None),
        Run::Refused(mut refusal) => {
            // The migrator does not say which of several statements it was.
            let whole = refusal.span.end - refusal.span.start;
            if migration.statements.len() > 1
                && migration
                    .statements
                    .iter()
                    .all(|one| one.span.end - one.span.start < whole)
            {
                let mut other = database.connect().await?;
                if let Some(located) = refusal::locate(&mut other, migration).await?
                    && located.sqlstate == refusal.sqlstate
                {
                    refusal = located;
                }
            }
            Ok(Some(finding(migration, &refusal)))
        }
        Run::LedgerRefused(message) => Ok(Some(
            Finding::new(
                &observed::STATEMENT_REFUSED,
                search_path(migration),
                format!("sqlx cannot keep its ledger around this migration: {message}"),
            )
            .observed(&migration.up.path)
            .help(LEDGER_HELP),
        )),
    }
}

/// Whether sqlx, when it connects again, finds that the migration was applied.
async fn is_recorded(
    runner: &Runner,
    database: &Database,
    migration: &Migration,
) -> anyhow::Result<bool> {
    let text = migration.up.text();
    let sets_path = text.to_ascii_lowercase().contains("search_path");
    if !sets_path || !matches!(runner, Runner::Sqlx(_)) {
        return Ok(true);
    }
    let mut other = database.connect().await?;
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM _sqlx_migrations WHERE version = $1 AND success)",
    )
    .bind(migration.version)
    .fetch_one(&mut other)
    .await;
    match found {
        // There is none where it looks.
        Err(sqlx::Error::Database(_)) => Ok(false),
        found => found.with_context(|| format!("read the ledger after {}", migration.up.path)),
    }
}

fn unrecorded(migration: &Migration) -> Finding {
    Finding::new(
        &observed::SECOND_RUN_FAILED,
        search_path(migration),
        "sqlx writes down this migration in another `_sqlx_migrations` than it reads, and runs it again next time",
    )
    .observed(&migration.up.path)
    .help(LEDGER_HELP)
}

/// The last statement that sets `search_path`, by which sqlx finds its ledger; else the whole file.
fn search_path(migration: &Migration) -> Span {
    let mut steps = migration.steps.iter().rev();
    let sets =
        steps.find(|step| matches!(&step.action, Action::Set(set) if set.name == "search_path"));
    sets.map_or_else(
        || whole(migration),
        |step| migration.statements[step.statement].span,
    )
}

/// How long a migration may take, whatever it does to `statement_timeout` itself.
async fn limit(connection: &mut PgConnection, migration: &Migration) -> anyhow::Result<Duration> {
    let each: i64 = sqlx::query_scalar(
        "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'",
    )
    .fetch_one(connection)
    .await
    .context("read statement_timeout")?;
    let each = Duration::from_millis(u64::try_from(each).unwrap_or_default());
    let statements = u32::try_from(migration.statements.len()).unwrap_or(u32::MAX);
    Ok(each
        .saturating_mul(statements.saturating_add(1))
        .saturating_add(GRACE))
}

/// Ends the backend of a connection that was given up.
async fn end_backend(database: &Database, pid: i32) -> anyhow::Result<()> {
    let mut other = database.connect().await?;
    sqlx::query("SELECT pg_terminate_backend($1)")
        .bind(pid)
        .execute(&mut other)
        .await
        .context("end the migration's backend")?;
    Ok(())
}

fn endless(migration: &Migration, limit: Duration) -> Finding {
    let message = format!(
        "this runs for over {} seconds in spite of `statement_timeout`",
        limit.as_secs()
    );
    Finding::new(&observed::STATEMENT_REFUSED, whole(migration), message)
        .label("57014")
        .help("leave `statement_timeout` on, and let the statement end; `statement-timeout` in `rehearsal.toml` is the limit")
        .observed(&migration.up.path)
        .sqlstate("57014")
}

/// Runs the migrator over the migrated database: it must do nothing, and find the checksums that it wrote.
async fn run_again(
    migrator: &Migrator,
    connection: &mut PgConnection,
    last: &Migration,
) -> anyhow::Result<Option<Finding>> {
    let before = ledger(connection).await?;
    let expected: Vec<(i64, Vec<u8>, bool)> = migrator
        .iter()
        .filter(|migration| migration.migration_type.is_up_migration())
        .map(|migration| (migration.version, migration.checksum.to_vec(), true))
        .collect();
    let problem = match migrator.run(&mut *connection).await {
        Err(MigrateError::Execute(error)) if error.as_database_error().is_none() => {
            return Err(anyhow!(error).context("run the migrator again"));
        }
        Err(error) => error.to_string(),
        Ok(()) if before != expected => {
            "the ledger does not hold these migrations with their checksums".to_owned()
        }
        Ok(()) if ledger(connection).await? != before => "it changes the ledger".to_owned(),
        Ok(()) => return Ok(None),
    };
    Ok(Some(
        Finding::new(
            &observed::SECOND_RUN_FAILED,
            whole(last),
            format!("sqlx's second run over the migrated database does not end well: {problem}"),
        )
        .observed(&last.up.path)
        .help("leave sqlx's table `_sqlx_migrations` alone in migrations"),
    ))
}

async fn ledger(connection: &mut PgConnection) -> anyhow::Result<Vec<(i64, Vec<u8>, bool)>> {
    sqlx::query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
        .fetch_all(connection)
        .await
        .context("read the migrator's ledger")
}

/// The finding for a statement that Postgres refuses.
pub(crate) fn finding(migration: &Migration, refusal: &Refusal) -> Finding {
    Finding::new(
        &observed::STATEMENT_REFUSED,
        refusal.span,
        format!("Postgres refuses this: {}", refusal.text()),
    )
    .label(refusal.sqlstate.clone())
    .help(hint::for_first_run(refusal))
    .observed(&migration.up.path)
    .sqlstate(&refusal.sqlstate)
}

fn result(migration: &Migration, result: ActOutcome, seconds: f64) -> ActResult {
    ActResult {
        act: ACT,
        migration: migration.up.path.clone(),
        result,
        seconds,
    }
}
