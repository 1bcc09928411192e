//! The migrations that fixes add to a set of each runner: named as their neighbours, told what their runner must be told, and read
//! back in the order and in the transactions that they are meant for.

use std::collections::BTreeMap;

use rehearsal_lints::{
    MigrationSet, Settings, SourceFile, TransactionMode,
    fix::{self, Reach},
    layout::{self, Layout},
    lint,
};

type Files = BTreeMap<String, String>;

/// More rounds than any set here has fixes.
const ROUNDS: usize = 20;

const MADE: &str = "CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, a int, b int);\n";
const DROPPED: &str = "DROP TABLE IF EXISTS t;\n";
/// A new column: what stays where an index stood beside it.
const COLUMN: &str =
    "SET LOCAL lock_timeout = '5s';\nALTER TABLE t ADD COLUMN IF NOT EXISTS c int;\n";
const INDEX: &str = "-- For the list.\nCREATE INDEX t_a_idx ON t (a);\n";
const BOTH_DOWN: &str = "DROP INDEX t_a_idx;\nALTER TABLE t DROP COLUMN IF EXISTS c;\n";
const FIXED_DOWN: &str = "DROP INDEX IF EXISTS t_a_idx;\nALTER TABLE t DROP COLUMN IF EXISTS c;\n";
/// What a fix makes of the index.
const LEFTOVER: &str = "\
-- A concurrent build that failed leaves an INVALID index, which IF NOT EXISTS would keep in the next migration. Once
-- this one is recorded as applied, it is to be reverted or run by hand before the build is tried again.
DROP INDEX CONCURRENTLY IF EXISTS t_a_idx;
";
/// The same where each statement is sent by itself.
const TOGETHER: &str = "\
-- A concurrent build that failed leaves an INVALID index, which IF NOT EXISTS would keep.
DROP INDEX CONCURRENTLY IF EXISTS t_a_idx;
-- For the list.
CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a_idx ON t (a);
";
const NO_WAY_BACK: &str = "-- irreversible: it drops only what a failed build has left\n";
const BUILD: &str = "-- For the list.\nCREATE INDEX CONCURRENTLY IF NOT EXISTS t_a_idx ON t (a);\n";
const BUILD_DOWN: &str = "DROP INDEX CONCURRENTLY IF EXISTS t_a_idx;\n";
/// What refuses a transaction, by itself.
const ALONE: &str = "REINDEX TABLE CONCURRENTLY t;\n";

fn files(files: &[(&str, &str)]) -> Files {
    let owned = |(path, text): &(&str, &str)| (format!("m/{path}"), (*text).to_owned());
    files.iter().map(owned).collect()
}

fn read(layout: Layout, files: &Files) -> MigrationSet {
    let source = |(path, text): (&String, &String)| SourceFile::new(&**path, &**text);
    let sources: Vec<_> = files.iter().map(source).collect();
    if layout != Layout::Refinery {
        assert_eq!(Layout::detect("m", &sources), Ok(Some(layout)));
    }
    layout.read(sources).expect("the runner takes all of it")
}

/// The files after all fixes.
fn fixed(layout: Layout, before: &Files) -> Files {
    let mut files = before.clone();
    for _ in 0..ROUNDS {
        let found = lint(&read(layout, &files), &Settings::default());
        let wanted = found
            .iter()
            .filter(|finding| finding.fix.is_within(Reach::All));
        let applied = fix::apply(wanted, |path| files.get(path).map(String::as_str));
        if applied.texts.is_empty() {
            return files;
        }
        files.extend(applied.texts);
    }
    panic!("{layout}: fixes undo each other");
}

/// What is other than before, or new, after all fixes; asserts that the modes are those in which the added and changed files are
/// to be sent, and that nothing found asks for more.
#[track_caller]
fn changed(layout: Layout, before: &Files) -> Files {
    let mut after = fixed(layout, before);
    let set = read(layout, &after);
    let found = lint(&set, &Settings::default());
    let names: Vec<_> = found.iter().map(|finding| finding.rule.name).collect();
    for name in [
        "create-index-not-concurrent",
        "concurrently-in-transaction",
        "check-validates",
    ] {
        assert!(!names.contains(&name), "{layout}: {name}");
    }
    for migration in &set {
        let concurrently = migration.script().contains("CONCURRENTLY");
        let wrapped = migration.mode == TransactionMode::Wrapped;
        assert!(
            !(concurrently && wrapped),
            "{layout}: {}",
            migration.up.path
        );
    }
    after.retain(|path, text| before.get(path) != Some(text));
    after
}

