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

#[test]
fn a_patch_with_new_files_is_what_git_applies() {
    let (patched, fixed) = (apart(), apart());
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
    let shown = fixed.run(&with("--fix"));
    let mut files = fixed.files("my migrations");
    assert_eq!(patched.files("my migrations"), files);
    assert_snapshot!(String::from_utf8_lossy(&patch).replace('\r', "␍"));
    let again = fixed.run(&with("--fix"));
    assert!(
        !again.contains("fixed ") && !again.contains("added "),
        "{again}"
    );
    assert_eq!(fixed.files("my migrations"), files);
    files.retain(|(name, _)| !name.contains("make") && !name.contains("change"));
    assert_eq!(files.len(), 4, "{shown}");
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
