//! What became of the schema since the base, the worst first.

use maud::{Markup, html};
use rehearsal::{
    SchemaDiff,
    diff::{Change, Class},
};

use super::{patch, prose, text};
use crate::{
    command::diff::Comparison,
    drawing::{Drawing, short},
    render::diff::{CLASSES, Done, OPEN, effects, unnoticed, verdict},
};

/// Every change with what it means for the running application, and the same as SQL. Tables lead to the picture.
pub(super) fn list(comparison: &Comparison, drawing: &Drawing) -> Markup {
    let changes = &comparison.diff.changes;
    html! {
        p {
            (text(&verdict(&comparison.diff)))
            span.quiet { ", compared with " (text(&comparison.name)) " (" code { (text(&comparison.commit)) } ")" }
        }
        @for class in CLASSES {
            @let changes: Vec<&Change> = changes.iter().filter(|change| change.class == class).collect();
            @let items = html! {
                ul.changes { @for change in &changes { (item(change, drawing)) } }
            };
            @if class == Class::Compatible && changes.len() > OPEN {
                details { summary { (unnoticed(changes.len())) } (items) }
            } @else if !changes.is_empty() { (items) }
        }
        @if !comparison.sql.is_empty() {
            details { summary { "The same as SQL" } (patch(&comparison.sql)) }
        }
        @for note in &comparison.notes { p.quiet { (prose(note)) } }
    }
}

/// The class that styles what sums the changes up.
pub(super) fn worst(diff: &SchemaDiff) -> &'static str {
    diff.worst().map_or("", css)
}

fn item(change: &Change, drawing: &Drawing) -> Markup {
    let name = short(&change.object.name);
    let place = drawing.place(&change.object);
    let Done { words, value, .. } = Done::of(change);
    let effects = effects(change);
    html! {
        li {
            span class={ "badge " (css(change.class)) } { (change.class.words()) }
            " " (text(&change.object.kind)) " "
            @if let Some(place) = place { a href={ "#table-" (place) } { code { (text(name)) } } }
            @else { code { (text(name)) } }
            @if let Some(part) = &change.part { ", " (text(&part.kind)) " " code { (text(short(&part.name))) } }
            ": " strong { (text(&words)) }
            @if let Some(value) = &value { " " code { (text(short(value))) } }
            p.reason { (prose(&change.reason)) @if !effects.is_empty() { span.quiet { " (" (effects) ")" } } }
        }
    }
}

fn css(class: Class) -> &'static str {
    match class {
        Class::Breaking => "breaking",
        Class::NeedsCare => "needs-care",
        Class::Compatible => "compatible",
    }
}
