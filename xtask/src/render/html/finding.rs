//! One finding: what happens to whom, where, what to do, and why.

use std::ops::Range;

use maud::{Markup, html};
use rehearsal_lints::{Evidence, Finding, Level, NewFile, Safety};
use similar::{ChangeTag, TextDiff};

use super::{prose, text};
use crate::{
    render::{by_rule, excerpt::Excerpt},
    report::Report,
};

/// The findings of one file, the worst rules first. Of a rule that finds the same again and again the first ones are
/// enough, the others are folded away.
pub(super) fn of_file(report: &Report, findings: &[&Finding], alike: usize) -> Markup {
    html! {
        h3 { code { (text(&findings[0].path)) } }
        @for findings in by_rule(findings) {
            @let (first, rest) = findings.split_at(findings.len().min(alike));
            @for finding in first { (article(report, finding)) }
            @if !rest.is_empty() {
                details class={ "more " (level(rest[0])) } {
                    summary { (rest.len()) " more of " code { (rest[0].rule.name) } }
                    @for finding in rest { (article(report, finding)) }
                }
            }
        }
    }
}

fn level(finding: &Finding) -> &'static str {
    match finding.level {
        Level::Error => "error",
        Level::Warning | Level::Off => "warning",
    }
}

/// A finding, with the lines that it is about.
fn article(report: &Report, finding: &Finding) -> Markup {
    let level = level(finding);
    let place = report.place(finding);
    html! {
        article class={ "finding " (level) } {
            h4 {
                span class={ "badge " (level) } { (level) }
                " " (prose(&finding.message))
            }
            p.where {
                @if let Some((start, _)) = place { "line " (start.line) " · " }
                code { (finding.rule.name) }
                @if finding.evidence == Evidence::Observed { " · " span.seen { "seen on Postgres" } }
                @if let Some(code) = &finding.sqlstate { " · SQLSTATE " (code) }
            }
            @if let Some(file) = report.file(finding) {
                @let excerpt = Excerpt::new(file, finding.span);
                @if !excerpt.text.trim().is_empty() { (snippet(&excerpt)) }
            }
            @if let Some(label) = &finding.label { p.label { (prose(label)) } }
            @for note in &finding.notes { p.note { (prose(note)) } }
            @if let Some(help) = &finding.help { p.help { span.quiet { "To do: " } (prose(help)) } }
            @if let Some(patch) = patch(report, finding) { (super::patch(&patch)) }
            @for file in &finding.fix.files {
                p.help { "Add " code { (text(&file.path)) } ":" }
                (super::patch(&added(file)))
            }
            @if let Safety::Unsafe(reason) = finding.fix.safety {
                p.note { "The fix is unsafe: " (prose(reason)) }
            }
            @if let Some(why) = why(finding) {
                details { summary { "Why " code { (finding.rule.name) } } p { (prose(&why)) } }
            }
        }
    }
}

/// The lines with their numbers; what is meant is marked.
fn snippet(excerpt: &Excerpt<'_>) -> Markup {
    let mut start = 0;
    let lines: Vec<[&str; 3]> = excerpt
        .text
        .split_inclusive('\n')
        .map(|line| {
            let parts = marked(line, start, &excerpt.range);
            start += line.len();
            parts
        })
        .collect();
    html! {
        div.snippet {
            @for (number, [before, meant, behind]) in (excerpt.line..).zip(lines) {
                span.number aria-hidden="true" { (number) }
                code { (text(before)) @if !meant.is_empty() { mark { (text(meant)) } } (text(behind)) }
            }
        }
    }
}

/// A line that starts at this offset: what is before the range, in it and behind it. Indentation is never in it.
fn marked<'a>(line: &'a str, start: usize, range: &Range<usize>) -> [&'a str; 3] {
    let line = line.trim_end();
    let indent = line.len() - line.trim_start().len();
    let end = range.end.saturating_sub(start).min(line.len());
    let begin = range
        .start
        .saturating_sub(start)
        .max(indent)
        .min(line.len());
    let end = end.max(begin);
    [&line[..begin], &line[begin..end], &line[end..]]
}

/// What the fix changes, as a unified diff of the lines around it.
fn patch(report: &Report, finding: &Finding) -> Option<String> {
    let file = report.file(finding)?;
    let own = finding.fix.own_edits();
    let spans = own.iter().map(|edit| edit.span);
    let excerpt = Excerpt::new(file, spans.reduce(|all, span| all.to(span))?);
    let mut fixed = excerpt.text.to_owned();
    let mut edits = excerpt.edits(&own)?;
    edits.sort_by_key(|(range, _)| range.start);
    for (range, text) in edits.into_iter().rev() {
        fixed.replace_range(range, text);
    }
    let diff = TextDiff::from_lines(excerpt.text, &fixed);
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        format!("{sign}{}", change.value().trim_end_matches(['\r', '\n']))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// A file that the fix adds, as a diff.
fn added(file: &NewFile) -> String {
    let lines = file.text.lines().map(|line| format!("+{line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paragraphs of the rule's page that say why it is bad.
fn why(finding: &Finding) -> Option<String> {
    let lines = finding.rule.docs.lines().map(str::trim);
    let paragraphs: Vec<&str> = lines
        .skip_while(|line| *line != "## Why is this bad?")
        .skip(1)
        .take_while(|line| !line.starts_with("##") && !line.starts_with("```"))
        .collect();
    let text = paragraphs.join("\n");
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}
