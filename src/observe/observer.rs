//! The second session, and what it saw before the migration.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use rehearsal_lints::LockMode;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::database::Database;

/// The second session. It still sees the old catalog, so dropped and renamed relations have their names, and relations
/// that the transaction made do not show at all.
#[derive(Debug)]
pub(crate) struct Observer {
    connection: PgConnection,
    /// The relations that are there, by object identifier.
    relations: BTreeMap<i64, Known>,
    /// The tables that the role may lock in any mode and delete from, quoted.
    tables: Vec<String>,
    /// The migration was given no rows, so that none of them is there to lose.
    without_rows: bool,
}

/// A relation.
#[derive(Debug)]
struct Known {
    /// Its name, qualified where its schema is not `public`.
    name: String,
    /// An index, with or without rows.
    index: bool,
    /// The table that an index, a column's sequence or a partition belongs to.
    part_of: Option<i64>,
}

/// What a backend holds and waits for at one moment.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// The strongest lock that it has or wants on each existing relation.
    pub(super) modes: BTreeMap<String, LockMode>,
    /// The indexes, columns' sequences and partitions among them whose table is locked as strongly.
    pub(super) covered: BTreeSet<String>,
    /// Whether it waits for one of them, or for a transaction to end.
    pub(super) waits: bool,
}

impl Locks {
    /// What is held now, was not held before, and makes somebody wait who would not wait anyway.
    pub(super) fn taken(&self, before: &BTreeMap<String, LockMode>) -> BTreeMap<String, LockMode> {
        let new = self.modes.iter().filter(|(relation, mode)| {
            before.get(*relation) < Some(mode) && !self.covered.contains(*relation)
        });
        new.map(|(relation, mode)| (relation.clone(), *mode))
            .collect()
    }

    /// Adds what is seen a moment later; the strongest lock on each relation stays.
    pub(super) fn merge(&mut self, later: Self) {
        for (relation, mode) in later.modes {
            if self.modes.get(&relation) >= Some(&mode) {
                continue;
            }
            match later.covered.contains(&relation) {
                true => self.covered.insert(relation.clone()),
                false => self.covered.remove(&relation),
            };
            self.modes.insert(relation, mode);
        }
    }
}

impl Observer {
    /// Connects and looks at what is there.
    ///
    /// # Errors
    /// When the server has gone.
    pub(crate) async fn new(database: &Database) -> anyhow::Result<Self> {
        let connection = database.connect().await?;
        let mut observer = Self {
            connection,
            relations: BTreeMap::new(),
            tables: Vec::new(),
            without_rows: false,
        };
        observer.look().await?;
        Ok(observer)
    }

