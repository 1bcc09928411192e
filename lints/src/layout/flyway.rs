//! Flyway's layout: `V<VERSION>__<DESCRIPTION>.sql`, `U…` for the way down of a version, `R__<DESCRIPTION>.sql` for what runs
//! again after each change, `B<VERSION>__…` for what a new database begins with.
//!
//! Sources: "Versioned", "Repeatable", "Undo" and "Baseline migrations" and "Script Configuration" in Flyway's documentation,
//! <https://documentation.red-gate.com/flyway>; `MigrationVersion`, `PostgreSQLParser` and `ParserSqlScript` in its sources.

use std::collections::{BTreeMap, HashMap};

use crate::{
    action::{Action, ObjectKind, ReindexTarget},
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// What the name of a file with settings for one migration ends in.
pub(super) const CONFIGURATION: &str = ".sql.conf";

/// What stands in such a file for a migration that refuses a transaction.
pub(super) const WITHOUT_TRANSACTION: &str = "executeInTransaction=false\n";

/// The numbers of a version, without zeros at its end: `1.0` is `1`.
type Version = Vec<u64>;

/// Whether Flyway takes a file, by its name.
pub(super) fn is_named(path: &str) -> bool {
    parse(path).is_some()
}

/// What a file is for.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Versioned(Version),
    Undo(Version),
    Baseline(Version),
    Repeatable,
}

/// The prefix, the version and the description of a name.
pub(super) fn split(path: &str) -> Option<(&str, &str, &str)> {
    let name = path.rsplit('/').next()?.strip_suffix(".sql")?;
    let (prefix, rest) = name.split_at_checked(1)?;
    let (version, description) = rest.split_once("__")?;
    Some((prefix, version, description))
}

