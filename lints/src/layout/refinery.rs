//! refinery's layout: `V<VERSION>__<NAME>.sql`, and `U…` for what may come out of turn, in any folders.
//!
//! Sources: refinery's README; `find_migration_files` and `parse_no_transaction` in refinery-core's `util.rs`. Each migration is
//! sent as one query, in a transaction unless a comment says otherwise; no release up to 0.10.1 reads that comment, so that nobody
//! is told to write it.

use crate::{
    layout::{flyway, sections::words},
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// What makes refinery send a file without a transaction, in lower case.
const NO_TRANSACTION: &str = "+refinery no transaction";

/// Reads the files of a folder and of those in it.
///
/// # Errors
/// When two have one version.
pub(super) fn read(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let mut migrations = Vec::new();
    let mut ignored = Vec::new();
    for file in files {
        let Some((version, description)) = parse(&file.path) else {
            ignored.push(file);
            continue;
        };
        let mut migration = Migration::new(version, description, file, TransactionMode::Wrapped);
        let asks = |comment: &crate::token::Comment| words(&comment.text) == NO_TRANSACTION;
        if migration.comments.iter().any(asks) {
            migration.mode = TransactionMode::Unwrapped;
        }
        migrations.push(migration);
    }
    MigrationSet::new(migrations, ignored)
}

fn parse(path: &str) -> Option<(i64, String)> {
    let (prefix, version, description) = flyway::split(path)?;
    let version = version
        .parse()
        .ok()
        .filter(|_| matches!(prefix, "V" | "U"))?;
    Some((version, description.replace('_', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_prefixes_are_ways_up() {
        let files = [
            ("U3__c.sql", "SELECT 1;"),
            ("sub/V2__b_b.sql", "-- +refinery NO TRANSACTION\nVACUUM;"),
            ("V1__a.sql", "SELECT 1;"),
            ("V1.1__d.sql", ""),
            ("R__e.sql", ""),
        ];
        let files = files.map(|(path, text)| SourceFile::new(path, text));
        let set = read(files.into()).expect("all is well");
        let shown: Vec<_> = set
            .iter()
            .map(|one| (one.version, one.description.as_str(), one.mode))
            .collect();
        assert_eq!(
            shown,
            [
                (1, "a", TransactionMode::Wrapped),
                (2, "b b", TransactionMode::Unwrapped),
                (3, "c", TransactionMode::Wrapped)
            ]
        );
        assert_eq!(set.ignored.len(), 2);
    }
}
