//! Migrations of other runners than sqlx, checked on a real Postgres as those would run them.

use insta::assert_snapshot;

use crate::support::Project;

const FIRST: &str = "\
-- +goose Up
CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);
-- +goose Down
DROP TABLE users;
";
/// As one query, or in a transaction, Postgres would refuse it.
const SECOND: &str = "\
-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);
-- +goose Down
DROP INDEX CONCURRENTLY users_email_idx;
";
const THIRD: &str = "\
-- +goose Up
ALTER TABLE users ADD COLUMN name text;
-- +goose Down
ALTER TABLE users DROP COLUMN name;
";

#[test]
fn goose_runs_only_the_way_up_and_each_statement_by_itself() {
    let project = Project::new(&[
        ("migrations/00001_users.sql", FIRST),
        ("migrations/00002_email.sql", SECOND),
        ("migrations/00003_name.sql", THIRD),
    ]);
    let said = project.run(&["check", "--quiet"]);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(
        said,
        [
            "exit 1",
            "--- stdout",
            "migrations/00003_name.sql:2:19: error[add-column-not-rerunnable]: a second run fails here: column `name` of `users` is already there",
            "migrations/00003_name.sql:2:19: warning[lock-timeout-missing]: while this waits for `ACCESS EXCLUSIVE` on `users`, later reads and writes queue behind it without a limit",
            "tests/snapshots/schema.snap: error[snapshot-stale]: there is no committed schema that reviewers could read",
        ]
    );
    let schema = project.run(&["schema"]);
    assert!(
        schema.contains("CREATE INDEX users_email_idx") && schema.contains("name text"),
        "{schema}"
    );
    // The baseline applies what comes before it to a database of its own.
    let said = project.run(&["check", "--quiet", "--since", "2"]);
    assert!(said.contains("00003_name.sql:2:19: error"), "{said}");
}

const USERS: &str = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);\n";
/// What a second run refuses.
const NAME: &str = "ALTER TABLE users ADD COLUMN name text;\n";
const DROP: &str = "DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;\n";
const INDEX: &str = "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);\n";

/// The places and rules of what a command finds, without the rest.
fn found(shown: &str) -> Vec<&str> {
    let lines = shown.lines().filter(|line| line.contains("]: "));
    lines.filter_map(|line| line.split("]: ").next()).collect()
}

