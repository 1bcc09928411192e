//! Which statements are the way up, and which files a tool takes.

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
        names.retain(|name| matches!(*name, "backfill-with-ddl" | "concurrently-in-transaction"));
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
