//! `lint --fix` and `--diff`.

use std::{
    fs,
    process::{Command, Stdio},
};

use insta::assert_snapshot;

use crate::support::Project;

const SQL: &str = "SET LOCAL lock_timeout = '5s';\r\nDROP TABLE a;\r\nCREATE TABLE b (id bigint PRIMARY KEY);\r\nDROP VIEW v";

fn project() -> Project {
    Project::new(&[
        ("migrations/1_a b.sql", SQL),
        (
            "migrations/2_b.sql",
            "SET LOCAL lock_timeout = '5s';\nDROP TABLE b;\n",
        ),
    ])
}

#[test]
fn fixing_twice_changes_nothing_the_second_time() {
    let project = project();
    let first = project.run(&["lint", "-q", "--fix"]);
    assert!(first.contains("fixed migrations/1_a b.sql: "), "{first}");
    let fixed = project.read("migrations/1_a b.sql");
    assert_eq!(
        fixed,
        "SET LOCAL lock_timeout = '5s';\r\nDROP TABLE IF EXISTS a;\r\nCREATE TABLE IF NOT EXISTS b (id bigint PRIMARY KEY);\r\nDROP VIEW IF EXISTS v"
    );
    let second = project.run(&["lint", "-q", "--fix"]);
    assert!(!second.contains("fixed "), "{second}");
    assert_eq!(project.read("migrations/1_a b.sql"), fixed);
}

#[test]
fn the_diff_is_what_git_applies() {
    let project = project();
    let output = project
        .command(&["lint", "--diff"])
        .output()
        .expect("the program starts");
    assert_eq!(project.read("migrations/1_a b.sql"), SQL);
    project.write("fix.patch", &output.stdout);
    let applied = Command::new("git")
        .args(["apply", "fix.patch"])
        .current_dir(project.path())
        .stderr(Stdio::inherit())
        .status()
        .expect("git is here");
    assert!(applied.success());
    let patched = project.read("migrations/1_a b.sql");
    project.write("migrations/1_a b.sql", SQL);
    project.write(
        "migrations/2_b.sql",
        "SET LOCAL lock_timeout = '5s';\nDROP TABLE b;\n",
    );
    project.run(&["lint", "--fix"]);
    assert_eq!(patched, project.read("migrations/1_a b.sql"));
    assert_snapshot!(String::from_utf8_lossy(&output.stdout).replace('\r', "␍"));
}

#[test]
fn merged_migrations_never_change() {
    let project = project();
    project.write("rehearsal.toml", "baseline = 1\n");
    project.run(&["lint", "--fix", "--since", "0"]);
    assert_eq!(project.read("migrations/1_a b.sql"), SQL);
    assert_eq!(
        project.read("migrations/2_b.sql"),
        "SET LOCAL lock_timeout = '5s';\nDROP TABLE IF EXISTS b;\n"
    );
}

#[test]
fn standard_input_is_printed_fixed() {
    let shown = Project::new(&[]).run_with(&["lint", "-q", "--fix", "-"], b"DROP SCHEMA s;\n");
    assert!(
        shown.contains("--- stdout\nDROP SCHEMA IF EXISTS s;\n--- stderr\n"),
        "{shown}"
    );
}

/// An index among other changes, in a set that has ways down, with all that makes a patch hard: spaces, CRLF, no line break at
/// the end.
fn apart() -> Project {
    Project::new(&[
        (
            "my migrations/20260101000000_make.up.sql",
            "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, name text, age int);\n",
        ),
        (
            "my migrations/20260101000000_make.down.sql",
            "DROP TABLE IF EXISTS users;\n",
        ),
        (
            "my migrations/20260102000000_change it.up.sql",
            "-- Two things.\r\n\r\nALTER TABLE users ADD COLUMN born date;\r\n-- By name.\r\nCREATE INDEX users_name_idx ON users (name)",
        ),
        (
            "my migrations/20260102000000_change it.down.sql",
            "DROP INDEX users_name_idx;\nALTER TABLE users DROP COLUMN IF EXISTS born",
        ),
    ])
}

const APART: [&str; 5] = [
    "lint",
    "-q",
    "--unsafe-fixes",
    "--migrations",
    "my migrations",
];

fn with(extra: &str) -> Vec<&str> {
    APART.iter().copied().chain([extra]).collect()
}

