//! Markdown, for the one comment on a pull request that is edited in place, and for summaries of CI jobs: the verdict, each
//! migration with what was found in it and its strongest lock, what becomes of the schema, how to mend it.
//!
//! It stays below what GitHub takes, and says what it leaves out.

mod neutral;
pub(crate) mod part;

use std::collections::HashSet;

use rehearsal_lints::Finding;

pub(crate) use neutral::{code, fence, prose};

use crate::{
    fix,
    render::{
        self, diff,
        markdown::part::{Block, Part, assemble},
        rule_page, text,
    },
    report::{Lock, Report},
};

/// The first line, by which the comment is found again. Nobody sees it.
const MARKER: &str = "<!-- rehearsal: this comment is edited in place -->";
/// Facts of a finding that are shown.
const NOTES: usize = 3;
/// Lines that are named of findings that are not shown in full.
const LINES: usize = 20;
/// Bytes of a sentence that are shown: a name may be as long as its author likes.
const SENTENCE: usize = 500;

/// Renders a report. GitHub takes 65,536 characters, which the shares stay below in bytes.
pub(crate) fn render(report: &Report) -> String {
    let shown = report.shown();
    let mut facts: Vec<String> = text::server(report)
        .map(|server| format!("Rehearsed on {server}"))
        .into_iter()
        .collect();
    facts.extend(text::besides(report));
    let change = report.change.as_ref();
    let schema = change.map_or(String::new(), |change| {
        format!("; {}", diff::headline(&change.diff))
    });
    let headline = prose(&format!("{}{schema}", text::headline(report)));
    let mut head = format!("{MARKER}\n### {headline}\n");
    if !facts.is_empty() {
        head.push_str(&format!("\n{}.\n", prose(&facts.join("; "))));
    }
    let mut parts = vec![found(report, &shown), quiet(report, &shown)];
    parts.extend(report.change.iter().flat_map(diff::markdown::parts));
    parts.extend([
        snapshot(report),
        safe_fixes(report, &shown),
        unsafe_fixes(report, &shown),
    ]);
    parts.push(notes(report));
    let foot = if shown.is_empty() {
        ""
    } else {
        "\nThe same on your machine: `cargo xtask check`. Why: `cargo xtask explain RULE`.\n"
    };
    format!("{head}{}{foot}", assemble(0, parts))
}

/// What was found: below each file's name and its strongest lock the findings, errors first. Of a rule that finds the same
/// again and again the first ones are enough, and what was seen of a statement is said once.
fn found(report: &Report, shown: &[&Finding]) -> Part {
    let alike = render::alike(shown);
    let mut blocks = Vec::new();
    for findings in shown.chunk_by(|one, next| one.path == next.path) {
        let path = &findings[0].path;
        let mut block = format!("\n#### {}\n\n", code(&cut(file_name(path))));
        if let Some(lock) = strongest(report, path) {
            block.push_str(&format!("Strongest lock: {}.\n\n", blocked(lock)));
        }
        let mut said = HashSet::new();
        for findings in render::by_rule(findings) {
            let (first, rest) = findings.split_at(findings.len().min(alike));
            for finding in first {
                let line = report.place(finding).map(|(start, _)| start.line);
                let notes = finding.notes.iter().map(String::as_str);
                let notes: Vec<&str> = notes.filter(|note| said.insert((line, *note))).collect();
                block.push_str(&item(report, finding, &notes));
                blocks.push(Block::Whole(std::mem::take(&mut block)));
            }
            if !rest.is_empty() {
                blocks.push(Block::Whole(more(report, rest)));
            }
        }
    }
    Part {
        share: 17_000,
        blocks,
        noun: "item",
        ..Part::default()
    }
}

/// Further findings of the same rule in one line.
fn more(report: &Report, findings: &[&Finding]) -> String {
    let lines = findings.iter().filter_map(|finding| report.place(finding));
    let lines: Vec<String> = lines
        .take(LINES)
        .map(|(start, _)| start.line.to_string())
        .collect();
    let noun = if lines.len() == 1 { "line" } else { "lines" };
    let rest = if lines.len() < findings.len() {
        " …"
    } else {
        ""
    };
    format!(
        "- {} more of {}: {noun} {}{rest}\n",
        findings.len(),
        code(findings[0].rule.name),
        lines.join(", ")
    )
}

