//! One page that needs nothing else: no server, no script, no link to elsewhere. Every text is escaped by the template,
//! and the page's own policy lets nothing run in it, since migrations are hostile input.

mod changes;
mod finding;
mod picture;
mod timeline;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use rehearsal_lints::Level;

use crate::{
    drawing::Drawing,
    render::{alike, clean, count, diff, text as terminal},
    report::{Report, number},
};

const STYLE: &str = include_str!("html/style.css");
/// Nothing is loaded and nothing runs; the styles are the page's own.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Renders a report and the tables of its schema.
pub(crate) fn render(report: &Report, drawing: &Drawing) -> String {
    let shown = report.shown();
    let (errors, warnings) = (number(&shown, Level::Error), number(&shown, Level::Warning));
    let facts = facts(report);
    let state = match (errors, warnings) {
        (0, 0) => "clean",
        (0, _) => "warning",
        _ => "error",
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Migration rehearsal: " (count(errors, "error")) ", " (count(warnings, "warning")) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#findings" { "Skip to the findings" }
                header class=(state) {
                    h1 { "Migration rehearsal" }
                    div.verdict {
                        p { strong { (text(&terminal::headline(report))) } }
                        @if let Some(change) = &report.change {
                            p class=(changes::worst(&change.diff)) { a href="#schema" { (text(&diff::headline(&change.diff))) } }
                        }
                        @if !facts.is_empty() { p.quiet { (text(&facts)) } }
                    }
                    nav aria-label="Sections" {
                        a href="#findings" { "Findings" }
                        @if !report.timelines.is_empty() { a href="#rehearsal" { "Rehearsal" } }
                        @if !drawing.tables.is_empty() { a href="#schema" { "Schema" } }
                        (theme())
                    }
                }
                main {
                    section #findings {
                        h2 { "Findings" }
                        @if shown.is_empty() {
                            p.none { "No findings." }
                        } @else {
                            @if errors > 0 && warnings > 0 { (filter(errors, warnings)) }
                            @for findings in shown.chunk_by(|one, next| one.path == next.path) {
                                (finding::of_file(report, findings, alike(&shown)))
                            }
                        }
                        @if !report.notes.is_empty() {
                            h3 { "Notes" }
                            ul.notes { @for note in &report.notes { li { (prose(note)) } } }
                        }
                    }
                    @if !report.timelines.is_empty() {
                        section #rehearsal {
                            h2 { "Rehearsal" }
                            p.quiet {
                                "Each migration from its first statement on the left to its last on the right. A bar is a lock \
                                 on a table that was there before: "
                                span.key.writes { "writes wait" } " " span.key.all { "reads and writes wait" }
                            }
                            @for timeline in &report.timelines { (timeline::section(report, timeline)) }
                        }
                    }
                    @if !drawing.tables.is_empty() {
                        section #schema {
                            h2 { "Schema" }
                            @if let Some(comparison) = &report.change { (changes::list(comparison, drawing)) }
                            @if drawing.is_marked() { p.quiet { "Marked: " span.added { "+ new" } " " span.changed { "~ changed" } " " span.removed { "− removed" } } }
                            (picture::svg(drawing))
                            @if !report.schema_diff.is_empty() {
                                details open { summary { "What differs from the committed schema" } (patch(&report.schema_diff)) }
                            }
                        }
                    }
                }
                footer { p.quiet { "rehearsal " (env!("CARGO_PKG_VERSION")) } }
            }
        }
    };
    let mut page = page.into_string();
    page.push('\n');
    page
}

/// On which Postgres it ran, and what is not among the findings.
fn facts(report: &Report) -> String {
    let server = terminal::server(report).map(|server| format!("Rehearsed on {server}"));
    let facts: Vec<String> = server
        .into_iter()
        .chain(terminal::besides(report))
        .collect();
    facts.join("; ")
}

/// Light, dark, or what the reader's system says.
fn theme() -> Markup {
    html! {
        fieldset.theme {
            legend { "Theme" }
            @for (id, label, chosen) in [("auto", "auto", true), ("light", "light", false), ("dark", "dark", false)] {
                label { input type="radio" name="theme" id={ "theme-" (id) } checked[chosen]; (label) }
            }
        }
    }
}

fn filter(errors: usize, warnings: usize) -> Markup {
    html! {
        fieldset.filter {
            legend { "Show" }
            label { input type="checkbox" id="show-error" checked; (count(errors, "error")) }
            label { input type="checkbox" id="show-warning" checked; (count(warnings, "warning")) }
        }
    }
}

/// A unified diff, line by line.
fn patch(diff: &str) -> Markup {
    html! {
        pre.diff {
            @for line in diff.lines() {
                @let kind = match line.as_bytes().first() {
                    Some(b'+') => "added",
                    Some(b'-') => "removed",
                    Some(b'@') => "hunk",
                    _ => "same",
                };
                span class=(kind) { (text(line)) "\n" }
            }
        }
    }
}

/// A sentence; what stands between backticks is code.
fn prose(sentence: &str) -> Markup {
    let sentence = text(sentence);
    let parts: Vec<&str> = sentence.split('`').collect();
    // A lone backtick is one.
    let paired = parts.len() % 2 == 1;
    html! {
        @if paired {
            @for (index, part) in parts.iter().enumerate() {
                @if index % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (sentence) }
    }
}

/// Text of files and of Postgres, with control characters made visible; the template escapes it.
fn text(text: &str) -> String {
    clean(text)
}
