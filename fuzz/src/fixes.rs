//! Fixes come to an end, and leave files that are understood as well as before.

use std::collections::BTreeMap;

use rehearsal_lints::{Finding, MigrationSet, Settings, SourceFile, action::Action, fix, lint};

use crate::{MIDDLE, files, read};

/// As many more rounds than findings as `lint --fix` takes.
const ROUNDS: usize = 10;

/// Asserts it of the fixes of the text under test, taken one after the other, with the files that they add.
pub(crate) fn check(text: &str, found: &[Finding]) {
    let mut files: BTreeMap<String, String> = files(text)
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
    let before = unknown(&set(&files));
    let mut found = found.to_vec();
    for _ in 0..ROUNDS + found.len() {
        let own = found.iter().filter(|one| one.path == MIDDLE);
        let applied = fix::apply(own, |path| files.get(path).map(String::as_str));
        if applied.texts.is_empty() {
            break;
        }
        files.extend(applied.texts);
        let set = set(&files);
        assert!(
            unknown(&set) <= before,
            "a fix is not understood:\n{text}\nbecomes\n{files:#?}"
        );
        found = lint(&set, &Settings::default());
    }
    let left: Vec<_> = found
        .iter()
        .filter(|one| one.path == MIDDLE && !one.fix.is_empty())
        .collect();
    // One that adds a file stays where a file of that version is there, and changes nothing.
    let applied = fix::apply(left.iter().copied(), |path| {
        files.get(path).map(String::as_str)
    });
    assert!(
        applied.texts.is_empty(),
        "fixes never end: {left:?}\n{files:#?}"
    );
}

fn set(files: &BTreeMap<String, String>) -> MigrationSet {
    read(
        files
            .iter()
            .map(|(path, text)| SourceFile::new(path.as_str(), text.as_str())),
    )
}

/// How many statements nobody understands.
fn unknown(set: &MigrationSet) -> usize {
    set.iter()
        .flat_map(|migration| &migration.steps)
        .filter(|step| matches!(step.action, Action::Unknown { .. }))
        .count()
}
