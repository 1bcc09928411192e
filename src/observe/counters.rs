//! What a transaction did, relation by relation: files, scans, rows, write-ahead log.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::Context;
use rehearsal_lints::Loss;
use sqlx::{PgConnection, Row};

use crate::observe::{Observation, observer::Observer};

/// What the transaction has done so far.
#[derive(Debug)]
pub(super) struct Counters {
    relations: BTreeMap<i64, Counter>,
    wal: i64,
    lock_timeout_ms: i64,
}

/// Sources: `pg_stat_xact_user_tables`, `pg_relation_filenode` and `pg_relation_size`.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    /// Of an index, its table.
    index_of: Option<i64>,
    filenode: i64,
    bytes: i64,
    scans: i64,
    rows_read: i64,
    rows_changed: i64,
    rows_updated: i64,
    rows_deleted: i64,
    /// Columns that were dropped.
    columns_gone: i64,
}

impl Counters {
    pub(super) async fn read(connection: &mut PgConnection) -> anyhow::Result<Self> {
        let rows = sqlx::query(
            "SELECT c.oid::bigint AS oid, i.indrelid::bigint AS index_of,
                    coalesce(pg_catalog.pg_relation_filenode(c.oid)::bigint, 0) AS filenode,
                    coalesce(pg_catalog.pg_relation_size(c.oid), 0) AS bytes, coalesce(s.seq_scan, 0) AS scans, coalesce(s.seq_tup_read, 0) AS rows_read,
                    coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0) AS rows_changed,
                    coalesce(s.n_tup_upd, 0) AS rows_updated, coalesce(s.n_tup_del, 0) AS rows_deleted,
                    (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attisdropped) AS columns_gone,
                    (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::bigint AS wal,
                    (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'lock_timeout') AS lock_timeout
             FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_stat_xact_user_tables s ON s.relid = c.oid
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
             WHERE c.relkind IN ('r', 'm', 'i') AND c.oid >= 16384 OR c.oid = 1259",
        )
        .fetch_all(connection)
        .await
        .context("read the statement's counters")?;
        let mut counters = Self {
            relations: BTreeMap::new(),
            wal: 0,
            lock_timeout_ms: 0,
        };
        for row in rows {
            counters.wal = row.try_get("wal")?;
            counters.lock_timeout_ms = row.try_get("lock_timeout")?;
            let counter = Counter {
                index_of: row.try_get("index_of")?,
                filenode: row.try_get("filenode")?,
                bytes: row.try_get("bytes")?,
                scans: row.try_get("scans")?,
                rows_read: row.try_get("rows_read")?,
                rows_changed: row.try_get("rows_changed")?,
                rows_updated: row.try_get("rows_updated")?,
                rows_deleted: row.try_get("rows_deleted")?,
                columns_gone: row.try_get("columns_gone")?,
            };
            counters.relations.insert(row.try_get("oid")?, counter);
        }
        Ok(counters)
    }

    /// What happened to the existing relations between two moments.
    pub(super) fn until(&self, after: &Self, observer: &Observer) -> Observation {
        let mut observation = Observation {
            lock_timeout_ms: self.lock_timeout_ms,
            wal_bytes: after.wal - self.wal,
            ..Observation::default()
        };
        for (oid, before) in &self.relations {
            let Some(name) = observer.table(*oid) else {
                continue;
            };
            let mut lost = losses(before, after.relations.get(oid));
            if observer.kept_rows() && is_emptied(before, after.relations.get(oid)) {
                lost.insert(Loss::Rows);
            }
            if !lost.is_empty() {
                observation.lost.insert(name.to_owned(), lost);
            }
        }
        // A new index may take over an old one's file.
        let files: HashSet<i64> = self.relations.values().map(|one| one.filenode).collect();
        for (oid, now) in &after.relations {
            let before = self.relations.get(oid);
            let anew = now.filenode != 0 && !files.contains(&now.filenode);
            if let Some(table) = now.index_of {
                let (Some(name), false) = (observer.table(table), self.is_anew(after, table))
                else {
                    continue;
                };
                if anew {
                    observation.built.insert(name.to_owned());
                }
                if let Some(index) = observer.index(*oid).filter(|_| anew) {
                    observation.rebuilt.insert(index.to_owned());
                }
                continue;
            }
            let (Some(name), Some(before)) = (observer.table(*oid), before) else {
                continue;
            };
            if anew {
                observation.rewritten.insert(name.to_owned());
            }
            if now.scans > before.scans {
                observation
                    .scanned
                    .insert(name.to_owned(), now.rows_read - before.rows_read);
            }
            if now.rows_changed > before.rows_changed {
                observation
                    .touched
                    .insert(name.to_owned(), now.rows_changed - before.rows_changed);
            }
        }
        observation
    }

    /// Whether a relation got a new file between two moments.
    fn is_anew(&self, after: &Self, oid: i64) -> bool {
        let filenode = |counters: &Self| counters.relations.get(&oid).map(|one| one.filenode);
        filenode(after) != filenode(self)
    }
}

/// What a table lost between two moments.
fn losses(before: &Counter, after: Option<&Counter>) -> BTreeSet<Loss> {
    let Some(after) = after else {
        return BTreeSet::from([Loss::Table]);
    };
    [
        (after.columns_gone > before.columns_gone, Loss::Column),
        (after.rows_deleted > before.rows_deleted, Loss::Rows),
        (after.rows_updated > before.rows_updated, Loss::Values),
    ]
    .into_iter()
    .filter_map(|(is_lost, loss)| is_lost.then_some(loss))
    .collect()
}

/// Whether a table's file was not empty and is now. Rows that the transaction has deleted before leave with the file when it
/// is written anew. Scans tell nothing: building the indexes of the empty file is one.
fn is_emptied(before: &Counter, after: Option<&Counter>) -> bool {
    let emptied = after.is_some_and(|after| before.bytes > 0 && after.bytes == 0);
    emptied && before.rows_deleted == 0
}