/// A finding as an item of a list: how bad, where, what happens to whom; below it what was seen, and what to do.
fn item(report: &Report, finding: &Finding, notes: &[&str]) -> String {
    let place = report
        .place(finding)
        .map_or(String::new(), |(start, _)| format!(", line {}", start.line));
    let name = finding.rule.name;
    let rule = match rule_page(finding.rule) {
        Some(page) => format!("[`{name}`]({page})"),
        None => code(name),
    };
    let sqlstate = finding
        .sqlstate
        .as_ref()
        .map_or(String::new(), |code| format!(" ({code})"));
    let mut item = format!(
        "- **{}**{place}: {}{} ({rule})",
        finding.level,
        sentence(&finding.message),
        prose(&sqlstate)
    );
    for note in notes.iter().take(NOTES) {
        item.push_str(&format!("\n  - {}", sentence(note)));
    }
    if let Some(help) = &finding.help {
        item.push_str(&format!("\n  - **Instead:** {}", sentence(help)));
    }
    item.push('\n');
    item
}

/// The judged migrations without findings, each with its strongest lock.
fn quiet(report: &Report, shown: &[&Finding]) -> Part {
    let paths = report
        .migrations
        .iter()
        .filter(|path| shown.iter().all(|finding| finding.path != **path));
    let blocks = paths
        .map(|path| {
            let lock = strongest(report, path)
                .map_or(String::new(), |lock| format!(": {}", blocked(lock)));
            Block::Whole(format!("- {}{lock}\n", code(&cut(file_name(path)))))
        })
        .collect();
    let head = if shown.is_empty() {
        "\n"
    } else {
        "\n#### Nothing found in\n\n"
    };
    Part {
        share: 3_000,
        head: head.to_owned(),
        blocks,
        noun: "migration",
        ..Part::default()
    }
}

/// The committed schema and what the migrations make, where they differ.
fn snapshot(report: &Report) -> Part {
    let code = Block::Code {
        language: "diff",
        text: report.schema_diff.clone(),
        whole: "cargo xtask snapshot",
    };
    let blocks = Vec::from_iter((!report.schema_diff.is_empty()).then_some(code));
    Part::folded(
        "The committed schema, and what the migrations make",
        5_500,
        blocks,
    )
}

/// The fixes that may be taken unseen, as a patch for each file.
fn safe_fixes(report: &Report, shown: &[&Finding]) -> Part {
    let blocks = patches(report, shown, |finding| finding.fix.is_safe());
    Part {
        foot: "\n`cargo xtask lint --fix` does this.\n\n</details>\n",
        ..Part::folded("How to fix", 4_000, blocks)
    }
}

/// The fixes that somebody should look at, and the migrations that they add.
fn unsafe_fixes(report: &Report, shown: &[&Finding]) -> Part {
    let blocks = patches(report, shown, |finding| !finding.fix.is_safe());
    Part {
        foot: "\n`cargo xtask lint --fix --unsafe-fixes` does this, too.\n\n</details>\n",
        ..Part::folded(
            "Fixes to look at first: they change what a migration does, or add migrations",
            4_000,
            blocks,
        )
    }
}

fn patches(report: &Report, shown: &[&Finding], wanted: fn(&Finding) -> bool) -> Vec<Block> {
    let text = |path: &str| {
        let source = report.sources.get(path)?;
        Some(source.file.text())
    };
    let wanted = shown.iter().copied().filter(|finding| wanted(finding));
    let applied = rehearsal_lints::fix::apply(wanted, text);
    let blocks = applied.texts.iter().flat_map(|(path, new)| {
        let name = Block::Whole(format!("\n{}\n\n", code(&cut(file_name(path)))));
        let patch = Block::Code {
            language: "diff",
            text: fix::hunks(text(path).unwrap_or_default(), new),
            whole: "cargo xtask lint --diff",
        };
        [name, patch]
    });
    blocks.collect()
}

/// What the reader should know besides.
fn notes(report: &Report) -> Part {
    Part {
        share: 1_500,
        head: "\n".to_owned(),
        blocks: report
            .notes
            .iter()
            .map(|note| Block::Whole(format!("- {}\n", sentence(note))))
            .collect(),
        noun: "note",
        ..Part::default()
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn strongest<'a>(report: &'a Report, path: &str) -> Option<&'a Lock> {
    let locks = report.locks.iter().filter(|lock| lock.migration == path);
    // Of equal ones the first: it is held the longest.
    locks.rev().max_by_key(|lock| lock.mode)
}

/// `ACCESS EXCLUSIVE` on `users` from line 3: reads and writes wait.
fn blocked(lock: &Lock) -> String {
    format!(
        "{} on {} from line {}: {} wait",
        code(&lock.mode.to_string()),
        code(&cut(&lock.relation)),
        lock.line,
        lock.mode.blocks()
    )
}

fn sentence(text: &str) -> String {
    prose(&cut(text))
}

/// The text, or its beginning where it is very long.
fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(SENTENCE);
    let more = if end < text.len() { "…" } else { "" };
    format!("{}{more}", &text[..end])
}

#[cfg(test)]
mod tests;