/// A file of both ways, between the comments of its tool.
fn sections(up: &str, above: &str, down: &str, below: &str) -> String {
    format!("{up}\n{above}\n{down}\n{below}")
}

#[test]
fn gooses() {
    let file = |above: &str, below: &str| sections("-- +goose Up", above, "-- +goose Down", below);
    let bare =
        |above: &str, below: &str| format!("-- +goose NO TRANSACTION\n{}", file(above, below));
    // The template of `goose create` puts each statement into a block.
    let block = |sql: &str| format!("-- +goose StatementBegin\n{sql}-- +goose StatementEnd\n");
    let both = format!("{COLUMN}{}", block(INDEX));
    let before = files(&[
        ("00009_t.sql", &file(MADE, DROPPED)),
        ("00010_both.sql", &file(&both, BOTH_DOWN)),
        ("00015_alone.sql", &file(ALONE, "")),
    ]);
    let expected = files(&[
        ("00010_both.sql", &file(COLUMN, FIXED_DOWN)),
        ("00011_create_t_a_idx.sql", &bare(TOGETHER, BUILD_DOWN)),
        ("00015_alone.sql", &bare(ALONE, "")),
    ]);
    assert_eq!(changed(Layout::Goose, &before), expected);
}

#[test]
fn where_each_statement_is_sent_by_itself_the_drop_goes_before_the_build() {
    let file = |above: &str| {
        sections(
            "-- +goose NO TRANSACTION\n-- +goose Up",
            above,
            "-- +goose Down",
            BUILD_DOWN,
        )
    };
    let build = |more: &str| {
        format!("-- For the list.\nCREATE INDEX CONCURRENTLY{more} t_a_idx ON t (a);\n")
    };
    let fixed = |above: &str| {
        let made = sections("-- +goose Up", MADE, "-- +goose Down", DROPPED);
        let before = files(&[("00009_t.sql", &made), ("00010_i.sql", &file(above))]);
        fixed(Layout::Goose, &before).remove("m/00010_i.sql")
    };
    let plain = "ANALYZE t;\n";
    assert_eq!(
        fixed(&format!("{plain}{}", build(""))),
        Some(file(&format!("{plain}{TOGETHER}")))
    );
    // A block is sent as one.
    let block = format!(
        "-- +goose StatementBegin\n{}-- +goose StatementEnd\n",
        build("")
    );
    assert_eq!(fixed(&block), Some(file(&block)));
    let dropped = format!("{BUILD_DOWN}{}", build(" IF NOT EXISTS"));
    assert_eq!(fixed(&dropped), Some(file(&dropped)));
}

#[test]
fn dbmates() {
    let file =
        |above: &str, below: &str| sections("-- migrate:up", above, "-- migrate:down", below);
    let before = files(&[
        ("20260101000000_t.sql", &file(MADE, DROPPED)),
        (
            "20260102000000_both.sql",
            &file(&format!("{COLUMN}{INDEX}"), BOTH_DOWN),
        ),
        ("20260103000000-alone.sql", &file(ALONE, "")),
    ]);
    let up = "-- migrate:up transaction:false";
    let expected = files(&[
        ("20260102000000_both.sql", &file(COLUMN, FIXED_DOWN)),
        (
            "20260102000001_drop_unfinished_t_a_idx.sql",
            &sections(up, LEFTOVER, "-- migrate:down", NO_WAY_BACK),
        ),
        (
            "20260102000002_create_t_a_idx.sql",
            &sections(up, BUILD, "-- migrate:down transaction:false", BUILD_DOWN),
        ),
        (
            "20260103000000-alone.sql",
            &sections(up, ALONE, "-- migrate:down", ""),
        ),
    ]);
    assert_eq!(changed(Layout::Dbmate, &before), expected);
}

#[test]
fn sql_migrates() {
    let file =
        |above: &str, below: &str| sections("-- +migrate Up", above, "-- +migrate Down", below);
    let before = files(&[
        ("8-t.sql", &file(MADE, DROPPED)),
        ("9-both.sql", &file(&format!("{COLUMN}{INDEX}"), BOTH_DOWN)),
        ("20-alone.sql", &file(ALONE, "")),
    ]);
    let up = "-- +migrate Up notransaction";
    let expected = files(&[
        ("9-both.sql", &file(COLUMN, FIXED_DOWN)),
        (
            "10-create_t_a_idx.sql",
            &sections(up, TOGETHER, "-- +migrate Down notransaction", BUILD_DOWN),
        ),
        ("20-alone.sql", &sections(up, ALONE, "-- +migrate Down", "")),
    ]);
    assert_eq!(changed(Layout::SqlMigrate, &before), expected);
}

