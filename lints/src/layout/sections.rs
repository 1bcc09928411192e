//! Files that keep both ways in one, between comments that tell them apart: goose, dbmate and sql-migrate.
//!
//! Sources: "SQL migrations" and "Annotations" in goose's documentation, <https://pressly.github.io/goose/>, and its `sqlparser`;
//! "Migration Options" in dbmate's README, and `FindMigrations` and `Migrate` in its `db.go`; "Writing migrations" in
//! sql-migrate's README, and its `sqlparse`.

use std::collections::HashMap;

use crate::{
    layout::{
        Layout,
        version::{leading_number, rising},
    },
    lower,
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    source::SourceFile,
    statement,
    token::Comment,
};

/// What opens the ways in a tool's files.
struct Markers {
    tool: Layout,
    /// In lower case, as all that comments are compared with.
    up: &'static str,
    /// As its users write it.
    spelled: &'static str,
    down: &'static str,
    /// What asks for no transaction, at the end of the first marker or on a line of its own.
    no_transaction: &'static str,
    /// How the tool sends a file that asks.
    alone: TransactionMode,
}

const TOOLS: [Markers; 3] = [
    Markers {
        tool: Layout::Goose,
        up: "+goose up",
        spelled: "-- +goose Up",
        down: "+goose down",
        no_transaction: "+goose no transaction",
        alone: TransactionMode::Autocommit,
    },
    Markers {
        tool: Layout::Dbmate,
        up: "migrate:up",
        spelled: "-- migrate:up",
        down: "migrate:down",
        no_transaction: "transaction:false",
        // The way up stays one query, so that its statements share a transaction all the same.
        alone: TransactionMode::Unwrapped,
    },
    Markers {
        tool: Layout::SqlMigrate,
        up: "+migrate up",
        spelled: "-- +migrate Up",
        down: "+migrate down",
        no_transaction: "notransaction",
        alone: TransactionMode::Autocommit,
    },
];

/// The tool for which a line of a file marks the way up.
pub(super) fn tool(text: &str) -> Option<Layout> {
    text.lines().find_map(|line| {
        let words = words(line.strip_prefix("--")?);
        let marks = |tool: &&Markers| begins_with(&words, tool.up);
        TOOLS.iter().find(marks).map(|tool| tool.tool)
    })
}

/// The ways up of a tool's files, in its order.
///
/// # Errors
/// When a file marks no way up, or two have one version.
pub(super) fn read(layout: Layout, files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let (mut own, ignored): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| number(layout, name(file)).is_some() || takes_any(layout, name(file)));
    // sql-migrate takes numbers first, and equal ones by their names; dbmate takes names alone.
    own.sort_by_cached_key(|file| {
        let number = number(layout, name(file)).filter(|_| layout != Layout::Dbmate);
        (number.is_none(), number, name(file).to_owned())
    });
    let numbers: Vec<_> = own.iter().map(|file| number(layout, name(file))).collect();
    if layout != Layout::SqlMigrate {
        require_distinct(&numbers, &own)?;
    }
    let mut migrations = Vec::with_capacity(own.len());
    for (file, version) in own.into_iter().zip(rising(&numbers)) {
        let words = name(&file).trim_end_matches(".sql");
        let words = words.trim_start_matches(|c: char| c.is_ascii_digit());
        let words = words.trim_start_matches(['_', '-']).replace('_', " ");
        let mut migration = Migration::new(version, words, file, TransactionMode::Wrapped);
        let markers = TOOLS.iter().find(|tool| tool.tool == layout);
        if let Some(markers) = markers
            && !keep_up(&mut migration, markers)
        {
            return Err(SetError::NoWayUp {
                path: migration.up.path,
                layout,
                marker: markers.spelled,
            });
        }
        migrations.push(migration);
    }
    MigrationSet::new(migrations, ignored)
}

fn name(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or_default()
}

