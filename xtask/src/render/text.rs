//! For people at a terminal: each finding with its place in the file, then one line of verdict, then the commands that
//! a reader wants next.

use std::fmt::Write as _;

use annotate_snippets::{
    AnnotationKind, Group, Level as Severity, Origin, Patch, Renderer, Snippet,
    renderer::{AnsiColor, Style},
};
use rehearsal_lints::{
    Check, Finding, Level, NewFile, Safety, fix::Reach, rules::observed::STATEMENT_REFUSED,
};

use crate::{
    render::{self, Detail, Look, clean, count, excerpt::Excerpt, is_deceptive},
    report::{Report, number},
};

/// Columns of the terminal for which excerpts are cut.
const WIDTH: usize = 120;

/// Renders a report.
pub(crate) fn render(report: &Report, look: Look) -> String {
    let renderer = if look.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(WIDTH);
    let mut text = String::new();
    for finding in report.shown() {
        if look.detail == Detail::Quiet {
            line(&mut text, report, finding);
        } else {
            text.push_str(&diagnostic(report, finding, &renderer));
            text.push_str("\n\n");
        }
    }
    if look.detail == Detail::Quiet {
        return text;
    }
    text.push_str(&diff(&report.schema_diff, look.color));
    timeline(&mut text, report, look.detail);
    if look.detail == Detail::Verbose {
        details(&mut text, report);
    }
    if let Some(change) = &report.change {
        text.push_str(&render::diff::text::render(change, look));
        text.push('\n');
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", clean(note));
    }
    let _ = writeln!(text, "{}", verdict(report));
    next_commands(&mut text, report);
    text
}

/// One finding in one line.
fn line(text: &mut String, report: &Report, finding: &Finding) {
    let place = report
        .place(finding)
        .map_or(String::new(), |(start, _)| format!(":{start}"));
    let _ = writeln!(
        text,
        "{}{place}: {}[{}]: {}",
        clean(&finding.path),
        finding.level,
        finding.rule.name,
        clean(&finding.message).replace('\n', " ")
    );
}

/// One finding with its place in the file and the edit that settles it.
fn diagnostic(report: &Report, finding: &Finding, renderer: &Renderer) -> String {
    let level = match finding.level {
        Level::Error => Severity::ERROR,
        Level::Warning | Level::Off => Severity::WARNING,
    };
    let title = level
        .primary_title(clean(&finding.message))
        .id(finding.rule.name);
    let excerpt = report
        .file(finding)
        .map(|file| Excerpt::new(file, finding.span))
        .filter(|excerpt| !excerpt.text.trim().is_empty());
    let group = match &excerpt {
        Some(excerpt) => {
            let label = finding.label.as_ref().or(finding.sqlstate.as_ref());
            let snippet = Snippet::source(excerpt.text)
                .line_start(excerpt.line)
                .fold(false)
                .annotation(
                    AnnotationKind::Primary
                        .span(excerpt.range.clone())
                        .label(label.map(|label| clean(label))),
                );
            if excerpt.inside_line {
                title.element(origin(report, finding)).element(snippet)
            } else {
                title.element(snippet.path(clean(&finding.path)))
            }
        }
        None => title.element(origin(report, finding)),
    };
    let notes = finding.notes.iter().map(|note| clean(note));
    let group = group.elements(notes.map(|note| Severity::NOTE.message(note)));
    let mut groups = vec![group];
    if let Some(help) = &finding.help {
        let title = Severity::HELP.secondary_title(clean(help));
        let patched = excerpt.as_ref().and_then(|_| patched(report, finding));
        let group = match patched {
            Some(snippet) => title.element(snippet),
            None => Group::with_title(title),
        };
        groups.push(match finding.fix.safety {
            Safety::Unsafe(reason) if !finding.fix.is_empty() => {
                group.element(Severity::NOTE.message(format!("the fix is unsafe: {reason}")))
            }
            _ => group,
        });
        let ups = finding
            .fix
            .files
            .iter()
            .filter(|file| !file.path.ends_with(".down.sql"));
        groups.extend(ups.map(added));
    }
    // The renderer shows ASCII control characters, but lets those beyond it pass.
    renderer.render(&groups).replace(is_deceptive, "\u{fffd}")
}

fn origin(report: &Report, finding: &Finding) -> Origin<'static> {
    let origin = Origin::path(clean(&finding.path));
    match report.place(finding) {
        Some((start, _)) => origin.line(start.line).char_column(start.column),
        None => origin,
    }
}

/// The lines that a fix changes, as they will be. None where they cannot be shown in one piece.
fn patched<'a>(report: &'a Report, finding: &'a Finding) -> Option<Snippet<'a, Patch<'a>>> {
    let source = report.file(finding)?;
    let own = finding.fix.own_edits();
    let whole = own
        .iter()
        .map(|edit| edit.span)
        .reduce(|all, span| all.to(span))?;
    let excerpt = Excerpt::new(source, whole);
    let edits = excerpt.edits(&own)?;
    Some(
        Snippet::source(excerpt.text)
            .line_start(excerpt.line)
            .fold(false)
            .patches(
                edits
                    .into_iter()
                    .map(|(range, text)| Patch::new(range, text)),
            ),
    )
}