/// Takes the patch into one project and the fixes into another, which comes to the same and is done; gives the patch, and the files.
fn patched_as_fixed(
    project: fn() -> Project,
    with: impl Fn(&'static str) -> Vec<&'static str>,
    folder: &str,
) -> (Vec<u8>, Vec<(String, String)>) {
    let (patched, fixed) = (project(), project());
    let output = patched.command(&with("--diff")).output();
    let patch = output.expect("the program starts").stdout;
    patched.write("fix.patch", &patch);
    for arguments in [
        &["apply", "--check", "fix.patch"][..],
        &["apply", "fix.patch"],
    ] {
        let applied = Command::new("git")
            .args(arguments)
            .current_dir(patched.path())
            .stderr(Stdio::inherit())
            .status()
            .expect("git is here");
        assert!(applied.success(), "{arguments:?}");
    }
    fixed.run(&with("--fix"));
    let files = fixed.files(folder);
    assert_eq!(patched.files(folder), files);
    let again = fixed.run(&with("--fix"));
    assert!(
        !again.contains("fixed ") && !again.contains("added "),
        "{again}"
    );
    assert_eq!(fixed.files(folder), files);
    (patch, files)
}

#[test]
fn a_patch_with_new_files_is_what_git_applies() {
    let (patch, mut files) = patched_as_fixed(apart, with, "my migrations");
    assert_snapshot!(String::from_utf8_lossy(&patch).replace('\r', "␍"));
    files.retain(|(name, _)| !name.contains("make") && !name.contains("change"));
    assert_eq!(files.len(), 4, "{files:?}");
}

/// A set of Diesel's, whose migrations are folders.
fn folders() -> Project {
    Project::new(&[
        (
            "migrations/2026-01-01-000000_make/up.sql",
            "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, name text, age int);\n",
        ),
        (
            "migrations/2026-01-01-000000_make/down.sql",
            "DROP TABLE IF EXISTS users;\n",
        ),
        (
            "migrations/2026-01-02-000000_change/up.sql",
            "ALTER TABLE users ADD COLUMN IF NOT EXISTS born date;\nCREATE INDEX users_name_idx ON users (name);\n",
        ),
        (
            "migrations/2026-01-02-000000_change/down.sql",
            "DROP INDEX users_name_idx;\nALTER TABLE users DROP COLUMN IF EXISTS born;\n",
        ),
        (
            "migrations/2026-01-03-000000_reindex/up.sql",
            "REINDEX TABLE CONCURRENTLY users;\n",
        ),
    ])
}

#[test]
fn a_patch_with_new_folders_is_what_git_applies() {
    let with = |extra| vec!["lint", "-q", "--unsafe-fixes", extra];
    for folder in [
        "migrations/2026-01-02-000001_drop_unfinished_users_name_idx",
        "migrations/2026-01-02-000002_create_users_name_idx",
    ] {
        let (_, files) = patched_as_fixed(folders, with, folder);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["down.sql", "metadata.toml", "up.sql"]);
    }
    let (_, files) = patched_as_fixed(folders, with, "migrations/2026-01-03-000000_reindex");
    assert_eq!(
        files[0],
        (
            "metadata.toml".to_owned(),
            "run_in_transaction = false\n".to_owned()
        )
    );
}

#[test]
fn what_lies_beside_a_migration_is_changed_with_it() {
    let project = folders();
    let metadata = "migrations/2026-01-03-000000_reindex/metadata.toml";
    project.write(metadata, "# slow");
    let fix = ["lint", "-q", "--unsafe-fixes", "--fix"];
    let shown = project.run(&fix);
    let told = format!("changed {metadata}, which says how a fixed migration is sent");
    assert!(shown.contains(&told), "{shown}");
    assert_eq!(
        project.read(metadata),
        "# slow\nrun_in_transaction = false\n"
    );
    // What somebody has decided stays.
    project.write(metadata, "run_in_transaction = true\n");
    project.run(&fix);
    assert_eq!(project.read(metadata), "run_in_transaction = true\n");
}

#[test]
fn what_is_added_lies_behind_what_is_merged() {
    let project = Project::new(&[
        (
            "migrations/V1__a.sql",
            "CREATE TABLE IF NOT EXISTS t (a int);\n",
        ),
        (
            "migrations/V2__b.sql",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS b int;\nCREATE INDEX i ON t (a);\n",
        ),
        ("rehearsal.toml", "baseline = \"1\"\n"),
    ]);
    let fix = ["lint", "-q", "--unsafe-fixes", "--fix"];
    project.run(&fix);
    let names = || -> Vec<String> {
        let files = project.files("migrations");
        files.into_iter().map(|(name, _)| name).collect()
    };
    let added = ["V1__a.sql", "V2__b.sql", "V3__create_i.sql"];
    assert_eq!(names(), added);
}

#[test]
fn without_being_asked_no_file_is_added() {
    let project = apart();
    project.run(&["lint", "--fix", "--migrations", "my migrations"]);
    assert_eq!(project.files("my migrations").len(), 4);
}

#[test]
fn unsafe_fixes_need_something_to_do() {
    let shown = apart().run(&["lint", "--unsafe-fixes"]);
    assert!(shown.starts_with("exit 2\n"), "{shown}");
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let project = apart();
    let path = project
        .path()
        .join("my migrations/20260102000000_change it.down.sql");
    let mut permissions = fs::metadata(&path).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("it is ours");
    let before = project.files("my migrations");
    let shown = project.run(&with("--fix"));
    assert_eq!(project.files("my migrations"), before);
    assert_eq!(
        shown,
        "exit 2\n--- stderr\n\
         error: cannot write my migrations/20260102000000_change it.down.sql: it is read-only\n\
         help: make it writable, such as with `chmod u+w`, or fix the other files alone\n"
    );
}

#[test]
fn a_version_that_is_taken_is_passed_over() {
    let project = apart();
    let taken = "my migrations/20260102000001_other.up.sql";
    project.write(taken, "SELECT 1;\n");
    project.write("my migrations/20260102000002_lost.down.sql", "SELECT 1;\n");
    project.run(&with("--fix"));
    let names: Vec<String> = project
        .files("my migrations")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let added = |name: &str| names.iter().any(|known| known == name);
    assert!(
        added("20260102000003_drop_unfinished_users_name_idx.up.sql")
            && added("20260102000004_create_users_name_idx.down.sql"),
        "{names:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_still_leads_to_the_file_that_is_fixed() {
    let project = Project::new(&[("elsewhere/a.sql", "DROP TABLE a;\n")]);
    fs::create_dir(project.path().join("migrations")).expect("a folder");
    let link = project.path().join("migrations/1_a.sql");
    std::os::unix::fs::symlink("../elsewhere/a.sql", &link).expect("a link");
    project.run(&["lint", "--fix"]);
    assert!(link.is_symlink());
    let fixed = project.read("elsewhere/a.sql");
    assert!(fixed.contains("DROP TABLE IF EXISTS a;"), "{fixed}");
}
