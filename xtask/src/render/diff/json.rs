//! For other programs: one object, versioned, described by `docs/diff.schema.json`.

use rehearsal::diff::{Change, Class};
use serde::Serialize;

use crate::command::diff::Comparison;

/// Raised whenever a reader of the object before could break.
const VERSION: u32 = 1;

/// A comparison, as it is printed alone and as it stands in a report.
#[derive(Serialize)]
pub(crate) struct Object<'a> {
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
    let mut text = serde_json::to_string_pretty(&object(comparison))
        .expect("strings, numbers and lists can always be written as JSON");
    text.push('\n');
    text
}

/// What other programs are told of a comparison.
pub(crate) fn object(comparison: &Comparison) -> Object<'_> {
    let diff = &comparison.diff;
    Object {
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
    }
}