#[test]
fn flyways_versions_are_numbers_with_dots_and_repeatable_ones_come_last() {
    let project = Project::new(&[
        (
            "migrations/R__names.sql",
            "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n",
        ),
        ("migrations/V1.10__index.sql", &format!("{DROP}{INDEX}")),
        ("migrations/V1.2__name.sql", NAME),
        ("migrations/old/V1__users.sql", USERS),
        ("migrations/V1.2__name.sql.bak", "not SQL"),
    ]);
    let said = project.run(&["check", "--quiet"]);
    assert_eq!(
        found(&said),
        [
            "migrations/V1.2__name.sql:1:19: error[add-column-not-rerunnable",
            "migrations/V1.2__name.sql:1:19: warning[lock-timeout-missing",
            "tests/snapshots/schema.snap: error[snapshot-stale",
        ],
        "{said}"
    );
    let said = project.run(&["check", "--quiet", "--since", "1.2"]);
    assert_eq!(
        found(&said),
        ["tests/snapshots/schema.snap: error[snapshot-stale"],
        "{said}"
    );
    // The same as a setting, which the files' names spell.
    project.write(
        "rehearsal.toml",
        "layout = \"flyway\"\nbaseline = \"1.2\"\n",
    );
    let said = project.run(&["lint", "--quiet"]);
    assert_eq!(said, "exit 0\n");
    let said = project.run(&["snapshot", "--accept"]);
    assert!(said.starts_with("exit 0"), "{said}");
    let said = project.run(&["check"]);
    assert!(said.starts_with("exit 0"), "{said}");
    let said = project.run(&["lint", "--since", "1-2"]);
    assert_snapshot!(said, @r"
    exit 2
    --- stderr
    error: `1-2` is no version of Flyway's
    help: write it as in the name of a migration: V<VERSION>__<DESCRIPTION>.sql
    ");
}

#[test]
fn a_flyway_baseline_stands_for_what_it_replaces() {
    let project = Project::new(&[
        ("migrations/V1__users.sql", "CREATE TABLE users (id int);"),
        ("migrations/V2__name.sql", NAME),
        ("migrations/B2__all.sql", USERS),
        ("migrations/U1__users.sql", "DROP TABLE users;"),
    ]);
    assert_snapshot!(project.run(&["lint"]), @r"
    exit 0
    --- stdout
    note: a new database begins with migrations/B2__all.sql: 2 versioned migrations before it are neither read nor run; move it away to rehearse them
    note: read as migrations of Flyway; --layout names another runner
    1 migration: no findings
    ");
}

#[test]
fn a_folder_for_each_migration() {
    let project = Project::new(&[
        ("migrations/2026-01-01-000000_users/up.sql", USERS),
        (
            "migrations/2026-01-01-000000_users/down.sql",
            "DROP TABLE users;",
        ),
        ("migrations/2026-01-02-000000_index/up.sql", INDEX),
        (
            "migrations/2026-01-02-000000_index/down.sql",
            "DROP INDEX users_email_idx;",
        ),
        (
            "migrations/2026-01-02-000000_index/metadata.toml",
            "run_in_transaction = false",
        ),
    ]);
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.git(&["add", "."]);
    project.git(&["commit", "--quiet", "-m", "first"]);
    let said = project.run(&["snapshot", "--accept"]);
    assert!(said.starts_with("exit 0"), "{said}");
    let said = project.run(&["apply", "--quiet"]);
    assert_eq!(said, "exit 0\n");
    // A file is judged with those before it, wherever it is named from.
    project.write("migrations/2026-01-03-000000_name/up.sql", NAME);
    let said = project.run(&[
        "lint",
        "--quiet",
        "migrations/2026-01-03-000000_name/up.sql",
    ]);
    assert!(
        said.contains("column `name` of `users` is already there"),
        "{said}"
    );
    let said = project.run(&["lint", "--quiet"]);
    assert!(said.contains("warning[missing-down]"), "{said}");
    let said = project.run(&["diff", "--base", "HEAD"]);
    assert!(said.contains("+ column name: added: text"), "{said}");
    let said = project.run(&["check", "--quiet", "--base", "HEAD"]);
    let found = found(&said);
    assert!(
        found.iter().all(|line| !line.contains("2026-01-01")),
        "{said}"
    );
    assert!(
        found[0].starts_with("migrations/2026-01-03-000000_name/up.sql:1:1"),
        "{said}"
    );
}

#[test]
fn prisma_and_golang_migrate_open_no_transaction() {
    for (users, index) in [
        ("1_users/migration.sql", "2_index/migration.sql"),
        ("000001_users.up.sql", "000002_index.up.sql"),
    ] {
        let (users, index) = (format!("migrations/{users}"), format!("migrations/{index}"));
        let wrapped = format!("BEGIN;\n{USERS}COMMIT;\n");
        let more = "migrations/000003_lock.up.sql";
        let mut files = vec![(users.as_str(), wrapped.as_str()), (index.as_str(), INDEX)];
        if users.ends_with(".up.sql") {
            files.push((more, "BEGIN;\nLOCK TABLE users IN SHARE MODE;\nCOMMIT;\n"));
        }
        let project = Project::new(&files);
        let said = project.run(&["apply", "--quiet"]);
        assert_eq!(said, "exit 0\n", "{users}");
        let said = project.run(&["lint", "--quiet"]);
        assert!(!said.contains("begin-in-migration"), "{said}");
    }
}

#[test]
fn what_to_do_is_said_in_the_words_of_the_runner() {
    for (folder, name, text, expected) in [
        ("a", "2026-01-02-000000_i/up.sql", INDEX, "metadata.toml"),
        (
            "b",
            "V2__i.sql",
            "CREATE INDEX CONCURRENTLY i ON users (email); SELECT 1;",
            "put it alone in a migration\n",
        ),
        (
            "c",
            "2_i.sql",
            "-- +goose Up\nCREATE INDEX CONCURRENTLY i ON users (email);\n",
            "-- +goose NO TRANSACTION",
        ),
        ("d", "2_i.up.sql", INDEX, "-- no-transaction"),
    ] {
        let project = Project::new(&[(&format!("{folder}/{name}"), text)]);
        let said = project.run(&["lint", folder]);
        assert!(said.contains("concurrently-in-transaction"), "{said}");
        assert!(said.contains(expected), "{said}");
        let doubt = "note: read as migrations of sqlx, which wraps d/2_i.up.sql in a transaction; if golang-migrate runs it";
        assert_eq!(said.contains(doubt), folder == "d", "{said}");
    }
}

#[test]
fn files_of_two_runners() {
    let project = Project::new(&[
        ("migrations/1_a.sql", USERS),
        ("migrations/V2__b.sql", NAME),
        ("migrations/c.sql", "SELECT 1;"),
    ]);
    assert_snapshot!(project.run(&["check"]), @r#"
    exit 2
    --- stderr
    error: the migrations are of two runners: migrations/1_a.sql looks like one for sqlx, migrations/V2__b.sql like one for Flyway
    help: say which runner it is, with --layout or as `layout` in rehearsal.toml: "sqlx" or "flyway"
    "#);
    // Named, the runner passes over the others; the report says so.
    let said = project.run(&["lint", "--quiet", "--layout", "flyway"]);
    assert_eq!(
        found(&said)[2..],
        [
            "migrations/1_a.sql: error[file-ignored",
            "migrations/c.sql: error[file-ignored",
        ],
        "{said}"
    );
    let said = project.run(&["lint", "--layout", "sqlx"]);
    assert!(
        said.contains("migrations/V2__b.sql: the file name's version is no integer"),
        "{said}"
    );
    // Other folders are read file by file, and that is said, too.
    project.write("other/1_a.sql", USERS);
    project.write("other/seed.sql", "SELECT 1;");
    let said = project.run(&["lint", "other"]);
    assert!(
        said.contains("note: other is read file by file: sqlx would not run other/seed.sql; --layout sqlx reads the others as one set"),
        "{said}"
    );
    let said = project.run(&["lint", "--quiet", "--layout", "sqlx", "other"]);
    assert!(
        said.contains("other/seed.sql: error[file-ignored]"),
        "{said}"
    );
}

#[test]
fn files_of_no_runner() {
    let project = Project::new(&[
        ("migrations/v1.10/index.sql", INDEX),
        ("migrations/v1.9/users.sql", USERS),
    ]);
    assert_snapshot!(project.run(&["apply"]), @r"
    exit 2
    --- stderr
    error: no migrations: no runner would take a file of that name, such as migrations/v1.10/index.sql
    help: name it as migrations/20260101000000_create_users.sql, or take the files in the order of their names: --layout plain
    ");
    project.write(
        "migrations/v1.10/index.sql",
        INDEX.replace("CONCURRENTLY ", ""),
    );
    let said = project.run(&["apply", "--quiet", "--layout", "plain"]);
    assert_eq!(said, "exit 0\n");
}

#[test]
fn names_and_texts_that_a_runner_refuses() {
    let refused = |files: &[(&str, &str)], layout: &str| {
        Project::new(files).run(&["lint", "--layout", layout])
    };
    assert_snapshot!(refused(&[("migrations/V1__a.sql", ""), ("migrations/x/V1.0__b.sql", "")], "flyway"), @r"
    exit 2
    --- stderr
    error: migrations/V1__a.sql and migrations/x/V1.0__b.sql both have version 1
    help: rename the newer one so that it sorts last
    ");
    assert_snapshot!(refused(&[("migrations/V20260101120000.123456__a.sql", "")], "flyway"), @r"
    exit 2
    --- stderr
    error: migrations/V20260101120000.123456__a.sql: with the longest versions beside it, the file name's version has more than 18 digits
    help: give the newest migrations shorter versions
    ");
    assert_snapshot!(refused(&[("migrations/1_a.sql", USERS)], "goose"), @r"
    exit 2
    --- stderr
    error: migrations/1_a.sql: goose refuses a file without `-- +goose Up`
    help: write `-- +goose Up` above its statements, or move it to another folder
    ");
    assert_snapshot!(refused(&[("migrations/1_a.sql", USERS)], "prisma"), @r"
    exit 2
    --- stderr
    error: no migrations: migrations has no file that Prisma would run
    help: name one migrations/<VERSION>_<DESCRIPTION>/migration.sql
    ");
}
