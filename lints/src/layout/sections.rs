//! Files that keep both ways in one, between comments that tell them apart: goose, dbmate and sql-migrate.
//!
//! Sources: goose's "SQL migrations", dbmate's README, sql-migrate's README.

use crate::{
    lower,
    migration::{Migration, MigrationSet, TransactionMode},
    source::SourceFile,
    statement,
    token::Comment,
};

/// What opens the ways in a tool's files.
struct Markers {
    up: &'static str,
    down: &'static str,
    /// What makes the tool send each statement by itself, at the end of the first marker or on a line of its own.
    no_transaction: &'static str,
}

const TOOLS: [Markers; 3] = [
    Markers {
        up: "+goose up",
        down: "+goose down",
        no_transaction: "+goose no transaction",
    },
    Markers {
        up: "migrate:up",
        down: "migrate:down",
        no_transaction: "transaction:false",
    },
    Markers {
        up: "+migrate up",
        down: "+migrate down",
        no_transaction: "notransaction",
    },
];

/// Keeps the way up of a file in which a tool's comments mark it; any other file stays as it is.
pub(super) fn keep_up(migration: &mut Migration) {
    let comments = &migration.comments;
    let Some((tool, up)) = TOOLS
        .iter()
        .find_map(|tool| Some((tool, find(comments, tool.up)?)))
    else {
        return;
    };
    let begin = comments[up].span.end;
    let down = comments[up..].iter().find(|comment| is(comment, tool.down));
    let end = down.map_or(migration.end, |comment| comment.span.start);
    let alone = comments
        .iter()
        .filter(|comment| comment.span.start < end)
        .any(|comment| words(&comment.text).contains(tool.no_transaction));
    if alone {
        migration.mode = TransactionMode::Autocommit;
    }

    // Read anew: a last statement needs no semicolon before the way down begins.
    let way_up = &migration.up.text()[begin..end];
    migration.statements = statement::split_at(way_up, begin).statements;
    migration.steps = lower::lower(&migration.up, &migration.statements);
    migration
        .comments
        .retain(|comment| comment.span.start < end);
    migration.end = end;
}

/// Keeps the ways up of a whole set, where every file is of such a tool: one that is not would run as it stands.
pub(super) fn keep_ups(set: &mut MigrationSet) {
    let marked = |migration: &Migration| {
        let comments = &migration.comments;
        TOOLS.iter().any(|tool| find(comments, tool.up).is_some())
    };
    if set.iter().all(marked) {
        set.iter_mut().for_each(keep_up);
        // The names are sqlx's, the texts are not.
        set.layout = None;
    }
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
    let words = words(&comment.text);
    words == marker
        || words
            .strip_prefix(marker)
            .is_some_and(|rest| rest.starts_with(' '))
}

/// In lower case, with single spaces.
fn words(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// A way up as the tool would take it.
pub(super) fn read(version: i64, file: SourceFile, mode: TransactionMode) -> Migration {
    let mut migration = Migration::new(version, "", file, mode);
    keep_up(&mut migration);
    migration
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> (Vec<String>, TransactionMode) {
        let file = SourceFile::new("a.sql", text);
        let migration = read(1, file, TransactionMode::Wrapped);
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
                TransactionMode::Autocommit,
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
}
