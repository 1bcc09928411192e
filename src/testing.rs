//! For a project's own `tests/`: the whole check in one call, and a migrated database for each test.
//!
//! The first test of a process starts one Postgres and applies the migrations once; each test gets a copy of that
//! database. The last one to end takes the server away.

use std::{
    collections::HashMap,
    fmt,
    ops::Deref,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::{Context, bail};
use rehearsal_lints::{Finding, Level, MigrationSet, Settings, lint, suppression};
use sqlx::{PgConnection, migrate::Migrator};
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::{
    acts::{RehearsalOptions, apply},
    database::Database,
    migrator,
    provider::{ProviderSettings, Quiet},
    rehearsal::{Rehearsal, rehearse},
    schema::Schema,
    server::Server,
    verdict,
};

/// What lint and rehearsal say of a set of migrations.
#[derive(Debug)]
pub struct Checked {
    /// Everything found that no suppression comment allows.
    pub findings: Vec<Finding>,
    /// The schema after the last migration.
    pub schema: Schema,
    set: MigrationSet,
}

/// Lints the migrations, applies them twice on an ephemeral Postgres, and reads the schema: what `cargo xtask check` does,
/// with the default settings.
///
/// ```
/// # use sqlx::migrate::Migrator;
/// # #[tokio::main]
/// # async fn main() -> anyhow::Result<()> {
/// // In a project with sqlx's `macros` feature: `static MIGRATOR: Migrator = sqlx::migrate!();`
/// let migrator = Migrator::new(std::path::Path::new("migrations")).await?;
/// let checked = rehearsal::testing::check(&migrator).await?;
/// checked.assert_clean();
/// assert!(checked.schema.to_sql().contains("CREATE TABLE public.events"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When there is no way to get a Postgres; the error lists the ways.
pub async fn check(migrator: &Migrator) -> anyhow::Result<Checked> {
    let set = migrator::migration_set(migrator)?;
    let settings = Settings::default();
    let shared = Shared::get().await?;
    // The acts reset roles and settings of the whole server, so one rehearsal runs at a time.
    let rehearsal: Rehearsal = {
        let _alone = shared.alone.lock().await;
        rehearse(&shared.server, &set, &RehearsalOptions::default(), &Quiet).await?
    };
    let predicted = lint::find(&set, &settings);
    let mut findings = verdict::judge(&set, &settings, predicted, &rehearsal).findings;
    findings.extend(rehearsal.findings);
    let findings =
        suppression::apply(&set, &settings, findings, suppression::Decided::ByRunning).findings;
    Ok(Checked {
        findings,
        schema: rehearsal.schema,
        set,
    })
}

impl Checked {
    /// Ends the test with the list of findings at level error, if there are any.
    ///
    /// # Panics
    /// When there are.
    #[track_caller]
    pub fn assert_clean(&self) {
        let errors = self
            .findings
            .iter()
            .filter(|finding| finding.level == Level::Error)
            .count();
        assert!(errors == 0, "{errors} errors in the migrations\n{self}");
    }
}

impl fmt::Display for Checked {
    /// One finding a line: `path:line:column: level[rule]: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let file = self
                .set
                .iter()
                .find(|migration| migration.up.path == finding.path);
            f.write_str(&finding.path)?;
            if let Some(migration) = file {
                write!(f, ":{}", migration.up.position(finding.span.start))?;
            }
            writeln!(
                f,
                ": {}[{}]: {}",
                finding.level, finding.rule.name, finding.message
            )?;
        }
        Ok(())
    }
}

/// A database with all migrations applied, for one test. It is dropped when the test ends well; when the test panics it is
/// kept for an hour, and its connection string is printed.
///
/// ```
/// # use sqlx::migrate::Migrator;
/// use rehearsal::testing::TestDatabase;
///
/// # #[tokio::main]
/// # async fn main() -> anyhow::Result<()> {
/// # let migrator = Migrator::new(std::path::Path::new("migrations")).await?;
/// let database = TestDatabase::new(&migrator).await?;
/// let mut connection = database.connect().await?;
/// let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut connection).await?;
/// assert_eq!(events, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    shared: Arc<Shared>,
}

impl TestDatabase {
    /// Copies the migrated database; the first call of a process starts the server and migrates.
    ///
    /// The server is chosen as `cargo xtask check` chooses it, by the `REHEARSAL_…` variables of
    /// [`ProviderSettings::from_env`].
    ///
    /// # Errors
    /// When there is no way to get a Postgres, or a migration does not apply.
    pub async fn new(migrator: &Migrator) -> anyhow::Result<Self> {
        let shared = Shared::get().await?;
        let template = shared.template(migrator).await?;
        // A template must have nobody connected to it, and a copy under way is a connection.
        let _alone = shared.alone.lock().await;
        let database = shared.server.clone_database(&template, "test").await?;
        Ok(Self {
            database,
            shared: Arc::clone(&shared),
        })
    }

    /// Connects.
    ///
    /// # Errors
    /// When the server has gone.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        self.database.connect().await
    }
}

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.keep.store(true, Ordering::Relaxed);
            eprintln!(
                "the test's database is kept for an hour: {}",
                self.database.url()
            );
            return;
        }
        // A destructor cannot wait for the test's own runtime, which may be ending.
        let database = self.database.clone();
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(database.drop())
        });
        // What is left goes with the server.
        let _ = dropped.join();
    }
}

/// The server of this process's tests.
#[derive(Debug)]
struct Shared {
    server: Server,
    /// By the checksums of the migrations.
    templates: Mutex<HashMap<Vec<u8>, Arc<OnceCell<Database>>>>,
    /// Held while something is done that must be alone on the server.
    alone: AsyncMutex<()>,
    /// A test has failed: its database is to be looked at.
    keep: AtomicBool,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.keep.load(Ordering::Relaxed)
            && let Err(error) = self.server.keep()
        {
            eprintln!("{error:#}");
        }
    }
}

impl Shared {
    async fn get() -> anyhow::Result<Arc<Self>> {
        static SHARED: AsyncMutex<Weak<Shared>> = AsyncMutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(shared) = shared.upgrade() {
            return Ok(shared);
        }
        let server = Server::start(&ProviderSettings::from_env()?, &Quiet).await?;
        let new = Arc::new(Self {
            server,
            templates: Mutex::default(),
            alone: AsyncMutex::default(),
            keep: AtomicBool::new(false),
        });
        *shared = Arc::downgrade(&new);
        Ok(new)
    }

    async fn template(&self, migrator: &Migrator) -> anyhow::Result<Database> {
        let key: Vec<u8> = migrator
            .iter()
            .flat_map(|migration| migration.checksum.iter().copied())
            .collect();
        let cell = {
            let mut templates = self
                .templates
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(templates.entry(key).or_default())
        };
        let template = cell.get_or_try_init(|| self.migrate(migrator)).await?;
        Ok(template.clone())
    }

    async fn migrate(&self, migrator: &Migrator) -> anyhow::Result<Database> {
        let set = migrator::migration_set(migrator)?;
        let _alone = self.alone.lock().await;
        self.server.admit(&set)?;
        let applied = apply::apply(&self.server, &set, &Quiet)
            .await
            .context("apply the migrations")?;
        if let Some(finding) = applied.findings.first() {
            bail!("{} does not apply: {}", finding.path, finding.message);
        }
        Ok(applied.database)
    }
}
