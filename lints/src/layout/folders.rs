//! A folder for each migration: Diesel's with `up.sql`, `down.sql` and `metadata.toml`, Prisma's with `migration.sql`.
//!
//! Sources: the guide "Configuring Diesel CLI" and `file_based_migrations.rs` in diesel_migrations, which sends `up.sql` as one
//! query; "Prisma Migrate, Mental model" in Prisma's documentation, and `apply_script` in its schema engine.

use std::collections::BTreeMap;

use crate::{
    layout::version::{leading_number, rising},
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// Diesel's settings of one migration.
pub(super) const METADATA: &str = "metadata.toml";

/// What stands in it for a migration that refuses a transaction.
pub(super) const WITHOUT_TRANSACTION: &str = "run_in_transaction = false\n";

/// Whether a path is a folder whose name begins with a version, and this file in it, or its way down.
pub(super) fn is_named(path: &str, up: &str) -> bool {
    let Some((folder, file)) = path.split_once('/') else {
        return false;
    };
    (file == up || file == "down.sql") && folder.starts_with(|c: char| c.is_ascii_digit())
}

/// Diesel's migrations, each in a transaction unless its `metadata.toml` says otherwise, in the order of their versions: what
/// stands before the first `_`, without `-`, compared as texts.
///
/// # Errors
/// When two have one version, or a version is too long.
pub(super) fn diesel(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let (folders, mut ignored) = folders(files, "up.sql");
    let mut versions: BTreeMap<String, Migration> = BTreeMap::new();
    for (path, folder) in folders {
        let Some(up) = folder.up else {
            ignored.extend(folder.down);
            continue;
        };
        let metadata = folder.metadata.as_ref().map_or("", |file| file.text());
        let mode = match turns_transaction_off(metadata) {
            true => TransactionMode::Unwrapped,
            false => TransactionMode::Wrapped,
        };
        let mut migration = Migration::new(0, description(&path), up, mode);
        migration.down = folder.down;
        migration.companion = folder.metadata;
        let version = digits(&path);
        if let Some(other) = versions.get(&version) {
            return Err(SetError::DuplicateVersion {
                version,
                paths: [other.up.path.clone(), migration.up.path],
            });
        }
        versions.insert(version, migration);
    }
    let longest = versions.keys().map(String::len).max().unwrap_or_default();
    let mut own = Vec::with_capacity(versions.len());
    for (version, migration) in &versions {
        // Padded, numbers sort as the texts do.
        let Ok(number) = format!("{version:0<longest$}").parse() else {
            return Err(SetError::LongVersion {
                path: migration.up.path.clone(),
            });
        };
        own.push(Some(number));
    }
    let mut migrations: Vec<_> = versions.into_values().collect();
    for (migration, version) in migrations.iter_mut().zip(rising(&own)) {
        migration.version = version;
    }
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    MigrationSet::new(migrations, ignored)
}

/// Prisma's migrations, in the order of their folders' names. Each is sent as one query, without a transaction.
///
/// # Errors
/// None yet: two folders with one version have an order.
pub(super) fn prisma(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let (folders, ignored) = folders(files, "migration.sql");
    let own: Vec<_> = folders
        .keys()
        .map(|path| leading_number(name(path)))
        .collect();
    let migrations =
        folders
            .into_iter()
            .zip(rising(&own))
            .filter_map(|((path, folder), version)| {
                let mode = TransactionMode::Unwrapped;
                Some(Migration::new(
                    version,
                    description(&path),
                    folder.up?,
                    mode,
                ))
            });
    MigrationSet::new(migrations.collect(), ignored)
}

/// What lies in the folder of one migration.
#[derive(Default)]
struct Folder {
    up: Option<SourceFile>,
    down: Option<SourceFile>,
    metadata: Option<SourceFile>,
}

/// The folders by their paths, and the files that are none of a migration's.
fn folders(files: Vec<SourceFile>, up: &str) -> (BTreeMap<String, Folder>, Vec<SourceFile>) {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    let mut ignored = Vec::new();
    for file in files {
        let (path, own) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let place: fn(&mut Folder) -> &mut Option<SourceFile> = match own {
            METADATA => |folder| &mut folder.metadata,
            "down.sql" if up == "up.sql" => |folder| &mut folder.down,
            own if own == up => |folder| &mut folder.up,
            _ => {
                ignored.push(file);
                continue;
            }
        };
        let folder = folders.entry(path.to_owned()).or_default();
        *place(folder) = Some(file);
    }
    (folders, ignored)
}

/// The version: the digits before the first underscore of the folder's name.
fn digits(folder: &str) -> String {
    let version = name(folder).split('_').next().unwrap_or_default();
    version.chars().filter(char::is_ascii_digit).collect()
}

fn name(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or_default()
}

fn description(folder: &str) -> String {
    let rest = name(folder).split_once('_').map_or("", |(_, rest)| rest);
    rest.replace('_', " ")
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
    fn prismas_folders_may_share_a_version() {
        let set = prisma(vec![
            file("7_b/migration.sql", ""),
            file("7_a/migration.sql", ""),
        ])
        .expect("their names have an order");
        let shown: Vec<_> = set.iter().map(|one| one.description.as_str()).collect();
        assert_eq!(shown, ["a", "b"]);
    }

    #[test]
    fn diesels_versions_sort_as_texts() {
        let set = diesel(vec![
            file("2026-05-27-120000-0000_b/up.sql", ""),
            file("2026-05-27-120000_a/up.sql", ""),
            file("2026-05-27_c/up.sql", ""),
        ])
        .expect("three texts are three versions");
        let shown: Vec<_> = set.iter().map(|one| one.description.as_str()).collect();
        assert_eq!(shown, ["c", "a", "b"]);
    }

    #[test]
    fn diesels_versions_stand_once_and_have_an_end() {
        let long = file("2018-07-10-061642-000000_a/up.sql", "");
        assert!(matches!(
            diesel(vec![long]),
            Err(SetError::LongVersion { .. })
        ));
        let error = diesel(vec![file("1_a/up.sql", ""), file("1_b/up.sql", "")]);
        assert!(matches!(error, Err(SetError::DuplicateVersion { .. })));
    }
}