/// A migration that a fix adds. The way down is left out: it follows from the way up.
fn added(file: &NewFile) -> Group<'_> {
    let title = Severity::HELP.secondary_title(format!("add `{}`", clean(&file.path)));
    title.element(
        Snippet::source("")
            .fold(false)
            .patch(Patch::new(0..0, file.text.trim_end())),
    )
}

/// What the migrations do to the committed schema: a unified diff, with an empty line behind it.
pub(crate) fn diff(diff: &str, color: bool) -> String {
    let mut text = String::new();
    for line in diff.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => AnsiColor::BrightGreen.on_default(),
            Some(b'-') => AnsiColor::BrightRed.on_default(),
            Some(b'@') => AnsiColor::BrightCyan.on_default(),
            _ => Style::new(),
        };
        let line = clean(line);
        let _ = if color {
            writeln!(text, "{style}{line}{style:#}")
        } else {
            writeln!(text, "{line}")
        };
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Who would have waited for which migration: for those with findings, or for all when the reader asks for more.
fn timeline(text: &mut String, report: &Report, detail: Detail) {
    let mut shown = "";
    for lock in &report.locks {
        if detail != Detail::Verbose && !report.has_findings(&lock.migration) {
            continue;
        }
        if shown != lock.migration {
            shown = &lock.migration;
            let _ = writeln!(text, "locks seen in {}", clean(shown));
        }
        let until = match lock.statements {
            1 => "while it runs".to_owned(),
            more => format!("until line {} is done, {more} statements", lock.until_line),
        };
        let _ = writeln!(
            text,
            "  line {:<4} {} on {}: {} wait {until}",
            lock.line,
            lock.mode,
            clean(&lock.relation),
            lock.mode.blocks()
        );
    }
    if !shown.is_empty() {
        text.push('\n');
    }
}

fn details(text: &mut String, report: &Report) {
    for act in &report.acts {
        let _ = writeln!(
            text,
            "{:11} {:14} {:6.2} s  {}",
            act.act,
            act.result,
            act.seconds,
            clean(&act.migration)
        );
    }
    if let Some(postgres) = &report.postgres {
        for reason in &postgres.passed_over {
            let _ = writeln!(text, "passed over {}", clean(reason));
        }
        let _ = writeln!(
            text,
            "took {}: {}",
            postgres.provider,
            clean(&postgres.origin)
        );
    }
}

/// The one line that sums it up: what was found, on what it was run, and what else happened.
pub(crate) fn verdict(report: &Report) -> String {
    let server = server(report).map_or(String::new(), |server| format!(" on {server}"));
    let besides: String = besides(report)
        .iter()
        .map(|fact| format!("; {fact}"))
        .collect();
    format!("{}{server}{besides}", headline(report))
}