/// The numbers of a version.
pub(super) fn numbers(version: &str) -> Option<Version> {
    let numbers = version.split(['.', '_']).map(|part| part.parse().ok());
    let mut numbers: Version = numbers.collect::<Option<_>>()?;
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

fn words(description: &str) -> String {
    description.replace('_', " ")
}

fn parse(path: &str) -> Option<(Kind, &str)> {
    let (prefix, version, description) = split(path)?;
    let kind = match prefix {
        "V" => Kind::Versioned(numbers(version)?),
        "U" => Kind::Undo(numbers(version)?),
        "B" => Kind::Baseline(numbers(version)?),
        "R" if version.is_empty() => Kind::Repeatable,
        _ => return None,
    };
    Some((kind, description))
}

/// Reads the files of a folder and of those in it, as Flyway would for an empty database: from the newest baseline on, without
/// what that one replaces.
///
/// # Errors
/// When two have one version, or a version is too long.
pub(super) fn read(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let mut ups: BTreeMap<Version, SourceFile> = BTreeMap::new();
    let mut downs = BTreeMap::new();
    let mut baselines = BTreeMap::new();
    let mut repeatable = Vec::new();
    let mut configurations = HashMap::new();
    let mut ignored = Vec::new();
    for file in files {
        if file.path.ends_with(CONFIGURATION) {
            configurations.insert(file.path.trim_end_matches(".conf").to_owned(), file);
            continue;
        }
        match parse(&file.path) {
            Some((Kind::Versioned(version), _)) => insert(&mut ups, version, file)?,
            Some((Kind::Undo(version), _)) => insert(&mut downs, version, file)?,
            Some((Kind::Baseline(version), _)) => insert(&mut baselines, version, file)?,
            Some((Kind::Repeatable, description)) => {
                repeatable.push((words(description), file));
            }
            None => ignored.push(file),
        }
    }
    let mut notes = Vec::new();
    if let Some((version, baseline)) = baselines.pop_last() {
        let before = ups.len();
        ups.retain(|other, _| *other > version);
        downs.retain(|other, _| *other > version);
        let path = &baseline.path;
        notes.push(match before - ups.len() {
            0 => format!("a new database begins with {path}"),
            replaced => format!(
                "a new database begins with {path}: {replaced} versioned migrations before it are neither read nor run; move it away to rehearse them"
            ),
        });
        ups.insert(version, baseline);
    }
    let mut new = |version, description, file: SourceFile| {
        let settings = configurations.remove(&file.path);
        migration(version, description, file, settings)
    };
    let widths = widths(ups.keys());
    let mut migrations = Vec::with_capacity(ups.len() + repeatable.len());
    for (version, file) in ups {
        let Some(number) = number(&version, &widths) else {
            return Err(SetError::LongVersion { path: file.path });
        };
        let description = split(&file.path).map(|(_, _, description)| words(description));
        let mut migration = new(number, description.unwrap_or_default(), file);
        migration.down = downs.remove(&version);
        migrations.push(migration);
    }
    // They run after all others, in the order of their descriptions.
    repeatable.sort_by(|(a, _), (b, _)| b.cmp(a));
    for pair in repeatable.windows(2) {
        if let [(first, one), (second, other)] = pair
            && first == second
        {
            return Err(SetError::DuplicateVersion {
                version: format!("R__{first}"),
                paths: [one.path.clone(), other.path.clone()],
            });
        }
    }
    for (version, (description, file)) in (0..i64::MAX).rev().zip(repeatable) {
        migrations.push(new(version, description, file));
    }
    ignored.extend(downs.into_values());
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    let mut set = MigrationSet::new(migrations, ignored)?;
    set.notes = notes;
    Ok(set)
}

fn insert(
    files: &mut BTreeMap<Version, SourceFile>,
    version: Version,
    file: SourceFile,
) -> Result<(), SetError> {
    let text: Vec<String> = version.iter().map(u64::to_string).collect();
    let path = file.path.clone();
    match files.insert(version, file) {
        None => Ok(()),
        Some(other) => Err(SetError::DuplicateVersion {
            version: text.join("."),
            paths: [other.path, path],
        }),
    }
}

/// By place, the digits of the longest number that stands there.
fn widths<'a>(versions: impl Iterator<Item = &'a Version>) -> Vec<usize> {
    let mut widths = Vec::new();
    for version in versions {
        for (place, number) in version.iter().enumerate() {
            let width = number.to_string().len();
            match widths.get_mut(place) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    widths
}

/// One number that sorts among those of a set as the versions do: `1.27` is 1_27, and 27 stays as it is where none has a dot.
fn number(version: &Version, widths: &[usize]) -> Option<i64> {
    let digits: String = widths
        .iter()
        .enumerate()
        .map(|(place, &width)| {
            let number = version.get(place).copied().unwrap_or_default();
            format!("{number:0width$}")
        })
        .collect();
    digits.parse().ok()
}

/// Flyway sends statement by statement, in one transaction unless the settings of the file or all of its statements refuse one.
pub(super) fn migration(
    version: i64,
    description: String,
    file: SourceFile,
    settings: Option<SourceFile>,
) -> Migration {
    let mut migration = Migration::new(version, description, file, TransactionMode::Wrapped);
    let text = settings.as_ref().map_or("", |file| file.text());
    let steps = &migration.steps;
    let refused = !steps.is_empty() && steps.iter().all(|step| is_non_transactional(&step.action));
    let wrapped = executes_in_transaction(text).unwrap_or(!refused);
    if !wrapped {
        migration.mode = TransactionMode::Autocommit;
    }
    migration.companion = settings;
    migration
}

/// What Flyway knows to refuse a transaction. A file that holds such a statement beside another is an error to it.
fn is_non_transactional(action: &Action) -> bool {
    let outside = |kind: ObjectKind| {
        matches!(
            kind,
            ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription
        )
    };
    match action {
        Action::CreateIndex(create) => create.concurrently,
        Action::CreateObject(create) => outside(create.kind),
        Action::DropObject(drop) => drop.concurrently || outside(drop.kind),
        Action::Reindex { target, .. } => matches!(
            target,
            ReindexTarget::Schema | ReindexTarget::Database | ReindexTarget::System
        ),
        Action::Vacuum { .. } | Action::AlterSystem => true,
        Action::Other { keywords } => *keywords == "DISCARD ALL",
        _ => false,
    }
}

/// What a file's settings say of a transaction.
fn executes_in_transaction(settings: &str) -> Option<bool> {
    let value = settings.lines().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "executeInTransaction").then_some(value.trim())
    });
    value?.to_ascii_lowercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<SourceFile> {
        let file = |name: &&str| SourceFile::new(*name, "SELECT 1;");
        names.iter().map(file).collect()
    }

    fn set(names: &[&str]) -> MigrationSet {
        read(files(names)).expect("all is well")
    }

    fn paths(set: &MigrationSet) -> Vec<&str> {
        set.iter().map(|one| one.up.path.as_str()).collect()
    }

    #[test]
    fn versions_order_by_their_numbers_and_repeatable_ones_come_last() {
        let set = set(&[
            "V1_2__b.sql",
            "R__z.sql",
            "V1_10__c.sql",
            "R__a_b.sql",
            "sub/V1.0__a.sql",
            "U1__a.sql",
        ]);
        assert_eq!(
            paths(&set),
            [
                "sub/V1.0__a.sql",
                "V1_2__b.sql",
                "V1_10__c.sql",
                "R__a_b.sql",
                "R__z.sql"
            ]
        );
        let versions: Vec<i64> = set.iter().take(3).map(|one| one.version).collect();
        assert_eq!(versions, [1_00, 1_02, 1_10]);
        assert!(set.as_slice()[0].down.is_some());
    }

    #[test]
    fn whole_numbers_stay_as_they_are() {
        let set = set(&["V20260101120000__a.sql", "V003__b.sql"]);
        let versions: Vec<i64> = set.iter().map(|one| one.version).collect();
        assert_eq!(versions, [3, 20_260_101_120_000]);
    }

    #[test]
    fn the_newest_baseline_stands_for_all_before_it() {
        let names = [
            "V1__a.sql",
            "U1__a.sql",
            "V2__b.sql",
            "B1__x.sql",
            "B2__y.sql",
            "V2.1__c.sql",
        ];
        let set = set(&names);
        assert_eq!(paths(&set), ["B2__y.sql", "V2.1__c.sql"]);
        assert!(set.ignored.is_empty());
        assert_eq!(
            set.notes,
            [
                "a new database begins with B2__y.sql: 2 versioned migrations before it are neither read nor run; move it away to rehearse them"
            ]
        );
    }

    #[test]
    fn a_version_stands_once() {
        for names in [
            ["V1__a.sql", "sub/V1.0__b.sql"],
            ["U1__a.sql", "U01__b.sql"],
            ["R__a_b.sql", "sub/R__a_b.sql"],
        ] {
            let error = read(files(&names)).expect_err("they have one version");
            assert!(
                matches!(error, SetError::DuplicateVersion { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_version_has_an_end() {
        let error = read(files(&["V20260101120000.1__a.sql", "V1.123456__b.sql"]));
        assert!(
            matches!(error, Err(SetError::LongVersion { .. })),
            "{error:?}"
        );
    }

    #[test]
    fn what_refuses_a_transaction_gets_none() {
        let mode = |sql: &str, settings: &str| {
            migration(
                1,
                String::new(),
                SourceFile::new("V1__a.sql", sql),
                Some(SourceFile::new("V1__a.sql.conf", settings)),
            )
            .mode
        };
        for (sql, expected) in [
            (
                "CREATE INDEX CONCURRENTLY i ON t (a); VACUUM t;",
                TransactionMode::Autocommit,
            ),
            ("REINDEX DATABASE d;", TransactionMode::Autocommit),
            (
                "CREATE INDEX CONCURRENTLY i ON t (a); DROP TABLE t;",
                TransactionMode::Wrapped,
            ),
            // Flyway does not know it.
            ("REINDEX INDEX CONCURRENTLY i;", TransactionMode::Wrapped),
        ] {
            assert_eq!(mode(sql, ""), expected, "{sql}");
        }
        assert_eq!(
            mode("SELECT 1;", "executeInTransaction=false"),
            TransactionMode::Autocommit
        );
        assert_eq!(
            mode("VACUUM t;", "executeInTransaction = true\n"),
            TransactionMode::Wrapped
        );
    }

    #[test]
    fn settings_lie_beside_the_file() {
        let mut files = files(&["a/V1__a.sql", "V2__b.sql"]);
        files.push(SourceFile::new(
            "a/V1__a.sql.conf",
            "executeInTransaction=false",
        ));
        let set = read(files).expect("all is well");
        let modes: Vec<_> = set.iter().map(|one| one.mode).collect();
        assert_eq!(
            modes,
            [TransactionMode::Autocommit, TransactionMode::Wrapped]
        );
        assert!(set.ignored.is_empty());
    }
}
