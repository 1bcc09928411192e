//! Renderers of a schema's difference: pure, as those of reports.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod mermaid;
pub(crate) mod text;

use rehearsal::{
    SchemaDiff,
    diff::{Action, Change, Class, Effect},
};

use crate::render::count;

/// The classes, the worst first.
pub(crate) const CLASSES: [Class; 3] = [Class::Breaking, Class::NeedsCare, Class::Compatible];

/// `3 changes: 1 breaking, 2 compatible`.
pub(crate) fn verdict(diff: &SchemaDiff) -> String {
    if diff.is_empty() {
        return "no change of the schema".to_owned();
    }
    let classes = CLASSES.into_iter().map(|class| (class, diff.count(class)));
    let counts: Vec<String> = classes
        .filter(|(_, number)| *number > 0)
        .map(|(class, number)| format!("{number} {}", class.words()))
        .collect();
    let changes = count(diff.changes.len(), "change");
    format!("{changes} of the schema: {}", counts.join(", "))
}

/// What a change is about, within its object: `column note`, or nothing for the object itself.
pub(crate) fn part(change: &Change) -> Option<String> {
    let part = change.part.as_ref()?;
    Some(format!("{} {}", part.kind, part.name))
}

/// What was done, with both values: `type: integer → bigint`.
pub(crate) fn what(change: &Change) -> String {
    let value = |value: &Option<String>| value.as_deref().map(short);
    let (before, after) = (value(&change.before), value(&change.after));
    match (change.action, before, after) {
        (Action::Added, _, Some(after)) => format!("added: {after}"),
        (Action::Added, ..) => "added".to_owned(),
        (Action::Removed, Some(before), _) => format!("removed: {before}"),
        (Action::Removed, ..) => "removed".to_owned(),
        (Action::Renamed, before, _) => format!("renamed from {}", before.unwrap_or_default()),
        (Action::Changed, before, after) => {
            let fact = change.fact.unwrap_or_default();
            let none = || "none".to_owned();
            format!(
                "{fact}: {} → {}",
                before.unwrap_or_else(none),
                after.unwrap_or_else(none)
            )
        }
    }
}

/// A value in one line of bearable length.
fn short(value: &str) -> String {
    const LONGEST: usize = 100;
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `reads, writes`.
fn effects(change: &Change) -> String {
    let words = change.affects.iter().map(|effect| match effect {
        Effect::Reads => "reads",
        Effect::Writes => "writes",
        Effect::Data => "data",
    });
    words.collect::<Vec<_>>().join(", ")
}
