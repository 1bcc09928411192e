//! Table-level lock modes, and who waits for whom.

use std::fmt;

/// A table-level lock mode, weakest first.
///
/// Source: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// Taken by `SELECT`.
    AccessShare,
    /// Taken by `SELECT … FOR UPDATE`.
    RowShare,
    /// Taken by `INSERT`, `UPDATE`, `DELETE`.
    RowExclusive,
    /// Taken by `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`, `ANALYZE`.
    ShareUpdateExclusive,
    /// Taken by `CREATE INDEX`: blocks writes.
    Share,
    /// Taken by `CREATE TRIGGER`, `ADD FOREIGN KEY`: blocks writes and itself.
    ShareRowExclusive,
    /// Taken by `REFRESH MATERIALIZED VIEW CONCURRENTLY`: blocks all but reads.
    Exclusive,
    /// Taken by most of `ALTER TABLE`, by `DROP`, `TRUNCATE`: blocks everything.
    AccessExclusive,
}

impl LockMode {
    /// What waits while the lock is held: "reads and writes", "writes" or "other schema changes".
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessExclusive => "reads and writes",
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => "writes",
            Self::ShareUpdateExclusive => "other schema changes",
            Self::AccessShare | Self::RowShare | Self::RowExclusive => {
                "nothing that an application does"
            }
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}
