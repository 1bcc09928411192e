//! Versions as people write them, such as Flyway's `1.27` and Diesel's `2018-07-10-061642`: where they stand in a set, and which
//! comes next.

use std::collections::HashSet;

use crate::{
    layout::{
        Layout, flyway,
        version::{self, leading_digits},
    },
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

/// What stands in the path of a migration before its version, the version as it is written there, and what stands behind it.
pub(crate) fn parts(layout: Layout, path: &str) -> Option<[&str; 3]> {
    let file = path.len() - name(path).len();
    let start = match layout {
        // A letter tells what the file is for.
        Layout::Flyway | Layout::Refinery => flyway::split(path).map(|_| file + 1)?,
        Layout::Diesel | Layout::Prisma => file.checked_sub(folder(path)?.len() + 1)?,
        _ => file,
    };
    let (before, rest) = path.split_at(start);
    let length = match layout {
        Layout::Flyway | Layout::Refinery => rest.find("__")?,
        Layout::Diesel => rest.find(['_', '/'])?,
        _ => leading_digits(rest).len(),
    };
    let (version, behind) = rest.split_at(length);
    (!version.is_empty()).then_some([before, version, behind])
}

/// The version in a migration's path, as it is written there.
fn version(layout: Layout, path: &str) -> Option<&str> {
    parts(layout, path).map(|[_, version, _]| version)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The name of the folder that a migration is.
fn folder(path: &str) -> Option<&str> {
    Some(name(path.rsplit_once('/')?.0))
}

/// What orders the migrations of a layout: of some the version, of some the name, of some both.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank<'a> {
    version: Vec<u64>,
    name: &'a str,
}

/// Where a migration stands among those of its layout; none where it has no version.
pub(crate) fn rank(layout: Layout, path: &str) -> Option<Rank<'_>> {
    let version = key(layout, version(layout, path)?)?;
    Some(match layout {
        Layout::Dbmate => Rank {
            version: Vec::new(),
            name: name(path),
        },
        Layout::Prisma => Rank {
            version: Vec::new(),
            name: folder(path)?,
        },
        Layout::SqlMigrate => Rank {
            version,
            name: name(path),
        },
        _ => Rank { version, name: "" },
    })
}

/// Whether no file of a set has the version, be it one that the runner passes over.
pub(crate) fn is_free(set: &MigrationSet, layout: Layout, wanted: &str) -> bool {
    key(layout, wanted).is_some_and(|wanted| !set.versions().contains(&wanted))
}

/// The versions in the names of a set's files.
pub(crate) fn versions(set: &MigrationSet) -> HashSet<Vec<u64>> {
    let Some(layout) = set.layout else {
        return HashSet::new();
    };
    let own = set.iter().map(|migration| &migration.up);
    own.chain(&set.ignored)
        .filter_map(|file| key(layout, version(layout, &file.path)?))
        .collect()
}

/// The next version, spelled as this one.
pub(crate) fn next(version: &str) -> Option<String> {
    tick(version, version::after)
}

/// The version before, spelled as this one. Zero is none: nobody counts from there.
pub(crate) fn previous(version: &str) -> Option<String> {
    tick(version, |number| {
        version::before(number).filter(|&number| number > 0)
    })
}

/// The first version within one whose parts are set apart: `2.1` in `2`. None for one that has two parts already, since a
/// set's versions side by side must remain a number.
pub(crate) fn first_within(version: &str) -> Option<String> {
    let dots = version.matches(SEPARATORS).count();
    let separator = if version.contains('_') { '_' } else { '.' };
    (dots < 2 && version.len() < 17).then(|| format!("{version}{separator}1"))
}

/// Whether the version in a migration's path has parts that are set apart.
pub(crate) fn has_parts(layout: Layout, path: &str) -> bool {
    version(layout, path).is_some_and(|version| version.contains(SEPARATORS))
}

/// What stands between the parts of Flyway's versions.
const SEPARATORS: [char; 2] = ['.', '_'];

/// Changes the last part of a version, and keeps its zeros and hyphens. What follows a date and a time stays:
/// `2018-07-10-061642-0000`.
fn tick(version: &str, change: impl Fn(i64) -> Option<i64>) -> Option<String> {
    let last = version.rfind(SEPARATORS).map_or(0, |at| at + 1);
    let (head, last) = version.split_at(last);
    let digits: String = last.chars().filter(|c| *c != '-').collect();
    let hyphened = digits.len() < last.len();
    let counted = match hyphened {
        true => digits.len().min(version::DATED),
        false => digits.len(),
    };
    let (number, rest) = digits.split_at(counted);
    let changed = format!("{:0counted$}{rest}", change(number.parse().ok()?)?);
    if !hyphened {
        return Some(format!("{head}{changed}"));
    }
    let mut changed = changed.chars();
    let spelled = last.chars().map(|c| match c {
        '-' => Some('-'),
        _ => changed.next(),
    });
    spelled.collect()
}

/// Whether the numbers in a set are its versions.
pub(crate) fn is_number(layout: Layout) -> bool {
    matches!(
        layout,
        Layout::Sqlx | Layout::GolangMigrate | Layout::Goose | Layout::Refinery
    )
}

/// The number in a set up to which its migrations are at or below a version.
pub(crate) fn position(set: &MigrationSet, version: &str) -> Option<i64> {
    let layout = set.layout.unwrap_or(Layout::Sqlx);
    if is_number(layout) {
        return version.parse().ok();
    }
    let wanted = key(layout, version)?;
    let below = |path: &str| {
        let own = parts(layout, path).and_then(|[_, own, _]| key(layout, own));
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
    fn the_next_version_is_spelled_as_this_one() {
        for (version, before, after) in [
            ("00009", Some("00008"), Some("00010")),
            ("1", None, Some("2")),
            (
                "20260101000059",
                Some("20260101000058"),
                Some("20260101000100"),
            ),
            ("1.09", Some("1.08"), Some("1.10")),
            ("1_2", Some("1_1"), Some("1_3")),
            (
                "2018-07-10-061659-0000",
                Some("2018-07-10-061658-0000"),
                Some("2018-07-10-061700-0000"),
            ),
            ("2018-07-10-235959", Some("2018-07-10-235958"), None),
            ("a", None, None),
        ] {
            let found = (previous(version), next(version));
            assert_eq!(
                found,
                (before.map(str::to_owned), after.map(str::to_owned)),
                "{version}"
            );
        }
        assert_eq!(first_within("1_2").as_deref(), Some("1_2_1"));
        assert_eq!(first_within("1.2.3"), None);
    }

    #[test]
    fn versions_are_found_in_paths() {
        for (layout, path, expected) in [
            (
                Layout::Sqlx,
                "m/0001_a_b.up.sql",
                Some(["m/", "0001", "_a_b.up.sql"]),
            ),
            (Layout::SqlMigrate, "1-a.sql", Some(["", "1", "-a.sql"])),
            (
                Layout::Flyway,
                "m/s/V1_2__a.sql",
                Some(["m/s/V", "1_2", "__a.sql"]),
            ),
            (Layout::Flyway, "m/R__a.sql", None),
            (
                Layout::Diesel,
                "m/2018-07-10-061642_a/up.sql",
                Some(["m/", "2018-07-10-061642", "_a/up.sql"]),
            ),
            (
                Layout::Prisma,
                "7_a/migration.sql",
                Some(["", "7", "_a/migration.sql"]),
            ),
            (Layout::Prisma, "migration.sql", None),
        ] {
            assert_eq!(parts(layout, path), expected, "{path}");
        }
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
