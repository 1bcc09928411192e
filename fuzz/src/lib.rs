//! What holds of the linter whatever a file says. Each target makes texts in its own way and asserts this of them.
//!
//! That it comes to an end is libFuzzer's to see: `-timeout=10` with texts of at most 8 KiB. A count of steps would have to
//! stand in every loop of the linter, and a clock in here would fail on a slow machine.

mod fixes;
pub mod mutate;
mod spans;

use std::sync::LazyLock;

use rehearsal_lints::{Finding, MigrationSet, Settings, SourceFile, layout::sqlx, lint};

/// The file that the text under test is: between its neighbours.
const MIDDLE: &str = "2_middle.up.sql";

/// A neighbour that has findings of its own, whatever stands behind it.
const FIRST: &str = "CREATE TABLE a (id int);\nALTER TABLE b ADD COLUMN c int;\nDROP TABLE d;\n";

/// Asserts all properties of one text.
///
/// # Panics
/// When one does not hold.
pub fn check(text: &str) {
    let set = set(text);
    let found = lint(&set, &Settings::default());
    spans::check(&set, &found);
    neighbours_keep_their_findings(&found);
    the_same_again(text, &found);
    fixes::check(text, &found);
}

/// The text between a neighbour before it and one behind it.
fn set(text: &str) -> MigrationSet {
    read(files(text).map(|(path, text)| SourceFile::new(path, text)))
}

fn files(text: &str) -> [(&'static str, &str); 3] {
    [
        ("1_first.up.sql", FIRST),
        (MIDDLE, text),
        // What an earlier migration did counts here, so it names nothing that can have been touched.
        (
            "3_last.up.sql",
            "CREATE INDEX ON \"no such table \u{1F300}\" (x);",
        ),
    ]
}

fn read(files: impl IntoIterator<Item = SourceFile>) -> MigrationSet {
    sqlx::read(files.into_iter().collect()).expect("the names are sqlx's")
}

/// What is said of the other files does not depend on the text.
fn neighbours_keep_their_findings(found: &[Finding]) {
    static PLAIN: LazyLock<Vec<Finding>> =
        LazyLock::new(|| lint(&set("SELECT 1;"), &Settings::default()));
    let of =
        |findings: &[Finding], path: &str| said(findings.iter().filter(|one| one.path == path));
    assert_eq!(of(found, "1_first.up.sql"), of(&PLAIN, "1_first.up.sql"));
    assert!(
        found
            .iter()
            .any(|one| one.path == "3_last.up.sql" && one.rule.name == "unnamed-index"),
        "the text hides what stands behind it"
    );
}

/// No order of a hash map shows.
fn the_same_again(text: &str, found: &[Finding]) {
    let again = lint(&set(text), &Settings::default());
    for (one, other) in said(found).iter().zip(&said(&again)) {
        assert_eq!(one, other, "one text, two reports");
    }
    assert_eq!(found.len(), again.len(), "one text, two reports");
}

fn said<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<String> {
    findings.into_iter().map(|one| format!("{one:?}")).collect()
}
