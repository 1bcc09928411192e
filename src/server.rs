//! A running ephemeral Postgres, or databases of our own on a named server.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use rehearsal_lints::MigrationSet;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::time::{sleep, timeout};

use crate::causes;
use crate::cluster::{Cluster, Ownership};
use crate::database::{Database, quote};
use crate::provider::{OLDEST_MAJOR, Progress, ProviderKind, ProviderSettings, Running, Skipped};
use crate::reach;

/// Settings of a server whose data nobody will miss, and which answers the same way each time.
/// `wal_level` stays as it is: migrations may depend on it.
pub(crate) const OPTIONS: [&str; 5] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
];

/// How long a server may take from its start to its first answer.
const START: Duration = Duration::from_secs(60);
/// How long a named server may take to answer.
const REACH: Duration = Duration::from_secs(10);
/// How long work goes on before anybody asks whether the server is still there, and between two such questions.
const PULSE: Duration = Duration::from_secs(5);
/// How many of these questions in a row have to stay without an answer: machines are busy.
const PULSES: u32 = 3;

/// A running ephemeral Postgres. Dropping it removes it with all its databases, folders and containers, and waits until
/// they are gone.
#[derive(Debug)]
pub struct Server {
    kind: ProviderKind,
    skipped: Vec<Skipped>,
    version: ServerVersion,
    statement_timeout: Duration,
    running: Running,
    cluster: Cluster,
}

/// A Postgres version as its `server_version_num` gives it: 170005 is 17.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(pub u32);

impl Server {
    /// Gets a Postgres: by the way that the settings name, or by the first of [`ProviderKind::AUTO`] that works.
    ///
    /// # Errors
    /// When the named way does not work, or none does: the error then lists each with its reason.
    pub async fn start(
        settings: &ProviderSettings,
        progress: &dyn Progress,
    ) -> anyhow::Result<Server> {
        settings.validate()?;
        if let Some(kind) = settings.kind {
            return start_one(kind, settings, progress)
                .await
                .with_context(|| format!("get a Postgres by `{kind}`"));
        }

        let mut skipped = Vec::new();
        for kind in ProviderKind::AUTO {
            match start_one(kind, settings, progress).await {
                Ok(server) => return Ok(Server { skipped, ..server }),
                Err(error) => skipped.push(Skipped {
                    kind,
                    reason: causes(&error),
                }),
            }
        }
        let ways: String = skipped
            .iter()
            .map(|way| format!("\n  {}: {}", way.kind, way.reason))
            .collect();
        bail!("no way to get a Postgres {} works{ways}", settings.major);
    }

