//! What applies migrations: sqlx's own migrator to sqlx's, and to any other runner's their texts, in the transactions in which
//! that runner sends them. No other runner's ledger is kept: what a ledger would do, the second run goes past.

use anyhow::Context;
use rehearsal_lints::{Migration, MigrationSet, TransactionMode, layout::Layout};
use sqlx::{
    PgConnection,
    migrate::{MigrateError, Migrator},
};

use crate::{
    migrator::migrator,
    refusal::{self, Outcome, Refusal},
};

/// What applies the migrations of a set.
pub(crate) enum Runner {
    /// sqlx's migrator, with its ledger.
    Sqlx(Box<Migrator>),
    /// Their texts, as another runner sends them, and what it says after each.
    Texts(Option<&'static str>),
}

/// How the runner fared with one migration.
pub(crate) enum Run {
    /// It is applied.
    Done,
    /// Postgres refused a statement of it.
    Refused(Refusal),
    /// Postgres refused the migrator's own bookkeeping.
    LedgerRefused(String),
}

impl Runner {
    /// What applies a set; a set whose runner is not known is taken for sqlx's.
    pub(crate) fn of(set: &MigrationSet) -> Self {
        match set.layout {
            None | Some(Layout::Sqlx) => Self::Sqlx(Box::new(migrator(set))),
            // `restoreOriginalState` in Flyway's `Connection` and `PostgreSQLConnection`: what a migration sets of these ends
            // with it.
            Some(Layout::Flyway) => Self::Texts(Some("RESET ROLE; RESET search_path")),
            Some(_) => Self::Texts(None),
        }
    }

    /// Applies migrations to an empty database.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn run_all(
        &self,
        connection: &mut PgConnection,
        migrations: &[Migration],
    ) -> anyhow::Result<Run> {
        if let (Self::Sqlx(migrator), Some(last)) = (self, migrations.last())
            && !migrations.iter().any(commits_each)
        {
            // What the migrator can run, it runs in one go.
            return run_to(migrator, connection, last).await;
        }
        for migration in migrations {
            match self.run_next(connection, migration).await? {
                Run::Done => {}
                refused => return Ok(refused),
            }
        }
        Ok(Run::Done)
    }

    /// Applies a migration to a database that holds all before it.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn run_next(
        &self,
        connection: &mut PgConnection,
        migration: &Migration,
    ) -> anyhow::Result<Run> {
        match self {
            Self::Sqlx(migrator) if commits_each(migration) => {
                let run = send(connection, migration).await?;
                if let Run::Done = run {
                    migrator
                        .skip(&mut *connection, Some(migration.version))
                        .await
                        .with_context(|| format!("apply {}", migration.up.path))?;
                }
                Ok(run)
            }
            Self::Sqlx(migrator) => run_to(migrator, connection, migration).await,
            Self::Texts(after) => {
                let run = send(connection, migration).await?;
                if let (Run::Done, Some(after)) = (&run, *after) {
                    sqlx::raw_sql(after)
                        .execute(connection)
                        .await
                        .with_context(|| format!("go on after {}", migration.up.path))?;
                }
                Ok(run)
            }
        }
    }
}

/// Whether statement by statement is sent, which sqlx's migrator cannot do.
fn commits_each(migration: &Migration) -> bool {
    migration.mode == TransactionMode::Autocommit && migration.statements.len() > 1
}

/// Sends the text of a migration, in a transaction where its runner opens one.
async fn send(connection: &mut PgConnection, migration: &Migration) -> anyhow::Result<Run> {
    let context = || format!("apply {}", migration.up.path);
    let wrapped = migration.mode == TransactionMode::Wrapped;
    if wrapped {
        sqlx::raw_sql("BEGIN")
            .execute(&mut *connection)
            .await
            .with_context(context)?;
    }
    let outcome = refusal::execute(connection, migration)
        .await
        .with_context(context)?;
    if !wrapped {
        return Ok(match outcome {
            Outcome::Done => Run::Done,
            Outcome::Refused(refusal) => Run::Refused(*refusal),
        });
    }
    let end = match &outcome {
        Outcome::Done => "COMMIT",
        Outcome::Refused(_) => "ROLLBACK",
    };
    let ended = sqlx::raw_sql(end).execute(connection).await;
    match (outcome, ended) {
        // What was deferred to the end may be refused there.
        (Outcome::Done, Err(error)) => match refusal::refusal(&error, migration, None) {
            Some(refusal) => Ok(Run::Refused(refusal)),
            None => Err(error).with_context(context),
        },
        (Outcome::Done, Ok(_)) => Ok(Run::Done),
        // A backend that the migration has ended cannot roll back.
        (Outcome::Refused(refusal), _) => Ok(Run::Refused(*refusal)),
    }
}

/// Runs sqlx's migrator up to and including one migration.
async fn run_to(
    migrator: &Migrator,
    connection: &mut PgConnection,
    migration: &Migration,
) -> anyhow::Result<Run> {
    let context = || format!("apply {}", migration.up.path);
    match migrator.run_to(migration.version, connection).await {
        Ok(()) => Ok(Run::Done),
        Err(MigrateError::ExecuteMigration(error, _)) => {
            match refusal::refusal(&error, migration, None) {
                Some(refusal) => Ok(Run::Refused(refusal)),
                None => Err(error).with_context(context),
            }
        }
        Err(MigrateError::Execute(error)) => match refusal::refusal(&error, migration, None) {
            Some(refusal) => Ok(Run::LedgerRefused(refusal.text())),
            None => Err(error).with_context(context),
        },
        Err(error) => Err(error).with_context(context),
    }
}
