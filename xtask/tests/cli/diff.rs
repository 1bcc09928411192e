//! `diff` in a repository of its own: what is compared with what, and what bad input gets.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{
    schema::valid,
    support::{Project, git_in, show},
};

const FIRST: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, note text);\n";
const SECOND: &str =
    "ALTER TABLE users DROP COLUMN note;\nALTER TABLE users RENAME COLUMN email TO mail;\n";

/// A repository on the branch `main`, with these files committed.
fn repository(files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    project
}

fn commit(project: &Project) {
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
}

/// What the program prints, without what git calls commits.
fn diff(project: &Project, arguments: &[&str]) -> String {
    diff_with(project, arguments, &[])
}

fn diff_with(project: &Project, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = project.command(&[&["diff"], arguments].concat());
    for variable in ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] {
        command.env_remove(variable);
    }
    command.envs(environment.iter().copied());
    let output = command.output().expect("the program starts");
    let shown = show(&output);
    let folder = project.path().canonicalize().expect("it is there");
    without_hashes(&shown.replace(&folder.display().to_string(), "[folder]"))
        .replace(&project.path().display().to_string(), "[folder]")
}

/// Ten or more hexadecimal digits are a hash.
fn without_hashes(text: &str) -> String {
    let mut result = String::new();
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\n')) {
        if c.is_ascii_digit() || ('a'..='f').contains(&c) {
            run.push(c);
            continue;
        }
        match run.len() {
            10.. => result.push_str("[hash]"),
            _ => result.push_str(&run),
        }
        run.clear();
        result.push(c);
    }
    result.pop();
    result
}

/// The names of all files below, the repository's own aside.
fn files(project: &Project) -> String {
    project.git(&["status", "--porcelain", "--ignored"])
}

#[test]
fn the_merge_base_is_compared_with_the_working_tree() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    project.git(&["switch", "--quiet", "--create", "feature"]);
    project.write(
        "migrations/3_more.sql",
        "CREATE TABLE more (id bigint PRIMARY KEY);\n",
    );
    commit(&project);
    project.git(&["switch", "--quiet", "main"]);
    project.write(
        "migrations/2_main.sql",
        "CREATE TABLE of_main (id bigint PRIMARY KEY);\n",
    );
    commit(&project);
    project.git(&["switch", "--quiet", "feature"]);
    // Not even added yet.
    project.write("migrations/4_drop.sql", SECOND);
    let before = files(&project);
    assert_snapshot!(diff(&project, &[]));
    assert_snapshot!("denied", diff(&project, &["--deny", "breaking", "--quiet"]));
    assert_eq!(files(&project), before, "it wrote something");
}

#[test]
fn a_comment_for_a_pull_request() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    project.write(
        "migrations/2_more.sql",
        "ALTER TABLE users ADD COLUMN \"odd `|\" numeric(10, 2);\n\
         CREATE TABLE orders (id bigint PRIMARY KEY, pk bigint REFERENCES users);\n",
    );
    assert_snapshot!(diff(&project, &["--format", "markdown"]));
}

#[test]
fn the_difference_for_programs() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    project.write("migrations/2_drop.sql", SECOND);
    let mut command = project.command(&["diff", "--base", "HEAD", "--format", "json"]);
    let output = command.output().expect("the program starts");
    let object = valid(
        &output.stdout,
        include_str!("../../../docs/diff.schema.json"),
    );
    assert_eq!(object["base"]["name"], "HEAD");
    assert_eq!(object["summary"]["breaking"], 2);
    let renamed = object["changes"].as_array().expect("a list");
    let renamed = renamed.iter().find(|change| change["action"] == "renamed");
    assert_eq!(renamed.expect("a rename")["before"], "email");
    assert_ne!(object["sql"], Value::Null);
}

