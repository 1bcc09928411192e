//! The scripts of the GitHub workflows, run by bash as a runner runs them. GitHub itself is a stand-in: a `gh` that answers
//! from files and writes down what it was asked to do.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::support::Project;

const MARKER: &str = "<!-- rehearsal: this comment is edited in place -->";
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../.github/scripts")
        .join(name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A branch with a migration more than `main`.
fn pull_request(sql: &str) -> Project {
    let users = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);\n";
    let project = Project::new(&[("migrations/1_users.sql", users)]);
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "base"]);
    project.git(&["checkout", "-qb", "change"]);
    project.write("migrations/2_change.sql", sql);
    project
}

fn rehearse(project: &Project, base: &str) -> Output {
    project
        .other("bash")
        .arg(script("rehearse.sh"))
        .env("XTASK", env!("CARGO_BIN_EXE_xtask"))
        .env("REPORTS", project.path().join("reports"))
        .env("BASE", base)
        .env("ARGUMENTS", "--color=never\n\n--offline")
        .env("GITHUB_STEP_SUMMARY", project.path().join("summary.md"))
        .output()
        .expect("bash starts")
}

#[test]
fn a_run_leaves_its_reports() {
    let project = pull_request(
        "-- rehearsal: allow(lock-timeout-missing): at night\nALTER TABLE users DROP COLUMN email;\n",
    );
    let output = rehearse(&project, "main");
    let log = text(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{log}{}",
        text(&output.stderr)
    );
    assert!(
        log.contains("::error file=migrations/2_change.sql,line=2"),
        "{log}"
    );
    assert!(log.contains("1 new migration on PostgreSQL"), "{log}");

    let comment = project.read("reports/comment.md");
    assert!(comment.starts_with(&format!("{MARKER}\n### ")), "{comment}");
    assert!(
        comment.contains("table `users`, column `email`: **removed**"),
        "{comment}"
    );
    assert_eq!(project.read("summary.md"), comment);

    let sarif: Value =
        serde_json::from_str(&project.read("reports/rehearsal.sarif")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert!(
        results
            .iter()
            .any(|result| result["ruleId"] == "drop-column")
    );
    for result in results {
        assert_eq!(result.get("suppressions"), None);
        let line = &result["partialFingerprints"]["primaryLocationLineHash"];
        assert!(
            line.as_str().is_some_and(|hash| hash.ends_with(":1")),
            "{line}"
        );
    }
    assert!(project.read("reports/all.sarif").contains("at night"));
    assert!(project.read("reports/junit.xml").contains("<failure "));
}

#[test]
fn a_run_that_could_not_work_says_so() {
    let project = pull_request("SELECT 1;\n");
    let output = rehearse(&project, "no-such-branch");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let comment = project.read("reports/comment.md");
    assert!(
        comment.starts_with(&format!(
            "{MARKER}\n### The migrations could not be rehearsed"
        )),
        "{comment}"
    );
}

/// A finished run, its report, and what GitHub knows.
struct Run(Project);

/// Answers from files, and keeps what it is asked to write.
const GH: &str = r#"#!/usr/bin/env bash
echo "$*" >> calls.txt
case "$*" in
  *PATCH*|*POST*) cat "${@: -1}" > body.json ;;
  *comments*) cat comments.json ;;
  */pulls*) cat pulls.json ;;
esac
"#;

impl Run {
    fn new(comment: &str) -> Self {
        let event = json!({ "workflow_run": {
            "event": "pull_request", "head_sha": SHA, "head_branch": "it's; $(touch pwned)",
            "head_repository": { "owner": { "login": "somebody" } },
        } });
        let pulls = json!([
            { "number": 6, "head": { "sha": "f".repeat(40) } },
            { "number": 7, "head": { "sha": SHA } },
        ]);
        let project = Project::new(&[
            ("reports/comment.md", comment),
            ("event.json", &event.to_string()),
            ("pulls.json", &pulls.to_string()),
            ("comments.json", "[]"),
            ("bin/gh", GH),
        ]);
        let gh = project.path().join("bin/gh");
        fs::set_permissions(gh, fs::Permissions::from_mode(0o755)).expect("permissions");
        Self(project)
    }

    fn post(&self) -> Output {
        let folder = self.0.path();
        let path = std::env::var("PATH").expect("a path");
        Command::new("bash")
            .arg(script("comment.sh"))
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", folder.join("bin").display()))
            .env("REPORTS", "reports")
            .env("GITHUB_EVENT_PATH", "event.json")
            .env("GITHUB_REPOSITORY", "o/r")
            .env("GITHUB_OUTPUT", "output.txt")
            .output()
            .expect("bash starts")
    }

    /// The last request, and what was written.
    #[track_caller]
    fn posted(&self) -> (String, Value) {
        let output = self.post();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let calls = self.0.read("calls.txt");
        let body = serde_json::from_str(&self.0.read("body.json")).expect("JSON");
        (calls.lines().last().unwrap_or_default().to_owned(), body)
    }

    #[track_caller]
    fn refused(&self, because: &str) {
        let output = self.post();
        assert_eq!(output.status.code(), Some(1));
        let error = text(&output.stderr);
        assert!(error.contains(because), "{error}");
        assert!(!self.0.path().join("body.json").exists());
    }
}

#[test]
fn the_first_comment_is_posted() {
    let comment = format!("{MARKER}\n### \"quoted\" $(touch pwned) `touch pwned`\n");
    let run = Run::new(&comment);
    run.0.write("reports/rehearsal.sarif", "{}");
    let (call, body) = run.posted();
    assert!(
        call.contains("--method POST repos/o/r/issues/7/comments"),
        "{call}"
    );
    assert_eq!(body, json!({ "body": comment }));
    assert_eq!(run.0.read("output.txt"), "number=7\n");
    assert!(!run.0.path().join("pwned").exists());
}

#[test]
fn a_later_run_edits_its_own_comment() {
    let run = Run::new(&format!("{MARKER}\n### Better\n"));
    let comments = [
        ("somebody", 1, MARKER),
        ("github-actions[bot]", 2, "Other"),
        ("github-actions[bot]", 3, MARKER),
    ];
    let comments = comments
        .map(|(user, id, body)| json!({ "id": id, "user": { "login": user }, "body": body }));
    run.0.write("comments.json", json!(comments).to_string());
    let (call, _) = run.posted();
    assert!(
        call.contains("--method PATCH repos/o/r/issues/comments/3 "),
        "{call}"
    );
}

#[test]
fn a_pull_request_that_has_moved_on_is_left_alone() {
    let run = Run::new(&format!("{MARKER}\n"));
    run.0.write("pulls.json", "[]");
    let output = run.post();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("nothing to say"));
    assert!(!run.0.path().join("body.json").exists());
}

#[test]
fn reports_that_are_none_are_refused() {
    Run::new("### Somebody else's\n").refused("does not begin with the line");
    Run::new(&format!("{MARKER}\n{}", "x".repeat(70_000))).refused("longer than 65536 bytes");
    let run = Run::new(MARKER);
    symlink("/etc/passwd", run.0.path().join("reports/rehearsal.sarif")).expect("a link");
    run.refused("symbolic link");
    let run = Run::new(MARKER);
    let push = json!({ "workflow_run": { "event": "push", "head_sha": SHA } });
    run.0.write("event.json", push.to_string());
    run.refused("not about a pull request");
}