/// The version in a file's name, where the tool takes the file for it.
fn number(layout: Layout, name: &str) -> Option<i64> {
    let stem = name.strip_suffix(".sql")?;
    match layout {
        Layout::Goose => {
            let (version, _) = stem.split_once('_')?;
            version.parse().ok().filter(|&version| version > 0)
        }
        _ => leading_number(stem),
    }
}

fn takes_any(layout: Layout, name: &str) -> bool {
    layout == Layout::SqlMigrate && name.ends_with(".sql")
}

fn require_distinct(numbers: &[Option<i64>], files: &[SourceFile]) -> Result<(), SetError> {
    let mut seen = HashMap::new();
    for (number, file) in numbers.iter().zip(files) {
        if let (Some(number), Some(other)) = (number, seen.insert(number, file)) {
            return Err(SetError::DuplicateVersion {
                version: number.to_string(),
                paths: [other.path.clone(), file.path.clone()],
            });
        }
    }
    Ok(())
}

/// Keeps the way up of a file in which the tool's comments mark it, and says whether they do.
fn keep_up(migration: &mut Migration, tool: &Markers) -> bool {
    let comments = &migration.comments;
    let Some(up) = find(comments, tool.up) else {
        return false;
    };
    let begin = comments[up].span.end;
    let down = comments[up..].iter().find(|comment| is(comment, tool.down));
    let end = down.map_or(migration.end, |comment| comment.span.start);
    let alone = comments
        .iter()
        .filter(|comment| comment.span.start < end)
        .any(|comment| words(&comment.text).contains(tool.no_transaction));
    if alone {
        migration.mode = tool.alone;
    }

    // Read anew: a last statement needs no semicolon before the way down begins.
    let way_up = &migration.up.text()[begin..end];
    migration.statements = statement::split_at(way_up, begin).statements;
    migration.steps = lower::lower(&migration.up, &migration.statements);
    migration
        .comments
        .retain(|comment| comment.span.start < end);
    migration.end = end;
    true
}

/// A migration of a file that stands alone: its way up, where a tool's comments mark one.
pub(super) fn keep_any_up(version: i64, file: SourceFile, mode: TransactionMode) -> Migration {
    let mut migration = Migration::new(version, "", file, mode);
    let _ = TOOLS.iter().any(|tool| keep_up(&mut migration, tool));
    migration
}

/// Whether a comment is for a tool: it marks a way, or asks for no transaction.
pub(crate) fn is_marker(comment: &Comment) -> bool {
    let of = |tool: &Markers| {
        [tool.up, tool.down, tool.no_transaction]
            .iter()
            .any(|marker| is(comment, marker))
    };
    TOOLS.iter().any(of)
}

fn find(comments: &[Comment], marker: &str) -> Option<usize> {
    comments.iter().position(|comment| is(comment, marker))
}

fn is(comment: &Comment, marker: &str) -> bool {
    begins_with(&words(&comment.text), marker)
}

fn begins_with(words: &str, marker: &str) -> bool {
    words == marker
        || words
            .strip_prefix(marker)
            .is_some_and(|rest| rest.starts_with(' '))
}