#[test]
fn a_snapshot_stands_for_migrations_that_did_not_change() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    project.run(&["snapshot", "--accept"]);
    commit(&project);
    project.write("migrations/2_drop.sql", SECOND);
    let with_snapshot = diff(&project, &[]);

    // One that no longer parses is passed over: the migrations are run.
    let path = "tests/snapshots/schema.snap";
    let text = project.read(path);
    project.git(&["stash", "--include-untracked", "--quiet"]);
    project.write(
        path,
        text.replace("CREATE TABLE", "<<<<<<< HEAD\nCREATE TABLE"),
    );
    commit(&project);
    project.git(&["stash", "pop", "--quiet"]);
    let with_conflict = diff(&project, &[]);
    assert_snapshot!(with_conflict);

    // So is one that another version wrote.
    project.git(&["stash", "--include-untracked", "--quiet"]);
    project.write(
        path,
        text.replace("CREATE TABLE", "CREATE MULTIVERSE TABLE"),
    );
    commit(&project);
    project.git(&["stash", "pop", "--quiet"]);
    assert_snapshot!("a_newer_snapshot", diff(&project, &[]));

    let changes = |shown: &str| shown[..shown.find("\n\n").expect("a paragraph")].to_owned();
    assert_eq!(changes(&with_snapshot), changes(&with_conflict));
    assert!(!with_snapshot.contains("\nnote: "), "{with_snapshot}");
}

#[test]
fn a_base_whose_migrations_do_not_apply() {
    let project = repository(&[(
        "migrations/1_users.sql",
        "CREATE TABLE users (id nosuchtype);\n",
    )]);
    project.write("migrations/1_users.sql", FIRST);
    assert_snapshot!(diff(&project, &[]));
}

/// Neither its snapshot nor its migrations can be loaded: whoever reads that learns what to install.
#[test]
fn a_base_that_needs_an_extension_which_the_server_lacks() {
    let extension = "CREATE EXTENSION nosuch WITH SCHEMA public;\n";
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    project.run(&["snapshot", "--accept"]);
    let path = "tests/snapshots/schema.snap";
    let snapshot = project.read(path);
    let needy = snapshot.replacen("CREATE TABLE", &format!("{extension}\nCREATE TABLE"), 1);
    project.write(path, needy);
    commit(&project);
    project.write("migrations/2_drop.sql", SECOND);
    let with_snapshot = diff(&project, &[]);
    assert!(
        with_snapshot.contains(
            "note: the snapshot of the base is not used, its migrations are run: this Postgres does not have the \
             extension `nosuch`"
        ),
        "{with_snapshot}"
    );

    project.write("migrations/1_users.sql", extension);
    commit(&project);
    project.write("migrations/1_users.sql", FIRST);
    let said = diff(&project, &[]);
    assert!(said.starts_with("exit 2\n"), "{said}");
    for part in [
        "the extension `nosuch`",
        "`image` under `[postgres]`",
        "--provider local",
        "--base REV",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn a_working_tree_whose_migrations_do_not_apply() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    project.write(
        "migrations/2_wrong.sql",
        "ALTER TABLE nowhere ADD COLUMN a int;\n",
    );
    let shown = diff(&project, &[]);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    assert!(shown.contains("error[statement-refused]"), "{shown}");
}

#[test]
fn a_base_without_migrations() {
    let project = repository(&[]);
    project.write("migrations/1_users.sql", FIRST);
    assert_snapshot!(diff(&project, &[]));
}

#[test]
fn a_folder_that_was_moved() {
    let project = repository(&[("db/migrate/1_users.sql", FIRST), ("db/other.sql", "")]);
    project.git(&["mv", "db/migrate", "migrations"]);
    project.write("migrations/2_drop.sql", SECOND);
    assert_snapshot!(diff(&project, &[]));

    // The settings of the base know it, too.
    let project = repository(&[
        ("rehearsal.toml", "migrations = \"./db\"\n"),
        ("db/1_users.sql", FIRST),
    ]);
    project.git(&["mv", "db", "sql"]);
    project.write("rehearsal.toml", "migrations = \"sql\"\n");
    let shown = diff(&project, &[]);
    assert!(
        shown.contains("note: the migrations were in db/\nno change"),
        "{shown}"
    );
}

#[test]
fn a_folder_below_the_top_and_hostile_names() {
    let project = repository(&[
        ("a b/*/migrations/1_users.sql", FIRST),
        ("a b/*/Cargo.lock", ""),
    ]);
    project.write("a b/*/migrations/2_drop.sql", SECOND);
    project.git(&["branch", "--", "a;touch${IFS}x"]);
    let mut command = project.command(&["diff", "--base", "a;touch${IFS}x", "--quiet"]);
    let output = command
        .current_dir(project.path().join("a b/*"))
        .output()
        .expect("it starts");
    let shown = show(&output);
    assert!(
        shown.contains("breaking: table public.users column note removed: text"),
        "{shown}"
    );
    assert_snapshot!(diff(
        &project,
        &["--base=--output=x", "--migrations", "a b/*/migrations"]
    ));
    assert!(!project.path().join("x").exists());
}

#[test]
fn no_such_revision() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    assert_snapshot!(diff(&project, &["--base", "v9"]));
    assert_snapshot!("empty_revision", diff(&project, &["--base", ""]));
}