#[test]
fn diesels() {
    const METADATA: &str = "run_in_transaction = false\n";
    let before = files(&[
        ("2026-01-01-000000_t/up.sql", MADE),
        ("2026-01-01-000000_t/down.sql", DROPPED),
        (
            "2026-01-02-235957-0000_both/up.sql",
            &format!("{COLUMN}{INDEX}"),
        ),
        ("2026-01-02-235957-0000_both/down.sql", BOTH_DOWN),
        ("2026-01-03-000000_alone/up.sql", ALONE),
    ]);
    let expected = files(&[
        ("2026-01-02-235957-0000_both/up.sql", COLUMN),
        ("2026-01-02-235957-0000_both/down.sql", FIXED_DOWN),
        (
            "2026-01-02-235958-0000_drop_unfinished_t_a_idx/up.sql",
            LEFTOVER,
        ),
        (
            "2026-01-02-235958-0000_drop_unfinished_t_a_idx/down.sql",
            NO_WAY_BACK,
        ),
        (
            "2026-01-02-235958-0000_drop_unfinished_t_a_idx/metadata.toml",
            METADATA,
        ),
        ("2026-01-02-235959-0000_create_t_a_idx/up.sql", BUILD),
        ("2026-01-02-235959-0000_create_t_a_idx/down.sql", BUILD_DOWN),
        (
            "2026-01-02-235959-0000_create_t_a_idx/metadata.toml",
            METADATA,
        ),
        ("2026-01-03-000000_alone/metadata.toml", METADATA),
    ]);
    assert_eq!(changed(Layout::Diesel, &before), expected);
}

#[test]
fn flyways() {
    let both = format!("{COLUMN}{INDEX}");
    let before = files(&[
        ("B1__t.sql", MADE),
        ("sub/V2_1__both.sql", &both),
        ("sub/U2_1__both.sql", BOTH_DOWN),
        ("V3__alone.sql", ALONE),
        ("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT a FROM t;\n"),
    ]);
    let moved = |version: &str| {
        files(&[
            (&format!("sub/V{version}__create_t_a_idx.sql"), TOGETHER),
            (&format!("sub/U{version}__create_t_a_idx.sql"), BUILD_DOWN),
            ("sub/V2_1__both.sql", COLUMN),
            ("sub/U2_1__both.sql", FIXED_DOWN),
            // Flyway sees by itself what the others refuse, but not this.
            ("V3__alone.sql.conf", "executeInTransaction=false\n"),
        ])
    };
    assert_eq!(changed(Layout::Flyway, &before), moved("2_2"));
    // Where another migration follows at once, it comes between.
    let mut close = before;
    close.insert("m/V2_2__c.sql".to_owned(), "SELECT 1;\n".to_owned());
    assert_eq!(changed(Layout::Flyway, &close), moved("2_1_1"));
}

#[test]
fn prismas() {
    let before = files(&[
        ("20260101000000_t/migration.sql", MADE),
        (
            "20260102000000_both/migration.sql",
            &format!("{COLUMN}{INDEX}"),
        ),
    ]);
    let expected = files(&[
        ("20260102000000_both/migration.sql", COLUMN),
        (
            "20260102000001_drop_unfinished_t_a_idx/migration.sql",
            LEFTOVER,
        ),
        ("20260102000002_create_t_a_idx/migration.sql", BUILD),
    ]);
    assert_eq!(changed(Layout::Prisma, &before), expected);
}