/// In lower case, with single spaces.
pub(super) fn words(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> (Vec<String>, TransactionMode) {
        let file = SourceFile::new("a.sql", text);
        let migration = keep_any_up(1, file, TransactionMode::Wrapped);
        let kept = migration.statements.iter();
        let kept = kept.map(|statement| migration.up.slice(statement.span).to_owned());
        assert!(
            migration
                .steps
                .iter()
                .all(|step| step.statement < migration.statements.len())
        );
        (kept.collect(), migration.mode)
    }

    #[test]
    fn the_way_up_is_kept() {
        for (text, mode) in [
            (
                "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose StatementEnd\n\n-- +goose Down\nSELECT 2;",
                TransactionMode::Wrapped,
            ),
            (
                "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;",
                TransactionMode::Autocommit,
            ),
            (
                "-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;",
                TransactionMode::Unwrapped,
            ),
            (
                "-- migrate:up\nSELECT 1;\n-- migrate:down transaction:false\nSELECT 2;",
                TransactionMode::Wrapped,
            ),
            (
                "-- +migrate Up notransaction\nSELECT 1;\n-- +migrate Down\nSELECT 2;",
                TransactionMode::Autocommit,
            ),
            (
                "-- +goose Up\nSELECT 1\n-- +goose Down\nSELECT 2",
                TransactionMode::Wrapped,
            ),
            (
                "SELECT 0;\n-- +migrate Up\nSELECT 1;",
                TransactionMode::Wrapped,
            ),
        ] {
            assert_eq!(
                statements(text),
                (vec!["SELECT 1".to_owned()], mode),
                "{text}"
            );
        }
    }

    #[test]
    fn statements_that_commit_by_themselves_hold_nothing() {
        let change =
            "ALTER TABLE a ADD b int;\nCREATE INDEX CONCURRENTLY i ON a (b);\nUPDATE a SET b = 1;";
        let found = |head: &str| {
            let file = SourceFile::new("a.sql", format!("{head}\n{change}"));
            let set = crate::layout::plain::read(vec![file]);
            let found = crate::lint(&set, &crate::Settings::default());
            let mut names: Vec<_> = found.iter().map(|finding| finding.rule.name).collect();
            names.retain(|name| {
                matches!(*name, "backfill-with-ddl" | "concurrently-in-transaction")
            });
            names
        };
        assert_eq!(
            found("-- +goose Up"),
            ["concurrently-in-transaction", "backfill-with-ddl"]
        );
        assert!(found("-- +goose Up\n-- +goose NO TRANSACTION").is_empty());
    }

    #[test]
    fn a_file_without_the_first_marker_stays_whole() {
        let (kept, _) = statements("-- migrate:downtime\nSELECT 1;\n-- +goose Down\nSELECT 2;");
        assert_eq!(kept, ["SELECT 1", "SELECT 2"]);
    }

    fn set(layout: Layout, files: &[(&str, &str)]) -> Result<MigrationSet, SetError> {
        let file = |(name, text): &(&str, &str)| SourceFile::new(format!("m/{name}"), *text);
        read(layout, files.iter().map(file).collect())
    }

    #[test]
    fn each_tool_takes_the_names_and_the_order_that_it_takes() {
        let order = |layout, up, names: &[&'static str]| {
            let files: Vec<_> = names.iter().map(|name| (*name, up)).collect();
            let set = set(layout, &files).expect("all is well");
            let names = set.iter().map(|one| (one.version, one.up.path.clone()));
            (names.collect::<Vec<_>>(), set.ignored.len())
        };
        let one = |version, name: &str| (version, format!("m/{name}"));
        assert_eq!(
            order(
                Layout::Goose,
                "-- +goose Up",
                &["10_b.sql", "2_a.sql", "0_c.sql", "d.sql"]
            ),
            (vec![one(2, "2_a.sql"), one(10, "10_b.sql")], 2)
        );
        assert_eq!(
            order(
                Layout::Dbmate,
                "-- migrate:up",
                &["10-b.sql", "2_a.sql", "c.sql"]
            ),
            (vec![one(1, "10-b.sql"), one(2, "2_a.sql")], 1)
        );
        assert_eq!(
            order(
                Layout::SqlMigrate,
                "-- +migrate Up",
                &["b.sql", "10_b.sql", "2_a.sql"]
            ),
            (
                vec![one(1, "2_a.sql"), one(2, "10_b.sql"), one(3, "b.sql")],
                0
            )
        );
    }

    #[test]
    fn what_the_tool_refuses() {
        let error = set(Layout::Goose, &[("1_a.sql", "SELECT 1;")]).expect_err("no way up");
        assert_eq!(
            error.to_string(),
            "m/1_a.sql: goose refuses a file without `-- +goose Up`"
        );
        let up = "-- migrate:up\n";
        let error = set(Layout::Dbmate, &[("1_a.sql", up), ("1-b.sql", up)]);
        assert!(
            matches!(error, Err(SetError::DuplicateVersion { .. })),
            "{error:?}"
        );
    }
}
