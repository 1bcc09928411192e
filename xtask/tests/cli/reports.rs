//! What a report looks like, and which files it is about.

use insta::assert_snapshot;

use crate::support::Project;

/// Two migrations, of which the second knows from the first that `users` exists.
fn project() -> Project {
    Project::new(&[
        (
            "migrations/1_users.sql",
            "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);\n",
        ),
        (
            "migrations/2_drop.sql",
            "SET LOCAL lock_timeout = '1s';\nALTER TABLE users DROP COLUMN email;\nDROP TABLE IF EXISTS users;\n",
        ),
    ])
}

#[test]
fn a_set() {
    assert_snapshot!(project().run(&["lint"]));
}

#[test]
fn a_set_from_a_folder_inside_the_project() {
    let project = project();
    let output = project
        .command(&["lint", "-q"])
        .current_dir(project.path().join("migrations"))
        .output()
        .expect("the program starts");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.starts_with("migrations/2_drop.sql:2:"), "{shown}");
}

#[test]
fn one_line_each() {
    assert_snapshot!(project().run(&["lint", "--quiet"]));
}

#[test]
fn colors_on_demand() {
    let project = project();
    let colored = project.run(&["lint", "--color", "always"]);
    assert!(colored.contains("\x1b[1m"), "{colored}");
    assert!(!project.run(&["lint"]).contains('\x1b'));
}

#[test]
fn annotations() {
    assert_snapshot!(project().run(&["lint", "--format", "github"]));
}

#[test]
fn a_file_of_the_set_is_judged_in_it() {
    let project = project();
    let shown = project.run(&["lint", "-q", "migrations/1_users.sql"]);
    assert_eq!(shown, "exit 0\n");
    let shown = project.run(&["lint", "-q", "./migrations/2_drop.sql"]);
    assert!(
        shown.contains("migrations/2_drop.sql:3:1: error[drop-table]"),
        "{shown}"
    );
    let both = project.run(&["lint", "-q", "migrations", "migrations/1_users.sql"]);
    assert_eq!(both, shown);
}

#[test]
fn merged_migrations_are_silent() {
    let project = project();
    assert_eq!(
        project.run(&["lint", "--since", "2"]),
        "exit 0\n--- stdout\n0 new migrations: no findings\n"
    );
    project.write("rehearsal.toml", "baseline = 2\n");
    assert_eq!(project.run(&["lint", "-q"]), "exit 0\n");
}

#[test]
fn warnings_fail_only_when_denied() {
    let project = Project::new(&[
        ("migrations/1_users.sql", "TRUNCATE users;\n"),
        ("rehearsal.toml", "[levels]\ntruncate-table = \"warning\"\n"),
    ]);
    let shown = project.run(&["lint", "-q"]);
    assert!(shown.starts_with("exit 0\n--- stdout\n"), "{shown}");
    let shown = project.run(&["lint", "-q", "--deny-warnings"]);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
}

#[test]
fn files_of_no_runner_stand_alone() {
    let project = Project::new(&[
        (
            "db/users/up.sql",
            "CREATE TABLE users (id bigint PRIMARY KEY);",
        ),
        ("db/users/down.sql", "DROP TABLE IF EXISTS users;"),
        ("db/.hidden/up.sql", "DROP TABLE hidden;"),
    ]);
    let shown = project.run(&["lint", "-q", "db"]);
    assert!(shown.contains("db/users/up.sql:1:1: "), "{shown}");
    assert!(shown.contains("db/users/down.sql:1:1: "), "{shown}");
    assert!(!shown.contains("hidden"), "{shown}");
}

#[test]
fn standard_input() {
    let shown = Project::new(&[]).run_with(&["lint", "-q", "-"], b"DROP TABLE t;");
    assert!(shown.contains("<stdin>:1:1: error[drop-table]"), "{shown}");
}
