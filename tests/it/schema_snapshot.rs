//! The snapshot file against insta itself.

use std::{fs, path::Path, process::Command};

use rehearsal::snapshot;

/// Tells the copy of this test that runs as a child where to let insta write.
const FOLDER: &str = "REHEARSAL_TEST_SNAPSHOTS";

/// What both write: text with everything that a format could stumble over.
const SQL: &str = "CREATE TABLE public.\"a: b\" (\n    id bigint\n);\nCOMMENT ON TABLE public.t IS '---\n\n  two: lines ';\n";

/// Runs insta's own assertion in a process of its own, where the environment may be set.
fn insta(folder: &Path, update: &str) -> bool {
    let this = std::env::current_exe().expect("the test's own program");
    let status = Command::new(this)
        .args([
            "--exact",
            "schema_snapshot::file_is_the_one_that_insta_writes",
        ])
        .env(FOLDER, folder)
        .env("INSTA_UPDATE", update)
        .output()
        .expect("run the test's own program");
    status.status.success()
}

#[test]
fn file_is_the_one_that_insta_writes() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_snapshot!("schema", SQL, "schema"));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("schema.snap");

    assert!(insta(folder.path(), "always"), "insta writes the snapshot");
    let theirs = fs::read(&path).expect("insta's file");
    let read = snapshot::read(&path).expect("readable").expect("there");
    assert!(read.matches(SQL));

    // Ours over theirs: the same bytes. And from nothing: insta finds nothing to complain about.
    snapshot::accept(&path, SQL).expect("accept");
    assert_eq!(
        String::from_utf8_lossy(&fs::read(&path).expect("ours")),
        String::from_utf8_lossy(&theirs)
    );
    fs::remove_file(&path).expect("remove");
    snapshot::accept(&path, SQL).expect("accept");
    assert!(insta(folder.path(), "no"), "insta accepts the file");
    assert_eq!(
        fs::read_dir(folder.path()).expect("list").count(),
        1,
        "nothing is left beside it"
    );

    // A change: insta fails, and what it leaves for review is what we would.
    snapshot::accept(&path, "SELECT 1;\n").expect("accept");
    assert!(!insta(folder.path(), "new"), "insta sees the change");
    let pending = snapshot::pending(&path);
    let theirs = snapshot::read(&pending).expect("readable").expect("there");
    assert_eq!(snapshot::write_new(&path, SQL).expect("write"), pending);
    let ours = snapshot::read(&pending).expect("readable").expect("there");
    assert_eq!(ours.body, theirs.body);
    snapshot::accept(&path, SQL).expect("accept");
    assert!(!pending.exists(), "nothing waits for review any more");
    assert!(
        insta(folder.path(), "no"),
        "insta accepts what was accepted"
    );
}
