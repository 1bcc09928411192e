//! One statement, observed: the locks that it takes on relations which were there before, the files that it writes anew,
//! the tables that it reads through, its rows, its write-ahead log and its time.
//!
//! Locks last until the transaction ends, so one look at `pg_locks` from a second session after the statement sees all of
//! them; that session still sees the old catalog, so dropped and renamed relations have their names, and relations that
//! the transaction made do not show at all. A statement that refuses a transaction is made to wait instead, by a third
//! session that writes to every table, and is looked at while it waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::Context;
use rehearsal_lints::{LockMode, Migration, Span, statement::Statement};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::{
    database::Database,
    refusal::{self, Refusal},
};

/// How often a waiting statement is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What one statement did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// The statement.
    pub span: Span,
    /// The strongest lock on each table, view or materialized view that was there before the migration, by qualified name:
    /// those that the statement took itself.
    pub locks: BTreeMap<String, LockMode>,
    /// The same with those that earlier statements of the transaction took.
    pub held: BTreeMap<String, LockMode>,
    /// It refused a transaction and was made to wait, which it does without keeping anybody else from his work.
    pub waited_for: bool,
    /// Existing tables and materialized views whose rows were written to a new file.
    pub rewritten: BTreeSet<String>,
    /// Indexes of existing tables that were built anew, where the table itself was not.
    pub rebuilt: BTreeSet<String>,
    /// Existing tables that were read from end to end, with the rows read.
    pub scanned: BTreeMap<String, i64>,
    /// Existing tables whose rows were inserted, updated or deleted, with their number.
    pub touched: BTreeMap<String, i64>,
    /// `lock_timeout` in milliseconds while it ran; 0 is none.
    pub lock_timeout_ms: i64,
    /// Bytes of write-ahead log, by whoever wrote them meanwhile.
    pub wal_bytes: i64,
    /// How long it took.
    pub seconds: f64,
}

impl Observation {
    /// The strongest lock that the statement took, with its table: `ACCESS EXCLUSIVE on users`; "no lock" for none.
    pub fn strongest(&self) -> String {
        let strongest = self.locks.iter().max_by_key(|(_, mode)| **mode);
        strongest.map_or_else(
            || "no lock".to_owned(),
            |(table, mode)| format!("{mode} on `{table}`"),
        )
    }

