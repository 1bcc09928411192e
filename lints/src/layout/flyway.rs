//! Flyway's layout: `V<VERSION>__<DESCRIPTION>.sql`, `U…` for the way down of a version, `R__<DESCRIPTION>.sql` for what runs
//! again after each change. refinery's names are a part of it.
//!
//! Source: "Migrations" in Flyway's documentation; `MigrationVersion` in its sources.

use std::collections::HashMap;

use crate::{
    action::Action,
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// Whether Flyway takes a file, by its name.
pub(super) fn is_named(path: &str) -> bool {
    parse(path).is_some()
}

/// What a file is for.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Versioned(Vec<i64>),
    Undo(Vec<i64>),
    Repeatable,
}

fn parse(path: &str) -> Option<(Kind, &str)> {
    let name = path.rsplit('/').next()?.strip_suffix(".sql")?;
    let (prefix, rest) = name.split_at_checked(1)?;
    let (version, description) = rest.split_once("__")?;
    let parts = || -> Option<Vec<i64>> {
        let parts = version.split(['.', '_']).map(|part| part.parse().ok());
        parts.collect()
    };
    let kind = match prefix {
        "V" => Kind::Versioned(parts()?),
        "U" => Kind::Undo(parts()?),
        "R" if version.is_empty() => Kind::Repeatable,
        _ => return None,
    };
    Some((kind, description))
}

/// Reads the files of a folder and of those in it.
///
/// # Errors
/// When two ways up have one version, or a version is too long.
pub(super) fn read(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let mut ups = Vec::new();
    let mut downs = HashMap::new();
    let mut repeatable = Vec::new();
    let mut ignored = Vec::new();
    for file in files {
        match parse(&file.path) {
            Some((Kind::Versioned(version), description)) => {
                ups.push((version, description.replace('_', " "), file));
            }
            Some((Kind::Undo(version), _)) => {
                downs.insert(version, file);
            }
            Some((Kind::Repeatable, description)) => {
                repeatable.push((description.replace('_', " "), file));
            }
            None => ignored.push(file),
        }
    }
    let parts = ups
        .iter()
        .map(|(version, ..)| version.len())
        .max()
        .unwrap_or(1);
    let mut migrations = Vec::with_capacity(ups.len() + repeatable.len());
    for (version, description, file) in ups {
        let Some(number) = number(&version, parts) else {
            return Err(SetError::BadVersion { path: file.path });
        };
        let mut migration = migration(number, description, file);
        migration.down = downs.remove(&version);
        migrations.push(migration);
    }
    // They run after all others, in the order of their descriptions.
    repeatable.sort_by(|(a, _), (b, _)| b.cmp(a));
    for (version, (description, file)) in (0..i64::MAX).rev().zip(repeatable) {
        migrations.push(migration(version, description, file));
    }
    ignored.extend(downs.into_values());
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    MigrationSet::new(migrations, ignored)
}

/// One number that sorts as the parts do: `27` is 27, `1.27` is 1_0027 where no version has more parts.
fn number(version: &[i64], parts: usize) -> Option<i64> {
    let mut number: i64 = 0;
    for place in 0..parts {
        let part = version.get(place).copied().unwrap_or_default();
        if place > 0 && part >= 10_000 {
            return None;
        }
        let scale = if place == 0 { 1 } else { 10_000 };
        number = number.checked_mul(scale)?.checked_add(part)?;
    }
    Some(number)
}

/// Flyway sends a file without a transaction where all of its statements refuse one.
fn migration(version: i64, description: String, file: SourceFile) -> Migration {
    let mut migration = Migration::new(version, description, file, TransactionMode::Wrapped);
    let refuses = |action: &Action| match action {
        Action::CreateIndex(create) => create.concurrently,
        Action::DropObject(drop) => drop.concurrently,
        Action::Reindex { concurrently, .. } => *concurrently,
        Action::Vacuum { .. } => true,
        _ => false,
    };
    if !migration.steps.is_empty() && migration.steps.iter().all(|step| refuses(&step.action)) {
        migration.mode = TransactionMode::Autocommit;
    }
    migration
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> MigrationSet {
        let files = names.iter().map(|name| SourceFile::new(*name, "SELECT 1;"));
        read(files.collect()).expect("all is well")
    }

    #[test]
    fn versions_order_by_their_parts_and_repeatable_ones_come_last() {
        let set = set(&[
            "V1_2__b.sql",
            "R__z.sql",
            "V1_10__c.sql",
            "R__a_b.sql",
            "V1__a.sql",
            "U1__a.sql",
        ]);
        let shown: Vec<_> = set
            .iter()
            .map(|one| (one.up.path.as_str(), one.down.is_some()))
            .collect();
        assert_eq!(
            shown,
            [
                ("V1__a.sql", true),
                ("V1_2__b.sql", false),
                ("V1_10__c.sql", false),
                ("R__a_b.sql", false),
                ("R__z.sql", false)
            ]
        );
        assert_eq!(set.as_slice()[1].version, 1_0002);
    }

    #[test]
    fn whole_numbers_stay_as_they_are() {
        let set = set(&["V20260101120000__a.sql", "V3__b.sql"]);
        let versions: Vec<i64> = set.iter().map(|one| one.version).collect();
        assert_eq!(versions, [3, 20_260_101_120_000]);
    }

    #[test]
    fn what_refuses_a_transaction_gets_none() {
        let mode = |sql: &str| migration(1, String::new(), SourceFile::new("V1__a.sql", sql)).mode;
        assert_eq!(
            mode("CREATE INDEX CONCURRENTLY i ON t (a); VACUUM t;"),
            TransactionMode::Autocommit
        );
        assert_eq!(
            mode("CREATE INDEX CONCURRENTLY i ON t (a); DROP TABLE t;"),
            TransactionMode::Wrapped
        );
    }
}
