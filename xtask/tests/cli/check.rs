//! `check` and its siblings on a real Postgres: the first that this machine has.

use std::{fs, process::Stdio, time::Duration};

use insta::assert_snapshot;

use crate::{schema::validated, support::Project};

const USERS: &str = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);\n";

fn project(second: &str) -> Project {
    Project::new(&[
        ("migrations/1_users.sql", USERS),
        ("migrations/2_more.sql", second),
    ])
}

/// The output without what differs from machine to machine.
fn stable(shown: &str) -> String {
    shown
        .lines()
        .map(|line| match line.split_once(" on PostgreSQL ") {
            Some((before, rest)) => {
                let after = rest.split_once(')').map_or("", |(_, after)| after);
                format!("{before} on PostgreSQL N (provider){after}\n")
            }
            None => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn a_new_project_gets_its_snapshot() {
    let project = project("SELECT 1;\n");
    let first = project.run(&["check"]);
    assert_snapshot!(stable(&first));
    assert!(
        project
            .path()
            .join("tests/snapshots/schema.snap.new")
            .exists()
    );
    assert_eq!(
        project.run(&["snapshot", "--accept"]),
        "exit 0\n--- stdout\ntests/snapshots/schema.snap: accepted, commit it\n"
    );
    assert!(
        !project
            .path()
            .join("tests/snapshots/schema.snap.new")
            .exists()
    );
    assert_snapshot!(stable(&project.run(&["check"])), @r"
    exit 0
    --- stdout
    2 migrations: no findings on PostgreSQL N (provider)
    ");
    project.write(
        "migrations/3_name.sql",
        "SET LOCAL lock_timeout = '1s';\nALTER TABLE users ADD COLUMN IF NOT EXISTS name text;\n",
    );
    assert_snapshot!("a_stale_snapshot", stable(&project.run(&["check"])));
}

#[test]
fn what_postgres_refuses_is_a_finding() {
    let project = project(
        "SELECT 1;\nINSERT INTO users (id, nmae) VALUES (1, 'é') ON CONFLICT DO NOTHING;\n",
    );
    assert_snapshot!(stable(&project.run(&["check"])));
    assert_snapshot!("apply_refused", stable(&project.run(&["apply"])));
    assert!(project.run(&["schema"]).starts_with("exit 1\n"));
}

#[test]
fn a_second_run_that_fails_can_be_allowed_with_a_reason() {
    let comment = "-- rehearsal: allow(create-not-rerunnable): the ledger guards it\n";
    let project = project(&format!("{comment}CREATE VIEW v AS SELECT 1 AS one;\n"));
    project.run(&["snapshot", "--accept"]);
    let shown = stable(&project.run(&["check"]));
    assert_eq!(
        shown,
        "exit 0\n--- stdout\n2 migrations: no findings on PostgreSQL N (provider); 2 findings allowed with a reason\n"
    );
}

#[test]
fn the_report_for_programs() {
    let project = project("CREATE VIEW v AS SELECT 1 AS one;\n");
    let output = project
        .command(&["check", "--format", "json"])
        .output()
        .expect("the program starts");
    let report = validated(&output.stdout);
    assert!(report["postgres"]["version"].is_string());
    let acts = report["acts"].as_array().expect("a list");
    let second = |migration: &str| {
        acts.iter()
            .find(|act| act["act"] == "second-run" && act["migration"] == migration)
            .map(|act| act["result"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(second("migrations/1_users.sql").as_deref(), Some("same"));
    assert_eq!(second("migrations/2_more.sql").as_deref(), Some("failed"));
}

#[test]
fn the_schema_is_sql() {
    let shown = project("SELECT 1;\n").run(&["schema"]);
    assert!(shown.starts_with("exit 0\n--- stdout\n"), "{shown}");
    assert!(shown.contains("CREATE TABLE public.users"), "{shown}");
}

#[cfg(unix)]
#[test]
fn interrupted_it_leaves_nothing() {
    let project = project("SELECT pg_sleep(30);\n");
    let child = project
        .command(&["check"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(Duration::from_secs(3));
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(killed.expect("kill is here").success());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "interrupted: cleaning up\n"
    );
    let left: Vec<_> = fs::read_dir(project.path())
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