    /// The way that was taken.
    #[must_use]
    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// The ways that were tried before.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// What the server came from: an image, a folder of binaries, a host.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.running.origin
    }

    /// How to connect as the server's administrator.
    #[must_use]
    pub fn admin_options(&self) -> PgConnectOptions {
        self.running.admin.clone()
    }

    /// Creates an empty database, named for the run and the label: UTF-8, sorted by bytes, from `template0`.
    ///
    /// # Errors
    /// When the server refuses or has gone.
    pub async fn create_database(&self, label: &str) -> anyhow::Result<Database> {
        let how = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";
        self.create(label, how)
            .await
            .with_context(|| format!("create a database for {label}"))
    }

    /// Creates a copy of `template`, to which nobody may be connected.
    ///
    /// # Errors
    /// When somebody stays connected to the template, or the server refuses or has gone.
    pub async fn clone_database(
        &self,
        template: &Database,
        label: &str,
    ) -> anyhow::Result<Database> {
        let how = format!("TEMPLATE {}", quote(template.name()));
        self.create(label, &how)
            .await
            .with_context(|| format!("clone the database {} for {label}", template.name()))
    }

    /// Lets a set of migrations run here: on a named server, only one that stays within what it creates.
    ///
    /// # Errors
    /// When it does not; the error names the statement.
    pub(crate) fn admit(&self, set: &MigrationSet) -> anyhow::Result<()> {
        match self.kind {
            ProviderKind::Server => {
                reach::refuse(set, self.cluster.roles())?;
                let own = reach::own_roles(set, self.cluster.roles());
                self.running.created.expect_roles(own);
                Ok(())
            }
            ProviderKind::Container | ProviderKind::Local | ProviderKind::Download => Ok(()),
        }
    }

    /// The roles that the set has made. On a named server, where others make roles too, those that its text creates.
    ///
    /// # Errors
    /// When the server refuses or has gone.
    pub(crate) async fn made_roles(&self, set: &MigrationSet) -> anyhow::Result<BTreeSet<String>> {
        if self.kind == ProviderKind::Server {
            return Ok(reach::own_roles(set, &BTreeSet::new()));
        }
        let mut admin = connect_admin(&self.running.admin).await?;
        let now = Cluster::read(&mut admin)
            .await
            .context("read the roles that the migrations made")?;
        Ok(now
            .roles()
            .difference(self.cluster.roles())
            .cloned()
            .collect())
    }

    /// Takes back what the run changed outside its databases, so that the next one starts from nothing: roles,
    /// tablespaces, settings of the system, of roles and of databases. Drop the run's databases first.
    ///
    /// # Errors
    /// When the server refuses or has gone.
    pub async fn reset_cluster(&self) -> anyhow::Result<()> {
        let mut admin = connect_admin(&self.running.admin).await?;
        let created = &self.running.created;
        let ownership = match self.kind {
            ProviderKind::Server => Ownership::Shared {
                roles: created.roles(),
            },
            ProviderKind::Container | ProviderKind::Local | ProviderKind::Download => {
                Ownership::Whole {
                    kept: created.databases(),
                }
            }
        };
        self.cluster
            .restore(&mut admin, &self.running.admin, &ownership)
            .await
            .context("reset the roles and settings that the run made")
    }

    /// Tells of an error that a lost connection caused whether the server ended or crashed, what was under way, the tail
    /// of its log, and what to do. Any other error comes back as it is.
    pub async fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        if !error.chain().any(is_connection_loss) {
            return error;
        }
        let health = self.running.kept.inspect().await;
        let what = match health.alive {
            Some(false) => "the server ended unexpectedly",
            Some(true) | None => "the server closed the connection unexpectedly",
        };
        let what = format!("{what}: {}", causes(&error));
        anyhow!(
            "{}\nrun it again; where the same statement ends the server again, try it on another version of Postgres",
            with_log(&what, &health.log)
        )
    }

    /// Waits for work on the server, unless the server stops answering meanwhile: a connection through a network that is
    /// gone may stay silent for ever. An error is told as [`Server::explain`] does.
    pub(crate) async fn watch<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let result = tokio::select! {
            result = work => result,
            error = self.silence() => Err(error),
        };
        match result {
            Ok(done) => Ok(done),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Ends when the server did not answer several times in a row.
    async fn silence(&self) -> anyhow::Error {
        let mut missed = 0;
        loop {
            sleep(PULSE).await;
            match connect_admin(&self.running.admin).await {
                Err(error) if !error.chain().any(is_answer) => {
                    missed += 1;
                    if missed == PULSES {
                        return error.context("the server does not answer any more: run it again");
                    }
                }
                Ok(_) | Err(_) => missed = 0,
            }
        }
    }

    /// Lets the server run on for an hour after this process, with all databases that were not dropped; a run after that
    /// removes it. On a binary of this machine it is restarted, which cuts connections.
    ///
    /// # Errors
    /// When it could not be kept; it is gone then.
    pub fn keep(&self) -> anyhow::Result<()> {
        self.running.kept.keep().context("keep the server")
    }

    /// Removes the server with its databases, folders and containers. On a named server: drops the run's databases,
    /// and what [`Server::reset_cluster`] takes back.
    ///
    /// # Errors
    /// When something could not be removed; the next run tries again.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.running
            .kept
            .remove()
            .await
            .context("remove the server")
    }

    async fn create(&self, label: &str, how: &str) -> anyhow::Result<Database> {
        let name = self.running.created.reserve(&self.running.run, label);
        let sql = format!("CREATE DATABASE {} {how}", quote(&name));
        let result: anyhow::Result<()> = async {
            let mut admin = connect_admin(&self.running.admin).await?;
            admin.execute(AssertSqlSafe(sql)).await?;
            admin.close().await?;
            Ok(())
        }
        .await;
        if let Err(error) = result {
            // The name stays reserved: the server may have made the database before the connection broke.
            return Err(self.explain(error).await);
        }
        Ok(Database::new(
            name,
            &self.running.admin,
            self.statement_timeout,
            self.running.created.clone(),
        ))
    }
}