#[test]
fn no_repository() {
    let project = Project::new(&[("migrations/1_users.sql", FIRST)]);
    assert_snapshot!(diff(&project, &[]));
}

#[test]
fn no_commit_and_no_default_branch() {
    let project = Project::new(&[("migrations/1_users.sql", FIRST)]);
    project.git(&["init", "--quiet", "--initial-branch=trunk"]);
    assert_snapshot!(diff(&project, &[]));
    commit(&project);
    assert_snapshot!("no_default_branch", diff(&project, &[]));
}

#[test]
fn a_shallow_clone() {
    let origin = repository(&[("migrations/1_users.sql", FIRST)]);
    origin.git(&["switch", "--quiet", "--create", "feature"]);
    origin.write("migrations/2_drop.sql", SECOND);
    commit(&origin);
    let clone = Project::new(&[]);
    let from = format!("file://{}", origin.path().display());
    let target = clone.path().join("clone");
    let target = target.to_str().expect("it is UTF-8");
    clone.git(&[
        "clone",
        "--quiet",
        "--depth=1",
        "--branch=feature",
        &from,
        target,
    ]);
    let run = |environment: &[(&str, &str)]| {
        let mut command = clone.command(&["diff"]);
        command.env_remove("GITHUB_BASE_REF").current_dir(target);
        command.envs(environment.iter().copied());
        let output = command.output().expect("the program starts");
        without_hashes(&show(&output))
    };
    assert_snapshot!(run(&[("GITHUB_BASE_REF", "main")]));
    git_in(
        Path::new(target),
        &[
            "fetch",
            "--quiet",
            "--unshallow",
            "origin",
            "main:refs/remotes/origin/main",
        ],
    );
    // As a workflow has it: a commit and no branch.
    git_in(Path::new(target), &["checkout", "--quiet", "--detach"]);
    let shown = run(&[("GITHUB_BASE_REF", "main")]);
    assert!(
        shown.contains("since the merge base with origin/main ([hash])"),
        "{shown}"
    );
}

#[test]
fn a_worktree_and_a_submodule() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    let other = Project::new(&[]);
    let tree = other.path().join("tree");
    project.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "feature",
        tree.to_str().expect("UTF-8"),
    ]);
    std::fs::write(tree.join("migrations/2_drop.sql"), SECOND).expect("a file");
    let run = |folder: &Path| {
        let mut command = project.command(&["diff", "--quiet"]);
        let output = command
            .current_dir(folder)
            .output()
            .expect("the program starts");
        show(&output)
    };
    let shown = run(&tree);
    assert!(
        shown.starts_with("exit 0\n--- stdout\nbreaking: "),
        "{shown}"
    );

    let outer = repository(&[("README", "")]);
    let from = project.path().to_str().expect("UTF-8");
    outer.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        from,
        "schema",
    ]);
    commit(&outer);
    let inner = outer.path().join("schema");
    std::fs::write(inner.join("migrations/2_drop.sql"), SECOND).expect("a file");
    assert_eq!(run(&inner), shown);
}

#[test]
fn formats_of_findings_are_refused() {
    let project = repository(&[("migrations/1_users.sql", FIRST)]);
    assert_snapshot!(diff(&project, &["--format", "github"]));
}
