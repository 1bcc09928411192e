//! sqlx's layout: `<VERSION>_<DESCRIPTION>[.up|.down].sql`, in one folder.
//!
//! Source: `resolve_blocking` in sqlx-core's `migrate/source.rs`.

use std::collections::HashMap;

use crate::{
    layout::Layout,
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// The bytes that make sqlx send a file without a transaction, at the very start of the file.
pub const NO_TRANSACTION: &str = "-- no-transaction";

/// Reads the files of a migrations folder, whose paths end in the files' names.
///
/// # Errors
/// When a version is no integer, or two ways up have one version.
pub fn read(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let mut migrations = Vec::new();
    let mut downs = HashMap::new();
    let mut ignored = Vec::new();
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        // sqlx passes over such files without a word.
        let Some((version, rest)) = name
            .split_once('_')
            .filter(|(_, rest)| rest.ends_with(".sql"))
        else {
            ignored.push(file);
            continue;
        };
        let Ok(version) = version.parse::<i64>() else {
            return Err(SetError::BadVersion { path: file.path });
        };
        if rest.ends_with(".down.sql") {
            if let Some(other) = downs.insert(version, file) {
                let path = downs.remove(&version).expect("just inserted").path;
                return Err(SetError::DuplicateVersion {
                    version: version.to_string(),
                    paths: [other.path, path],
                });
            }
            continue;
        }
        let description = rest
            .strip_suffix(".up.sql")
            .or(rest.strip_suffix(".sql"))
            .unwrap_or(rest);
        let description = description.replace('_', " ");
        let mode = transaction_mode(&file);
        migrations.push(Migration::new(version, description, file, mode));
    }
    for migration in &mut migrations {
        migration.down = downs.remove(&migration.version);
    }
    ignored.extend(downs.into_values());
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    let mut set = MigrationSet::new(migrations, ignored)?;
    set.layout = Some(Layout::Sqlx);
    Ok(set)
}

/// Whether a name begins with a version, so that sqlx takes the file.
pub(super) fn is_named(name: &str) -> bool {
    name.split_once('_')
        .is_some_and(|(version, _)| version.parse::<i64>().is_ok())
}

/// Whether sqlx puts a transaction around the file.
pub(crate) fn transaction_mode(file: &SourceFile) -> TransactionMode {
    if file.text().starts_with(NO_TRANSACTION) {
        TransactionMode::Unwrapped
    } else {
        TransactionMode::Wrapped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<SourceFile> {
        names
            .iter()
            .map(|name| SourceFile::new(format!("migrations/{name}"), ""))
            .collect()
    }

    #[test]
    fn versions_order_numerically() {
        let set =
            read(files(&["10_b.sql", "9_a_c.up.sql", "9_a_c.down.sql"])).expect("all is well");
        let [first, second] = set.as_slice() else {
            panic!("two migrations")
        };
        assert_eq!((first.version, first.description.as_str()), (9, "a c"));
        assert!(first.down.is_some());
        assert_eq!((second.version, second.down.is_some()), (10, false));
    }

    #[test]
    fn names_without_underscore_are_passed_over() {
        let set =
            read(files(&["1-a.sql", "2_b.txt", "1_a.sql", "3_c.down.sql"])).expect("all is well");
        let ignored: Vec<_> = set.ignored.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            ignored,
            [
                "migrations/1-a.sql",
                "migrations/2_b.txt",
                "migrations/3_c.down.sql"
            ]
        );
    }

    #[test]
    fn a_version_is_an_integer() {
        let error = read(files(&["V1__a.sql"])).expect_err("V1 is no integer");
        assert_eq!(
            error,
            SetError::BadVersion {
                path: "migrations/V1__a.sql".into()
            }
        );
    }

    #[test]
    fn a_version_stands_once() {
        let error = read(files(&["1_a.sql", "01_b.sql"])).expect_err("both are 1");
        assert!(matches!(
            error,
            SetError::DuplicateVersion { version, .. } if version == "1"
        ));
    }

    #[test]
    fn only_the_first_bytes_count() {
        let mode = |text| transaction_mode(&SourceFile::new("1_a.sql", text));
        assert_eq!(
            mode("-- no-transaction\nSELECT 1"),
            TransactionMode::Unwrapped
        );
        assert_eq!(
            mode("\n-- no-transaction\nSELECT 1"),
            TransactionMode::Wrapped
        );
    }
}