impl ServerVersion {
    /// The major: 17 of 17.5.
    #[must_use]
    pub fn major(self) -> u16 {
        u16::try_from(self.0 / 10_000).unwrap_or(u16::MAX)
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10_000, self.0 % 10_000)
    }
}

/// Connects as administrator.
pub(crate) async fn connect_admin(options: &PgConnectOptions) -> anyhow::Result<PgConnection> {
    let options = options
        .clone()
        .application_name("rehearsal")
        .disable_statement_logging();
    timeout(REACH, PgConnection::connect_with(&options))
        .await
        .map_err(|_| anyhow!("no answer within {} seconds", REACH.as_secs()))?
        .with_context(|| format!("connect to {}", address(&options)))
}

/// Where a server is, without user and password.
pub(crate) fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("{}:{}", socket.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

async fn start_one(
    kind: ProviderKind,
    settings: &ProviderSettings,
    progress: &dyn Progress,
) -> anyhow::Result<Server> {
    let running = kind.provider().start(settings, progress).await?;
    let mut admin = first_connection(&running).await?;
    let (number,): (i32,) = sqlx::query_as("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut admin)
        .await?;
    let version = ServerVersion(u32::try_from(number).context("read server_version_num")?);
    if version.major() < OLDEST_MAJOR {
        bail!("Postgres {version} is too old: Rehearsal needs {OLDEST_MAJOR} or newer");
    }
    let cluster = Cluster::read(&mut admin)
        .await
        .context("read the server's roles and settings")?;
    admin.close().await?;
    Ok(Server {
        kind,
        skipped: Vec::new(),
        version,
        statement_timeout: settings.statement_timeout,
        running,
        cluster,
    })
}

/// Tries until the server answers, or has ended, or takes too long.
pub(crate) async fn first_connection(running: &Running) -> anyhow::Result<PgConnection> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        let error = match connect_admin(&running.admin).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if error.chain().any(is_refusal) {
            return Err(error);
        }
        let health = running.kept.inspect().await;
        match health.alive {
            Some(true) if began.elapsed() < START => {}
            Some(false) => {
                return Err(
                    error.context(with_log("the server ended while it started", &health.log))
                );
            }
            Some(true) | None => return Err(error),
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// What happened, and the last lines of the log.
pub(crate) fn with_log(what: &str, log: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines[lines.len().saturating_sub(LINES)..].join("\n  ");
    if tail.is_empty() {
        what.to_owned()
    } else {
        format!("{what}; its log ends with\n  {tail}")
    }
}

/// Whether a server that is up refuses the connection; one that still starts says 57P03.
fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    let Some(sqlx::Error::Database(refusal)) = error.downcast_ref::<sqlx::Error>() else {
        return false;
    };
    refusal.code().is_some_and(|code| code != "57P03")
}

/// Whether a server is there to say so, whatever it says.
fn is_answer(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(
        error.downcast_ref::<sqlx::Error>(),
        Some(sqlx::Error::Database(_))
    )
}

/// Whether this is what a client sees of a server that has gone: a broken stream, or SQLSTATE class 08 or 57P0x.
fn is_connection_loss(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => true,
        Some(sqlx::Error::Database(refusal)) => refusal
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P0")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ServerVersion;

    #[test]
    fn version_reads_as_people_write_it() {
        assert_eq!(ServerVersion(170_005).to_string(), "17.5");
        assert_eq!(ServerVersion(130_023).major(), 13);
    }
}
