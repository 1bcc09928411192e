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

/// Changes that nobody notices and that are shown all the same; more of them are folded away.
pub(crate) const OPEN: usize = 5;

/// What folds those that nobody notices away.
pub(crate) fn unnoticed(changes: usize) -> String {
    format!(
        "{} that the running version does not notice",
        count(changes, "change")
    )
}

/// The worst of it, behind another verdict: `2 breaking changes of the schema`.
pub(crate) fn headline(diff: &SchemaDiff) -> String {
    let Some(worst) = diff.worst() else {
        return verdict(diff);
    };
    let number = diff.count(worst);
    match (worst, number) {
        (Class::NeedsCare, 1) => "1 change of the schema needs care".to_owned(),
        (Class::NeedsCare, _) => format!("{number} changes of the schema need care"),
        _ => count(number, &format!("{} change", worst.words())) + " of the schema",
    }
}

/// `3 changes of the schema: 1 breaking, 2 compatible`.
pub(crate) fn verdict(diff: &SchemaDiff) -> String {
    if diff.is_empty() {
        return "no change of the schema".to_owned();
    }
    if let [only] = diff.changes.as_slice() {
        return format!("1 change of the schema: {}", only.class.words());
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

/// What was done to an object or a part of it.
pub(crate) struct Done {
    /// What stands between its name and the words.
    lead: &'static str,
    /// `added`, `renamed from`, or what is different, such as `type`.
    pub(crate) words: String,
    /// What stands between the words and the value.
    joint: &'static str,
    /// What is there now, or was there; of what is different both.
    pub(crate) value: Option<String>,
}

impl Done {
    pub(crate) fn of(change: &Change) -> Self {
        let value = |value: &Option<String>| value.as_deref().map(short);
        let (before, after) = (value(&change.before), value(&change.after));
        let (lead, words, joint, value) = match change.action {
            Action::Added => (" ", "added".to_owned(), ": ", after),
            Action::Removed => (" ", "removed".to_owned(), ": ", before),
            Action::Renamed => (" ", "renamed from".to_owned(), " ", before),
            Action::Changed => {
                let fact = change.fact.unwrap_or_default();
                let is_fact = |value: &String| value.eq_ignore_ascii_case(fact);
                match (before, after) {
                    // What is there or not, and says no more than its name.
                    (None, Some(after)) if is_fact(&after) => {
                        (": ", format!("{after} set"), "", None)
                    }
                    (Some(before), None) if is_fact(&before) => {
                        (": ", format!("{before} dropped"), "", None)
                    }
                    (None, None) => (": ", fact.to_owned(), "", None),
                    (before, after) => {
                        let [before, after] =
                            [before, after].map(|value| value.unwrap_or_else(|| "none".to_owned()));
                        let both = format!("{before} → {after}");
                        (": ", fact.to_owned(), ": ", Some(both))
                    }
                }
            }
        };
        Self {
            lead,
            words,
            joint,
            value,
        }
    }

    /// Alone: `type: integer → bigint`.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Some(value) => format!("{}{}{value}", self.words, self.joint),
            None => self.words.clone(),
        }
    }

    /// Behind a name: `column note removed: text`, `column total: type: integer → bigint`.
    pub(crate) fn behind(&self, name: &str) -> String {
        format!("{name}{}{}", self.lead, self.text())
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
pub(crate) fn effects(change: &Change) -> String {
    let words = change.affects.iter().map(|effect| match effect {
        Effect::Reads => "reads",
        Effect::Writes => "writes",
        Effect::Data => "data",
    });
    words.collect::<Vec<_>>().join(", ")
}
