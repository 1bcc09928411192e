//! Versions as people write them, such as Flyway's `1.27` and Diesel's `2018-07-10-061642`, and where they stand in a set.

use crate::{
    layout::{Layout, flyway, version::leading_number},
    migration::MigrationSet,
};

/// What compares as versions of the layout do; none for a text that is no version of it.
fn key(layout: Layout, version: &str) -> Option<Vec<u64>> {
    match layout {
        Layout::Flyway => flyway::numbers(version),
        Layout::Diesel => {
            let digits = version.chars().filter(|c| *c != '-');
            let digits = digits.map(|c| c.to_digit(10).map(u64::from));
            digits.collect()
        }
        _ => Some(vec![version.parse().ok()?]),
    }
}

/// The version in a migration's path.
fn spelled(layout: Layout, path: &str) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    match layout {
        Layout::Flyway | Layout::Refinery => {
            flyway::split(path).map(|(_, version, _)| version.to_owned())
        }
        Layout::Diesel => {
            let folder = name(path.rsplit_once('/')?.0)?;
            folder.split('_').next().map(str::to_owned)
        }
        Layout::Prisma => {
            let folder = name(path.rsplit_once('/')?.0)?;
            leading_number(&folder).map(|number| number.to_string())
        }
        _ => leading_number(&name(path)?).map(|number| number.to_string()),
    }
}

/// The number in a set up to which its migrations are at or below a version.
pub(crate) fn position(set: &MigrationSet, version: &str) -> Option<i64> {
    let layout = set.layout.unwrap_or(Layout::Sqlx);
    // Where versions are plain numbers, they are those of the set.
    let counted = matches!(
        layout,
        Layout::Flyway
            | Layout::Diesel
            | Layout::Prisma
            | Layout::Dbmate
            | Layout::SqlMigrate
            | Layout::Plain
    );
    if !counted {
        return version.parse().ok();
    }
    let wanted = key(layout, version)?;
    let below = |path: &str| {
        let own = spelled(layout, path).and_then(|own| key(layout, &own));
        own.is_some_and(|own| own <= wanted)
    };
    let below = set.iter().filter(|migration| below(&migration.up.path));
    Some(
        below
            .map(|migration| migration.version)
            .max()
            .unwrap_or(i64::MIN),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn set(layout: Layout, paths: &[&str]) -> MigrationSet {
        let files = paths.iter().map(|path| SourceFile::new(*path, "SELECT 1;"));
        layout.read(files.collect()).expect("all is well")
    }

    /// How many migrations of the set stand at or below a version.
    fn upto(set: &MigrationSet, version: &str) -> Option<usize> {
        let position = position(set, version)?;
        Some(set.iter().filter(|one| one.version <= position).count())
    }

    #[test]
    fn flyways() {
        let set = set(
            Layout::Flyway,
            &[
                "V1__a.sql",
                "V1.2__b.sql",
                "V1_10__c.sql",
                "V3__d.sql",
                "R__e.sql",
            ],
        );
        for (version, expected) in [
            ("0.9", 0),
            ("1.0", 1),
            ("1.9", 2),
            ("1.10", 3),
            ("2", 3),
            ("99", 4),
        ] {
            assert_eq!(upto(&set, version), Some(expected), "{version}");
        }
        assert_eq!(upto(&set, "1-2"), None);
    }

    #[test]
    fn diesels() {
        let set = set(
            Layout::Diesel,
            &[
                "2018-07-10-061642-0000_a/up.sql",
                "2018-07-11-061642_b/up.sql",
            ],
        );
        for (version, expected) in [
            ("2018-07-10-061642-0000", 1),
            ("201807100616420000", 1),
            ("2018-07-11", 1),
            ("2018-07-09", 0),
            ("2018-07-12", 2),
        ] {
            assert_eq!(upto(&set, version), Some(expected), "{version}");
        }
        assert_eq!(upto(&set, "1.2"), None);
    }

    #[test]
    fn numbers_of_files_that_are_counted() {
        let set = set(Layout::Plain, &["5_b.sql", "5_a.sql", "7_c.sql"]);
        assert_eq!(
            (upto(&set, "5"), upto(&set, "6"), upto(&set, "7")),
            (Some(2), Some(2), Some(3))
        );
    }
}
