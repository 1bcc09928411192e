//! For other programs: one object, versioned, described by `docs/diff.schema.json`.

use rehearsal::diff::{Change, Class};
use serde::Serialize;

use crate::command::diff::Comparison;

/// Raised whenever a reader of the object before could break.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Object<'a> {
    version: u32,
    base: Base<'a>,
    summary: Summary,
    changes: &'a [Change],
    sql: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
struct Base<'a> {
    commit: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Summary {
    breaking: usize,
    needs_care: usize,
    compatible: usize,
}

/// Renders a comparison.
pub(crate) fn render(comparison: &Comparison) -> String {
    let diff = &comparison.diff;
    let object = Object {
        version: VERSION,
        base: Base {
            commit: &comparison.commit,
            name: &comparison.name,
        },
        summary: Summary {
            breaking: diff.count(Class::Breaking),
            needs_care: diff.count(Class::NeedsCare),
            compatible: diff.count(Class::Compatible),
        },
        changes: &diff.changes,
        sql: &comparison.sql,
        notes: &comparison.notes,
    };
    let mut text = serde_json::to_string_pretty(&object)
        .expect("strings, numbers and lists can always be written as JSON");
    text.push('\n');
    text
}
