//! For people at a terminal: object by object, then one line of verdict.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Style};
use rehearsal::diff::{Action, Change, Class};

use crate::{
    command::diff::Comparison,
    render::{
        self, Detail, Look, clean,
        diff::{self, Done},
    },
};

/// Renders a comparison.
pub(crate) fn render(comparison: &Comparison, look: Look) -> String {
    let changes = &comparison.diff.changes;
    let mut text = String::new();
    let mut last = None;
    for change in changes {
        if look.detail == Detail::Quiet {
            line(&mut text, change);
            continue;
        }
        if last != Some(&change.object) {
            last = Some(&change.object);
            let _ = writeln!(
                text,
                "{} {}",
                change.object.kind,
                clean(&change.object.name)
            );
        }
        paragraph(&mut text, change, look.color);
    }
    if look.detail == Detail::Quiet {
        return text;
    }
    if !changes.is_empty() {
        text.push('\n');
    }
    if look.detail == Detail::Verbose {
        text.push_str(&render::text::diff(&comparison.sql, look.color));
    }
    for note in &comparison.notes {
        let _ = writeln!(text, "note: {}", clean(note));
    }
    let _ = writeln!(
        text,
        "{} since {} ({})",
        diff::verdict(&comparison.diff),
        clean(&comparison.name),
        comparison.commit
    );
    text
}

/// A change in one line.
fn line(text: &mut String, change: &Change) {
    let part = diff::part(change).map_or(String::new(), |part| format!(" {part}"));
    let name = format!("{} {}{part}", change.object.kind, change.object.name);
    let _ = writeln!(
        text,
        "{}: {}",
        change.class.words(),
        clean(&Done::of(change).behind(&name))
    );
}

/// A change under its object: what, then the class and why.
fn paragraph(text: &mut String, change: &Change, color: bool) {
    let sign = match change.action {
        Action::Added => '+',
        Action::Removed => '-',
        Action::Renamed => '>',
        Action::Changed => '~',
    };
    let done = Done::of(change);
    let what = clean(&match diff::part(change) {
        Some(part) => done.behind(&part),
        None => done.text(),
    });
    let effects = match diff::effects(change) {
        effects if effects.is_empty() => effects,
        effects => format!(" ({effects})"),
    };
    let style = match change.class {
        _ if !color => Style::new(),
        Class::Breaking => AnsiColor::BrightRed.on_default(),
        Class::NeedsCare => AnsiColor::BrightYellow.on_default(),
        Class::Compatible => AnsiColor::BrightGreen.on_default(),
    };
    let class = change.class.words();
    let _ = writeln!(text, "  {sign} {what}");
    let reason = clean(&change.reason);
    let _ = writeln!(text, "      {style}{class}{style:#}{effects}: {reason}");
}