    /// What was seen, in one line.
    pub fn summary(&self) -> String {
        let mut parts: Vec<String> = self
            .locks
            .iter()
            .filter(|(_, mode)| **mode >= LockMode::ShareUpdateExclusive)
            .map(|(table, mode)| format!("{mode} on `{table}`"))
            .collect();
        parts.extend(
            self.rewritten
                .iter()
                .map(|table| format!("`{table}` written anew")),
        );
        parts.extend(
            self.rebuilt
                .iter()
                .map(|index| format!("index `{index}` built anew")),
        );
        let scanned = self
            .scanned
            .iter()
            .filter(|(table, _)| !self.rewritten.contains(*table));
        parts.extend(scanned.map(|(table, rows)| format!("{rows} rows of `{table}` read")));
        if parts.is_empty() {
            "no further lock".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// The statements of a migration, observed in order, up to the first that Postgres refuses.
///
/// # Errors
/// When the connection is lost.
pub(crate) async fn transaction(
    connection: &mut PgConnection,
    observer: &mut Observer,
    migration: &Migration,
) -> anyhow::Result<(Vec<Observation>, Option<Refusal>)> {
    let pid = pid(connection).await?;
    let mut observations = Vec::with_capacity(migration.statements.len());
    let mut held = observer.locks(pid).await?;
    let mut before = Counters::read(connection).await?;
    for statement in &migration.statements {
        let began = Instant::now();
        if let Err(error) = run(connection, migration, statement).await {
            let refusal = refusal::refusal(&error, migration, None).ok_or(error)?;
            return Ok((observations, Some(refusal)));
        }
        let seconds = began.elapsed().as_secs_f64();
        let now = observer.locks(pid).await?;
        let after = Counters::read(connection).await?;
        let locks = now
            .iter()
            .filter(|(relation, mode)| held.get(*relation) < Some(mode));
        observations.push(Observation {
            span: statement.span,
            locks: locks
                .map(|(relation, mode)| (relation.clone(), *mode))
                .collect(),
            held: now.clone(),
            seconds,
            ..before.until(&after, observer)
        });
        held = now;
        before = after;
    }
    Ok((observations, None))
}

/// A statement that refuses a transaction block, observed while writers to every table make it wait.
///
/// # Errors
/// When a connection is lost. A refusal is none: nothing was observed then.
pub(crate) async fn alone(
    database: &Database,
    observer: &mut Observer,
    migration: &Migration,
    statement: &Statement,
) -> anyhow::Result<Option<Observation>> {
    let mut connection = database.connect().await?;
    let pid = pid(&mut connection).await?;
    let before = Counters::read(&mut connection).await?;
    let mut writer = database.connect().await?;
    let mut writing = writer.begin().await?;
    observer.write_everywhere(&mut writing).await?;
    let began = Instant::now();
    let mut locks = BTreeMap::new();
    let result = {
        let mut running = std::pin::pin!(run(&mut connection, migration, statement));
        loop {
            tokio::select! {
                result = &mut running => break result,
                () = tokio::time::sleep(LOOK) => {}
            }
            let (now, waits) = observer.locks_and_waiting(pid).await?;
            for (relation, mode) in now {
                let strongest = locks.entry(relation).or_insert(mode);
                *strongest = mode.max(*strongest);
            }
            if waits {
                writing.rollback().await?;
                break running.await;
            }
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    if let Err(error) = result {
        return if error.as_database_error().is_some() {
            Ok(None)
        } else {
            Err(error.into())
        };
    }
    let after = Counters::read(&mut connection).await?;
    Ok(Some(Observation {
        span: statement.span,
        held: locks.clone(),
        locks,
        waited_for: true,
        seconds,
        ..before.until(&after, observer)
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

/// The number of a connection's backend.
pub(crate) async fn pid(connection: &mut PgConnection) -> anyhow::Result<i32> {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(connection)
        .await
        .context("ask for the backend's number")
}

/// The second session, and what it saw before the migration.
#[derive(Debug)]
pub(crate) struct Observer {
    connection: PgConnection,
    /// The qualified names of the relations that are there, by object identifier.
    existing: BTreeMap<i64, String>,
    /// The indexes that are there, each with its table.
    indexes: BTreeMap<i64, (String, i64)>,
    /// The tables that can be written to.
    tables: Vec<String>,
}

impl Observer {
    /// Connects and looks at what is there.
    ///
    /// # Errors
    /// When the server has gone.
    pub(crate) async fn new(database: &Database) -> anyhow::Result<Self> {
        let mut connection = database.connect().await?;
        let rows = sqlx::query(
            "SELECT c.oid::bigint AS oid, c.relkind = 'r' AS writable, i.indrelid::bigint AS index_of,
                    CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
                    format('%I.%I', n.nspname, c.relname) AS quoted
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
             WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i') AND c.relpersistence <> 't'
               AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
             ORDER BY c.oid",
        )
        .fetch_all(&mut connection)
        .await
        .context("read the relations")?;
        let mut existing = BTreeMap::new();
        let mut indexes = BTreeMap::new();
        let mut tables = Vec::new();
        for row in rows {
            let (oid, name): (i64, String) = (row.try_get("oid")?, row.try_get("name")?);
            match row.try_get("index_of")? {
                Some(table) => {
                    indexes.insert(oid, (name, table));
                }
                None => {
                    existing.insert(oid, name);
                }
            }
            if row.try_get("writable")? {
                tables.push(row.try_get("quoted")?);
            }
        }
        Ok(Self {
            connection,
            existing,
            indexes,
            tables,
        })
    }

    /// Locks every table as a writer does, until the transaction ends.
    async fn write_everywhere(&self, transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.tables.is_empty() {
            return Ok(());
        }
        let sql = AssertSqlSafe(format!(
            "LOCK TABLE {} IN ROW EXCLUSIVE MODE",
            self.tables.join(", ")
        ));
        sqlx::raw_sql(sql).execute(transaction).await.map(drop)
    }

    /// Deletes the rows of every table, without firing triggers; false where the role may not do that.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn remove_rows(&self, transaction: &mut PgConnection) -> anyhow::Result<bool> {
        let deletes: String = self
            .tables
            .iter()
            .map(|table| format!("DELETE FROM ONLY {table};"))
            .collect();
        let sql = format!(
            "SET LOCAL session_replication_role = replica; {deletes} SET LOCAL session_replication_role = origin;"
        );
        match sqlx::raw_sql(AssertSqlSafe(sql)).execute(transaction).await {
            Ok(_) => Ok(true),
            Err(error) if error.as_database_error().is_some() => Ok(false),
            Err(error) => Err(error).context("remove the generated rows"),
        }
    }

    async fn locks(&mut self, pid: i32) -> anyhow::Result<BTreeMap<String, LockMode>> {
        Ok(self.locks_and_waiting(pid).await?.0)
    }

    /// The strongest lock that the backend has or wants on each existing relation, and whether it waits.
    async fn locks_and_waiting(
        &mut self,
        pid: i32,
    ) -> anyhow::Result<(BTreeMap<String, LockMode>, bool)> {
        let rows = sqlx::query(
            "SELECT relation::bigint AS oid, mode, granted FROM pg_catalog.pg_locks
             WHERE pid = $1 AND (locktype = 'relation' OR NOT granted)",
        )
        .bind(pid)
        .fetch_all(&mut self.connection)
        .await
        .context("read the locks")?;
        let mut locks = BTreeMap::new();
        let mut waits = false;
        for row in rows {
            waits |= !row.try_get::<bool, _>("granted")?;
            let Some(name) = row
                .try_get::<Option<i64>, _>("oid")?
                .and_then(|oid| self.existing.get(&oid))
            else {
                continue;
            };
            let Some(mode) = mode(row.try_get("mode")?) else {
                continue;
            };
            let strongest = locks.entry(name.clone()).or_insert(mode);
            *strongest = mode.max(*strongest);
        }
        Ok((locks, waits))
    }
}

/// A mode as `pg_locks` spells it.
fn mode(text: &str) -> Option<LockMode> {
    Some(match text {
        "AccessShareLock" => LockMode::AccessShare,
        "RowShareLock" => LockMode::RowShare,
        "RowExclusiveLock" => LockMode::RowExclusive,
        "ShareUpdateExclusiveLock" => LockMode::ShareUpdateExclusive,
        "ShareLock" => LockMode::Share,
        "ShareRowExclusiveLock" => LockMode::ShareRowExclusive,
        "ExclusiveLock" => LockMode::Exclusive,
        "AccessExclusiveLock" => LockMode::AccessExclusive,
        _ => return None,
    })
}

/// What the transaction has done so far, table by table.
#[derive(Debug)]
struct Counters {
    tables: BTreeMap<i64, Counter>,
    wal: i64,
    lock_timeout_ms: i64,
}

/// Sources: `pg_stat_xact_user_tables` and `pg_relation_filenode`.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    filenode: i64,
    scans: i64,
    rows_read: i64,
    rows_changed: i64,
}

impl Counters {
    async fn read(connection: &mut PgConnection) -> anyhow::Result<Self> {
        let rows = sqlx::query(
            "SELECT c.oid::bigint AS oid, coalesce(pg_catalog.pg_relation_filenode(c.oid)::bigint, 0) AS filenode,
                    coalesce(s.seq_scan, 0) AS scans, coalesce(s.seq_tup_read, 0) AS rows_read,
                    coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0) AS rows_changed,
                    (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::bigint AS wal,
                    (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'lock_timeout') AS lock_timeout
             FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_stat_xact_user_tables s ON s.relid = c.oid
             WHERE c.relkind IN ('r', 'm', 'i') AND c.oid >= 16384 OR c.oid = 1259",
        )
        .fetch_all(connection)
        .await
        .context("read the statement's counters")?;
        let mut counters = Self {
            tables: BTreeMap::new(),
            wal: 0,
            lock_timeout_ms: 0,
        };
        for row in rows {
            counters.wal = row.try_get("wal")?;
            counters.lock_timeout_ms = row.try_get("lock_timeout")?;
            let counter = Counter {
                filenode: row.try_get("filenode")?,
                scans: row.try_get("scans")?,
                rows_read: row.try_get("rows_read")?,
                rows_changed: row.try_get("rows_changed")?,
            };
            counters.tables.insert(row.try_get("oid")?, counter);
        }
        Ok(counters)
    }

    /// What happened to the existing relations between two moments.
    fn until(&self, after: &Self, observer: &Observer) -> Observation {
        let mut observation = Observation {
            lock_timeout_ms: self.lock_timeout_ms,
            wal_bytes: after.wal - self.wal,
            ..Observation::default()
        };
        for (oid, before) in &self.tables {
            let (Some(name), Some(now)) = (observer.existing.get(oid), after.tables.get(oid))
            else {
                continue;
            };
            if now.filenode != before.filenode {
                observation.rewritten.insert(name.clone());
            }
            if now.scans > before.scans {
                observation
                    .scanned
                    .insert(name.clone(), now.rows_read - before.rows_read);
            }
            if now.rows_changed > before.rows_changed {
                observation
                    .touched
                    .insert(name.clone(), now.rows_changed - before.rows_changed);
            }
        }
        for (oid, (name, table)) in &observer.indexes {
            let filenode =
                |counters: &Self, oid| counters.tables.get(oid).map(|counter| counter.filenode);
            let anew =
                |oid| filenode(after, oid).is_some_and(|now| Some(now) != filenode(self, oid));
            if anew(oid) && !anew(table) {
                observation.rebuilt.insert(name.clone());
            }
        }
        observation
    }
}
