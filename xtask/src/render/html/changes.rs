//! What became of the schema since the base, the worst first.

use maud::{Markup, html};
use rehearsal::diff::Class;

use super::{diff, prose, text};
use crate::{
    command::diff::Comparison,
    render::diff::{CLASSES, part, verdict, what},
};

/// Every change with what it means for the running application, and the same as SQL.
pub(super) fn list(comparison: &Comparison) -> Markup {
    let changes = &comparison.diff.changes;
    html! {
        p {
            (text(&verdict(&comparison.diff)))
            span.quiet { ", compared with " (text(&comparison.name)) " (" code { (text(&comparison.commit)) } ")" }
        }
        ul.changes {
            @for class in CLASSES {
                @for change in changes.iter().filter(|change| change.class == class) {
                    li {
                        span class={ "badge " (css(class)) } { (class.words()) }
                        " " code { (text(&change.object.kind)) " " (text(&change.object.name)) }
                        @if let Some(part) = part(change) { " " code { (text(&part)) } }
                        " " (text(&what(change))) ": " (prose(&change.reason))
                    }
                }
            }
        }
        @if !comparison.sql.is_empty() {
            details { summary { "The same as SQL" } (diff(&comparison.sql)) }
        }
        @for note in &comparison.notes { p.quiet { (prose(note)) } }
    }
}

fn css(class: Class) -> &'static str {
    match class {
        Class::Breaking => "breaking",
        Class::NeedsCare => "needs-care",
        Class::Compatible => "compatible",
    }
}
