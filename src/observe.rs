//! One statement, observed: the locks that it takes on relations which were there before, the files that it writes anew,
//! the tables that it reads through, its rows, its write-ahead log and its time.
//!
//! Locks last until the transaction ends, so one look at `pg_locks` from a second session after the statement sees all of
//! them; that session still sees the old catalog, so dropped and renamed relations have their names, and relations that
//! the transaction made do not show at all. A statement that refuses a transaction is made to wait instead, by a third
//! session that writes to every table, and is looked at while it waits.

mod counters;
mod observer;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use rehearsal_lints::{LockMode, Loss, Span};

pub(crate) use {
    observer::Observer,
    statements::{Seen, observe, pid},
};

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
    /// It refused a transaction block, and was observed while it was made to wait: which tables it read is not known.
    pub alone: bool,
    /// Existing tables and materialized views whose rows were written to a new file.
    pub rewritten: BTreeSet<String>,
    /// Existing indexes that were built anew, where the table itself was not.
    pub rebuilt: BTreeSet<String>,
    /// Existing tables that were not written anew and of which an index was built, a new one or an existing one.
    pub built: BTreeSet<String>,
    /// Existing tables that were read from end to end, with the rows read.
    pub scanned: BTreeMap<String, i64>,
    /// Existing tables whose rows were inserted, updated or deleted, with their number.
    pub touched: BTreeMap<String, i64>,
    /// Existing tables that lost something for good, and what.
    pub lost: BTreeMap<String, BTreeSet<Loss>>,
    /// `lock_timeout` in milliseconds while it ran; 0 is none.
    pub lock_timeout_ms: i64,
    /// Bytes of write-ahead log, by whoever wrote them meanwhile.
    pub wal_bytes: i64,
    /// How long it took.
    pub seconds: f64,
}

impl Observation {
    /// The strongest lock that the statement took, with its tables: `ACCESS EXCLUSIVE on users`; "no lock" for none.
    pub fn strongest(&self) -> String {
        let Some(strongest) = self.locks.values().max() else {
            return "no lock".to_owned();
        };
        let taken = self.locks.iter().filter(|(_, mode)| *mode == strongest);
        let tables = taken.map(|(table, _)| format!("`{table}`"));
        format!("{strongest} on {}", rehearsal_lints::series(tables))
    }

    /// Without what the counters of a transaction say of a statement that ran in none.
    fn without_scans(self) -> Self {
        Self {
            scanned: BTreeMap::new(),
            touched: BTreeMap::new(),
            lost: BTreeMap::new(),
            ..self
        }
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
        parts.extend(self.lost.iter().flat_map(|(table, losses)| {
            losses.iter().map(move |loss| match loss {
                Loss::Table => format!("`{table}` is gone"),
                Loss::Column => format!("a column of `{table}` is gone"),
                Loss::Rows => format!("rows of `{table}` are gone"),
                Loss::Values => format!("values in `{table}` are overwritten"),
            })
        }));
        if parts.is_empty() {
            "no further lock".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LockMode, Observation};

    #[test]
    fn the_strongest_lock_names_its_tables() {
        let locked = |locks: &[(&str, LockMode)]| Observation {
            locks: locks
                .iter()
                .map(|(table, mode)| ((*table).to_owned(), *mode))
                .collect(),
            ..Observation::default()
        };
        let (strong, weak) = (LockMode::AccessExclusive, LockMode::RowExclusive);
        assert_eq!(locked(&[]).strongest(), "no lock");
        assert_eq!(
            locked(&[("a", weak), ("b", strong)]).strongest(),
            "ACCESS EXCLUSIVE on `b`"
        );
        let five = ["a", "b", "c", "d", "e"].map(|table| (table, strong));
        assert_eq!(
            locked(&five).strongest(),
            "ACCESS EXCLUSIVE on `a`, `b`, `c` and 2 more"
        );
    }
}