    /// Looks at what is there now.
    async fn look(&mut self) -> anyhow::Result<()> {
        let rows = sqlx::query(
            "SELECT c.oid::bigint AS oid, c.relkind IN ('i', 'I') AS index,
                    coalesce(i.indrelid, d.refobjid, p.inhparent)::bigint AS part_of,
                    CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
                    format('%I.%I', n.nspname, c.relname) AS quoted,
                    c.relkind IN ('r', 'p') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                    AND pg_catalog.has_table_privilege(c.oid, 'DELETE') AS writable
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
             LEFT JOIN pg_catalog.pg_inherits p ON p.inhrelid = c.oid AND c.relispartition
             LEFT JOIN pg_catalog.pg_depend d ON c.relkind = 'S' AND d.classid = 1259 AND d.objid = c.oid
                  AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
             WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I') AND c.relpersistence <> 't'
               AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
             ORDER BY c.oid",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("read the relations")?;
        for row in rows {
            if row.try_get("writable")? {
                self.tables.push(row.try_get("quoted")?);
            }
            let known = Known {
                name: row.try_get("name")?,
                index: row.try_get("index")?,
                part_of: row.try_get("part_of")?,
            };
            self.relations.insert(row.try_get("oid")?, known);
        }
        Ok(())
    }

    /// The name of a relation that was there, and is no index.
    pub(super) fn table(&self, oid: i64) -> Option<&str> {
        let known = self.relations.get(&oid).filter(|known| !known.index);
        known.map(|known| known.name.as_str())
    }

    /// The name of an index that was there.
    pub(super) fn index(&self, oid: i64) -> Option<&str> {
        let known = self.relations.get(&oid).filter(|known| known.index);
        known.map(|known| known.name.as_str())
    }

    /// Each partition that was there, with the table that it is a partition of.
    pub(crate) fn partitions(&self) -> BTreeMap<String, String> {
        let tables = self.relations.values().filter(|known| !known.index);
        tables
            .filter_map(|known| Some((known.name.clone(), self.table(known.part_of?)?.to_owned())))
            .collect()
    }

    /// Locks every table, until the transaction ends.
    pub(super) async fn lock_all(
        &self,
        transaction: &mut PgConnection,
        mode: LockMode,
    ) -> Result<(), sqlx::Error> {
        if self.tables.is_empty() {
            return Ok(());
        }
        let tables = self.tables.join(", ");
        let sql = AssertSqlSafe(format!("LOCK TABLE ONLY {tables} IN {mode} MODE"));
        sqlx::raw_sql(sql).execute(transaction).await.map(drop)
    }

    /// Whether the tables still have the rows that they had before the migration.
    pub(super) fn kept_rows(&self) -> bool {
        !self.without_rows
    }

    /// Deletes the rows of every table in the open transaction, without firing triggers; false where the role may not do
    /// that.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn remove_rows(
        &mut self,
        transaction: &mut PgConnection,
    ) -> anyhow::Result<bool> {
        let deletes: String = self
            .tables
            .iter()
            .map(|table| format!("DELETE FROM ONLY {table};"))
            .collect();
        let sql = format!(
            "SAVEPOINT rehearsal_rows; SET LOCAL session_replication_role = replica; {deletes}
             SET LOCAL session_replication_role = origin; RELEASE rehearsal_rows"
        );
        match sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await
        {
            Ok(_) => {
                self.without_rows = true;
                Ok(true)
            }
            Err(error) if error.as_database_error().is_some() => {
                sqlx::raw_sql("ROLLBACK TO rehearsal_rows")
                    .execute(transaction)
                    .await?;
                Ok(false)
            }
            Err(error) => Err(error).context("remove the generated rows"),
        }
    }

    /// What the backend holds and waits for.
    pub(super) async fn locks(&mut self, pid: i32) -> anyhow::Result<Locks> {
        let rows = sqlx::query(
            "SELECT relation::bigint AS oid, mode, granted FROM pg_catalog.pg_locks
             WHERE pid = $1 AND (locktype = 'relation' OR NOT granted)",
        )
        .bind(pid)
        .fetch_all(&mut self.connection)
        .await
        .context("read the locks")?;
        let mut waits = false;
        let mut modes: BTreeMap<i64, LockMode> = BTreeMap::new();
        for row in rows {
            waits |= !row.try_get::<bool, _>("granted")?;
            if let (Some(oid), Some(mode)) = (
                row.try_get::<Option<i64>, _>("oid")?,
                mode(row.try_get("mode")?),
            ) {
                let strongest = modes.entry(oid).or_insert(mode);
                *strongest = mode.max(*strongest);
            }
        }
        let named = modes.iter().filter_map(|(oid, mode)| {
            let known = self.relations.get(oid)?;
            Some((known.name.clone(), *mode))
        });
        let covered = modes.iter().filter_map(|(oid, mode)| {
            let known = self.relations.get(oid)?;
            self.is_covered(known, *mode, &modes)
                .then(|| known.name.clone())
        });
        Ok(Locks {
            covered: covered.collect(),
            modes: named.collect(),
            waits,
        })
    }

    /// Whether what the relation belongs to is locked as strongly: whoever would wait for it waits for that already.
    fn is_covered(&self, known: &Known, mode: LockMode, modes: &BTreeMap<i64, LockMode>) -> bool {
        let Some(whole) = known.part_of else {
            return false;
        };
        // Reading a table opens its indexes: those locks are weak and say nothing.
        known.index && mode < LockMode::ShareUpdateExclusive
            || modes.get(&whole) >= Some(&mode)
            || self
                .relations
                .get(&whole)
                .is_some_and(|known| self.is_covered(known, mode, modes))
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
