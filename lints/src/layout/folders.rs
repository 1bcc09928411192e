//! A folder for each migration: Diesel's with `up.sql`, `down.sql` and `metadata.toml`, Prisma's with `migration.sql`.
//!
//! Sources: "Configuring Diesel CLI" and `diesel_migrations`; "Prisma Migrate" in Prisma's documentation.

use std::collections::BTreeMap;

use crate::{
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// Diesel's settings of one migration.
pub(super) const METADATA: &str = "metadata.toml";

/// Whether a path is a folder whose name begins with a version, and one of these files in it.
pub(super) fn is_named(path: &str, files: &[&str]) -> bool {
    let Some((folder, file)) = path.split_once('/') else {
        return false;
    };
    files.contains(&file) && folder.starts_with(|c: char| c.is_ascii_digit())
}

/// Diesel's migrations.
///
/// # Errors
/// When two have one version.
pub(super) fn diesel(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    read(files, "up.sql", TransactionMode::Wrapped)
}

/// Prisma's migrations, which it sends as they are.
///
/// # Errors
/// When two have one version.
pub(super) fn prisma(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    read(files, "migration.sql", TransactionMode::Unwrapped)
}

fn read(files: Vec<SourceFile>, up: &str, mode: TransactionMode) -> Result<MigrationSet, SetError> {
    let mut ups = Vec::new();
    let mut others = BTreeMap::new();
    let mut ignored = Vec::new();
    for file in files {
        let (folder, name) = split(&file.path);
        if name == up {
            ups.push(file);
        } else if matches!(name, "down.sql" | METADATA) {
            others.insert((folder.to_owned(), name.to_owned()), file);
        } else {
            ignored.push(file);
        }
    }
    let digits = |file: &SourceFile| digits(split(&file.path).0);
    let longest = ups.iter().map(|file| digits(file).len()).max().unwrap_or(0);
    let mut migrations = Vec::with_capacity(ups.len());
    for file in ups {
        // Names sort as texts do, whatever their lengths.
        let version = format!("{:0<longest$}", digits(&file));
        let Ok(version) = version.parse() else {
            return Err(SetError::BadVersion { path: file.path });
        };
        let folder = split(&file.path).0.to_owned();
        let mut take = |name: &str| others.remove(&(folder.clone(), name.to_owned()));
        let alone = take(METADATA).is_some_and(|metadata| turns_transaction_off(metadata.text()));
        let mode = if alone {
            TransactionMode::Unwrapped
        } else {
            mode
        };
        let down = take("down.sql");
        let description = folder.split_once('_').map_or("", |(_, rest)| rest);
        let mut migration = Migration::new(version, description.replace('_', " "), file, mode);
        migration.down = down;
        migrations.push(migration);
    }
    ignored.extend(
        others
            .into_iter()
            .filter(|((_, name), _)| name != METADATA)
            .map(|(_, file)| file),
    );
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    MigrationSet::new(migrations, ignored)
}

/// The name of the folder that a file lies in, and its own.
fn split(path: &str) -> (&str, &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folder.rsplit('/').next().unwrap_or_default(), name)
}

/// The version: the digits before the first underscore.
fn digits(folder: &str) -> String {
    let version = folder.split('_').next().unwrap_or_default();
    version.chars().filter(char::is_ascii_digit).collect()
}

/// Whether `run_in_transaction = false` stands in the file.
fn turns_transaction_off(metadata: &str) -> bool {
    metadata.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_once('=').is_some_and(|(key, value)| {
            key.trim() == "run_in_transaction" && value.trim() == "false"
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile::new(format!("migrations/{path}"), text)
    }

    #[test]
    fn diesels_folders() {
        let set = diesel(vec![
            file(
                "2026-07-30-140000-0000_add_index/up.sql",
                "CREATE INDEX CONCURRENTLY i ON t (a);",
            ),
            file(
                "2026-07-30-140000-0000_add_index/metadata.toml",
                "run_in_transaction = false # slow\n",
            ),
            file("2018-07-10-061642_first/up.sql", "SELECT 1;"),
            file("2018-07-10-061642_first/down.sql", "SELECT 2;"),
            file("2019-01-01-000000_gone/down.sql", "SELECT 3;"),
        ])
        .expect("all is well");
        let [first, second] = set.as_slice() else {
            panic!("two migrations")
        };
        assert_eq!(
            (first.version, first.description.as_str()),
            (201_807_100_616_420_000, "first")
        );
        assert!(first.down.is_some());
        assert_eq!(
            (first.mode, second.mode),
            (TransactionMode::Wrapped, TransactionMode::Unwrapped)
        );
        let ignored: Vec<_> = set.ignored.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(ignored, ["migrations/2019-01-01-000000_gone/down.sql"]);
    }

    #[test]
    fn prismas_folders() {
        let set = prisma(vec![
            file("20230518191501_init/migration.sql", "SELECT 1;"),
            file("0_baseline/migration.sql", "SELECT 1;"),
        ])
        .expect("all is well");
        let versions: Vec<i64> = set.iter().map(|one| one.version).collect();
        assert_eq!(versions, [0, 20_230_518_191_501]);
    }

    #[test]
    fn a_version_stands_once() {
        let error = prisma(vec![
            file("1_a/migration.sql", ""),
            file("1_b/migration.sql", ""),
        ]);
        assert!(matches!(
            error,
            Err(SetError::DuplicateVersion { version: 1, .. })
        ));
    }
}