#[test]
fn refinerys_hold_what_may_run_in_a_transaction() {
    let before = files(&[
        ("V1__t.sql", MADE),
        (
            "sub/V2__check.sql",
            "SET LOCAL lock_timeout = '5s';\nALTER TABLE t ADD CONSTRAINT c CHECK (b > 0);\n",
        ),
    ]);
    let after = changed(Layout::Refinery, &before);
    assert_eq!(
        after["m/sub/V3__validate_c.sql"],
        "ALTER TABLE t VALIDATE CONSTRAINT c;\n"
    );
    assert!(after["m/sub/V2__check.sql"].contains("CHECK (b > 0) NOT VALID"));
    for sql in [INDEX, ALONE] {
        let set = read(
            Layout::Refinery,
            &files(&[
                ("V1__t.sql", MADE),
                ("V2__i.sql", &format!("{COLUMN}{sql}")),
            ]),
        );
        let found = lint(&set, &Settings::default());
        let outside = "outside refinery, which sends each migration in a transaction";
        let finding = found.iter().find(|finding| {
            finding
                .help
                .as_ref()
                .is_some_and(|help| help.contains(outside))
        });
        let finding = finding.expect("there is something to do by hand");
        assert!(finding.fix.is_empty(), "{:?}", finding.fix);
    }
}

/// How many files fixes add to a set in which an index stands beside another change.
fn added(layout: Layout, names: &[&str]) -> usize {
    let mut before = Files::new();
    for (index, name) in names.iter().enumerate() {
        let sql = match index {
            0 => format!("{COLUMN}{INDEX}"),
            _ => "SELECT 1;\n".to_owned(),
        };
        let text = match layout {
            Layout::Dbmate => sections("-- migrate:up", &sql, "-- migrate:down", ""),
            Layout::SqlMigrate => sections("-- +migrate Up", &sql, "-- +migrate Down", ""),
            _ => sql,
        };
        before.insert(format!("m/{name}"), text);
    }
    fixed(layout, &before).len() - before.len()
}

#[test]
fn where_a_scheme_leaves_no_room_nothing_is_added() {
    for (layout, with_room, without) in [
        // Of these, names are compared as texts.
        (Layout::Dbmate, &["07_a.sql"][..], &["99_a.sql"][..]),
        (Layout::Dbmate, &["7_a.sql"], &["9_a.sql"]),
        (
            Layout::Prisma,
            &["7_a/migration.sql"],
            &["9_a/migration.sql"],
        ),
        // The day is over.
        (
            Layout::Diesel,
            &["2026-01-02-235957_a/up.sql"],
            &["2026-01-02-235958_a/up.sql"],
        ),
        // What runs whenever it has changed has no version.
        (Layout::Flyway, &["V1__a.sql"], &["R__a.sql"]),
        (Layout::SqlMigrate, &["1_a.sql"], &["a.sql"]),
    ] {
        assert!(added(layout, with_room) >= 1, "{layout}: {with_room:?}");
        assert_eq!(added(layout, without), 0, "{layout}: {without:?}");
    }
}

#[test]
fn a_block_of_a_do_stays_one_statement_to_its_tool() {
    let guarded = "\
DO $do$ BEGIN
    ALTER TABLE t ADD CONSTRAINT c UNIQUE (a);
EXCEPTION WHEN duplicate_table THEN NULL;
END $do$;";
    let file = |sql: &str| sections("-- +goose Up", sql, "-- +goose Down", "");
    let marked = |sql: &str| format!("-- +goose StatementBegin\n{sql}\n-- +goose StatementEnd\n");
    let add = "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a);";
    for (before, after) in [
        (format!("{add} -- x\n"), marked(&format!("{guarded} -- x"))),
        (marked(add), marked(guarded)),
    ] {
        let before = files(&[("1_t.sql", &file(MADE)), ("2_c.sql", &file(&before))]);
        let set = read(Layout::Goose, &before);
        let found = lint(&set, &Settings::default());
        let name = "add-constraint-not-rerunnable";
        let finding = found.iter().find(|finding| finding.rule.name == name);
        let applied = fix::apply(finding, |path| before.get(path).map(String::as_str));
        assert_eq!(applied.texts["m/2_c.sql"], file(&after));
    }
}

#[test]
fn a_file_that_stands_alone_is_told_in_the_words_of_its_tool() {
    let text = format!("-- +goose Up\n{ALONE}-- +goose Down\n");
    let set = layout::plain::read(vec![SourceFile::new("1_a.sql", text)]);
    let found = lint(&set, &Settings::default());
    let name = "concurrently-in-transaction";
    let finding = found.iter().find(|finding| finding.rule.name == name);
    let finding = finding.expect("it is in a transaction");
    assert_eq!(
        finding.help.as_deref(),
        Some("put it in a migration with `-- +goose NO TRANSACTION`")
    );
    assert_eq!(finding.fix.edits[0].text, "-- +goose NO TRANSACTION\n");
}