/// How much was found in how many migrations.
pub(crate) fn headline(report: &Report) -> String {
    let kind = if report.merged > 0 {
        "new migration"
    } else {
        "migration"
    };
    let migrations = count(report.migrations.len(), kind);
    let shown = report.shown();
    if shown.is_empty() {
        return format!("{migrations}: no findings");
    }
    let counts: Vec<String> = [(Level::Error, "error"), (Level::Warning, "warning")]
        .into_iter()
        .map(|(level, noun)| (number(&shown, level), noun))
        .filter(|&(number, _)| number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    let counts = counts.join(", ");
    match report.touched() {
        0 => format!("{counts}; {migrations}"),
        all if all == report.migrations.len() => format!("{counts} in {migrations}"),
        touched => format!("{counts} in {touched} of {migrations}"),
    }
}

/// The Postgres of the rehearsal, such as `PostgreSQL 17.5 (container)`.
pub(crate) fn server(report: &Report) -> Option<String> {
    let postgres = report.postgres.as_ref()?;
    Some(format!(
        "PostgreSQL {} ({})",
        postgres.version, postgres.provider
    ))
}

/// What became of findings that are not shown, and of predictions.
pub(crate) fn besides(report: &Report) -> Vec<String> {
    let mut facts = Vec::new();
    if !report.allowed.is_empty() {
        let allowed = count(report.allowed.len(), "finding");
        facts.push(format!("{allowed} allowed with a reason"));
    }
    if report.confirmed > 0 {
        let confirmed = count(report.confirmed, "prediction");
        facts.push(format!("{confirmed} seen to come true"));
    }
    if report.unseen > 0 {
        let unseen = count(report.unseen, "prediction");
        facts.push(format!("{unseen} of which nothing was seen"));
    }
    if report.withdrawn > 0 {
        let withdrawn = count(report.withdrawn, "prediction");
        facts.push(format!(
            "{withdrawn} withdrawn, since Postgres does otherwise"
        ));
    }
    facts
}

/// What the reader wants to type next, for the first finding that it fits.
fn next_commands(text: &mut String, report: &Report) {
    let shown = report.shown();
    let Some(first) = shown.first() else {
        return;
    };
    let _ = writeln!(text, "  why:    cargo xtask explain {}", first.rule.name);
    let fixable = |reach| shown.iter().any(|finding| finding.fix.is_within(reach));
    if fixable(Reach::All) {
        let flags = match fixable(Reach::Safe) {
            true => "--fix",
            false => "--fix --unsafe-fixes",
        };
        let paths: String = report
            .arguments
            .iter()
            .map(|argument| format!(" {}", clean(argument)))
            .collect();
        let _ = writeln!(text, "  fix:    cargo xtask lint {flags}{paths}");
    }
    // What Postgres refuses does not run, whatever a comment says.
    let allowable = |finding: &&Finding| {
        !matches!(finding.rule.check, Check::Suppression)
            && finding.rule.name != STATEMENT_REFUSED.name
            && report.place(finding).is_some()
    };
    if let Some(finding) = shown.into_iter().find(allowable) {
        let name = finding.rule.name;
        let _ = writeln!(text, "  allow:  -- rehearsal: allow({name}): <reason>");
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use rehearsal_lints::{Finding, Span};

    use super::*;
    use crate::render::test_support::{RULE, report};

    fn shown(sql: &str, finding: Finding) -> String {
        render(&report(sql, vec![finding]), Look::default())
    }

    fn about(span: Span) -> Finding {
        Finding::new(&RULE, span, "writes to `t` wait")
    }

    #[test]
    fn a_finding_with_its_fix() {
        let sql = "-- é\nCREATE INDEX i ON t (a);\n";
        let finding = about(Span::new(6, 29))
            .label("takes SHARE on `t`")
            .help("build it with `CONCURRENTLY`, alone in a migration")
            .insert(18, " CONCURRENTLY");
        assert_snapshot!(shown(sql, finding));
    }

    #[test]
    fn an_unsafe_fix_with_its_files() {
        let sql = "CREATE INDEX i ON t (a);\nSELECT 1;\n";
        let file = |path: &str, text: &str| NewFile {
            path: path.to_owned(),
            text: text.to_owned(),
            ..NewFile::default()
        };
        let finding = about(Span::new(0, 23))
            .help("build it with `CONCURRENTLY`, alone in a migration")
            .replace(Span::new(0, 25), "")
            .with_files([
                file(
                    "m/2_b.up.sql",
                    "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
                ),
                file(
                    "m/2_b.down.sql",
                    "-- no-transaction\nDROP INDEX CONCURRENTLY i;\n",
                ),
            ])
            .unsafe_fix("the statement runs in a migration of its own then");
        assert_snapshot!(shown(sql, finding));
    }

    #[test]
    fn lines_tabs_and_carriage_returns() {
        let sql = "ALTER TABLE a\r\n\tADD b int\r\n\tNOT NULL;\r\n";
        assert_snapshot!(shown(sql, about(Span::new(0, 37))));
    }

    #[test]
    fn the_end_of_the_file() {
        assert_snapshot!(shown("SELECT 'é", about(Span::at(10))));
    }

    #[test]
    fn an_empty_file() {
        assert_snapshot!(shown("", about(Span::default())));
    }

    #[test]
    fn a_byte_order_mark() {
        assert_snapshot!(shown("\u{feff}SELECT 1;", about(Span::new(3, 11))));
    }

    #[test]
    fn a_very_long_line() {
        let sql = format!("SELECT '{}', 1", "x".repeat(10_000_000));
        let end = sql.len();
        let text = shown(&sql, about(Span::new(end - 1, end)));
        assert!(text.len() < 2_000, "{} bytes", text.len());
        assert_snapshot!(text);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let sql = "SELECT '\x1b[2J\u{9b}2J\u{202e}', 1\0;";
        let finding = Finding::new(&RULE, Span::new(0, 9), "\x1b[31m\u{9b}red").label("\x07");
        let text = shown(sql, finding);
        let steers = |c: char| c.is_control() && c != '\n' || is_deceptive(c);
        assert!(!text.contains(steers), "{text:?}");
    }

    #[test]
    fn one_line_each_when_quiet() {
        let report = report("SELECT 1;", vec![about(Span::new(0, 8))]);
        let look = Look {
            detail: Detail::Quiet,
            ..Look::default()
        };
        assert_eq!(
            render(&report, look),
            "a.sql:1:1: error[index-blocks]: writes to `t` wait\n"
        );
    }

    #[test]
    fn success_is_one_line() {
        let report = report("SELECT 1;", Vec::new());
        assert_eq!(
            render(&report, Look::default()),
            "1 migration: no findings\n"
        );
    }
}
