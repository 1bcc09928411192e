//! `lint --fix` and `--diff`.

use std::process::{Command, Stdio};

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
