//! JUnit's XML, which most CI systems show as test results: a suite for each migration, in it a test for the reading and
//! one for each act of the rehearsal. A test fails where the check fails.
//!
//! It keeps to the schema of Jenkins's xUnit plugin (`junit-10.xsd`), which the readers of other systems take, too.

use std::fmt::Write as _;

use rehearsal_lints::{Finding, Group, Level, rules::observed};

use crate::{
    render::{clean, explanation},
    report::Report,
};

/// The test for what is read in the text; the others have the names of acts.
const LINT: &str = "lint";

/// A test: its name, its seconds, whether it was tried, and what it found.
struct Case<'a> {
    name: &'a str,
    seconds: f64,
    skipped: bool,
    findings: Vec<&'a Finding>,
}

/// Renders a report; findings at or above the level fail.
pub(crate) fn render(report: &Report, lowest: Level) -> String {
    let shown = report.shown();
    let mut paths: Vec<&str> = report.migrations.iter().map(String::as_str).collect();
    // Such as the committed schema, or the way down of a migration.
    for finding in &shown {
        if !paths.contains(&finding.path.as_str()) {
            paths.push(&finding.path);
        }
    }
    let mut suites = String::new();
    let mut total = Counts::default();
    for path in paths {
        let cases = cases(report, path, &shown);
        let counts = Counts::of(&cases, lowest);
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{}\" {}>",
            attribute(path),
            counts.attributes()
        );
        for one in &cases {
            case(&mut suites, report, path, one, lowest);
        }
        suites.push_str("  </testsuite>\n");
        total.add(&counts);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rehearsal\" {}>\n{suites}</testsuites>\n",
        total.attributes_of_all()
    )
}

/// The tests of one file.
fn cases<'a>(report: &'a Report, path: &str, shown: &[&'a Finding]) -> Vec<Case<'a>> {
    let mut cases = vec![Case {
        name: LINT,
        seconds: 0.0,
        skipped: false,
        findings: Vec::new(),
    }];
    let acts = report.acts.iter().filter(|act| act.migration == path);
    cases.extend(acts.map(|act| Case {
        name: &act.act,
        seconds: act.seconds,
        skipped: act.result == "skipped",
        findings: Vec::new(),
    }));
    for finding in shown.iter().filter(|finding| finding.path == path) {
        let name = match finding.rule.group {
            Group::Observed if observed::SECOND_RUN.contains(&finding.rule.name) => "second-run",
            Group::Observed => "apply",
            _ => LINT,
        };
        let index = cases.iter().position(|case| case.name == name);
        cases[index.unwrap_or(0)].findings.push(finding);
    }
    cases
}

fn case(text: &mut String, report: &Report, path: &str, case: &Case<'_>, lowest: Level) {
    let _ = write!(
        text,
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{:.3}\"",
        attribute(case.name),
        attribute(path),
        case.seconds
    );
    let (failing, others): (Vec<&&Finding>, Vec<&&Finding>) = case
        .findings
        .iter()
        .partition(|finding| finding.level >= lowest);
    if failing.is_empty() && others.is_empty() && !case.skipped {
        text.push_str("/>\n");
        return;
    }
    text.push_str(">\n");
    if let [first, rest @ ..] = failing.as_slice() {
        let more = match rest.len() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let _ = writeln!(
            text,
            "      <failure type=\"{}\" message=\"{}{more}\">{}</failure>",
            attribute(first.rule.name),
            attribute(&first.message),
            escape(&paragraphs(report, &failing))
        );
    } else if case.skipped {
        text.push_str("      <skipped/>\n");
    }
    if !others.is_empty() {
        let _ = writeln!(
            text,
            "      <system-out>{}</system-out>",
            escape(&paragraphs(report, &others))
        );
    }
    text.push_str("    </testcase>\n");
}

fn paragraphs(report: &Report, findings: &[&&Finding]) -> String {
    let paragraphs: Vec<String> = findings
        .iter()
        .map(|finding| {
            let place = report
                .place(finding)
                .map_or(String::new(), |(start, _)| format!(":{start}"));
            format!(
                "{}{place}: {}[{}]: {}",
                finding.path,
                finding.level,
                finding.rule.name,
                explanation(finding)
            )
        })
        .collect();
    paragraphs.join("\n\n")
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
    seconds: f64,
}

impl Counts {
    fn of(cases: &[Case<'_>], lowest: Level) -> Self {
        let fails = |case: &&Case<'_>| case.findings.iter().any(|finding| finding.level >= lowest);
        let failures = cases.iter().filter(fails).count();
        let skipped = cases
            .iter()
            .filter(|case| case.skipped && !fails(case))
            .count();
        Self {
            tests: cases.len(),
            failures,
            skipped,
            seconds: cases.iter().map(|case| case.seconds).sum(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.skipped += other.skipped;
        self.seconds += other.seconds;
    }

    fn attributes(&self) -> String {
        format!("{} skipped=\"{}\"", self.attributes_of_all(), self.skipped)
    }

    /// The schema knows no `skipped` on the outermost element.
    fn attributes_of_all(&self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3}\"",
            self.tests, self.failures, self.seconds
        )
    }
}

/// Text between tags. XML 1.0 has no place for control characters, not even escaped, nor for two at the end of Unicode's
/// first plane.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // `]]>` may not stand in a text.
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// The value of an attribute, in which a reader would turn line breaks into blanks.
fn attribute(text: &str) -> String {
    escape(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use rehearsal_lints::Span;

    use super::*;
    use crate::{
        render::test_support::{RULE, report},
        report::Act,
    };

    fn act(act: &str, result: &str) -> Act {
        Act {
            act: act.to_owned(),
            migration: "a.sql".to_owned(),
            result: result.to_owned(),
            seconds: 0.25,
        }
    }

    #[test]
    fn a_suite_for_each_migration() {
        let error =
            Finding::new(&RULE, Span::new(0, 8), "writes to `t` wait").help("think \"twice\"");
        let mut warning = Finding::new(&RULE, Span::new(10, 18), "1 < 2");
        warning.level = Level::Warning;
        let refused = Finding::new(&observed::SECOND_RUN_FAILED, Span::new(0, 8), "it fails");
        let mut report = report("SELECT 1;\nSELECT 2;", vec![error, warning, refused]);
        report.acts = vec![act("apply", "applied"), act("second-run", "failed")];
        report.acts.push(act("down", "skipped"));
        let stale = Finding::new(&observed::SNAPSHOT_STALE, Span::default(), "it is old");
        report.findings.push(stale.observed("schema.snap"));
        assert_snapshot!(render(&report, Level::Error));
    }

    #[test]
    fn what_fails_is_what_fails_the_check() {
        let mut warning = Finding::new(&RULE, Span::new(0, 8), "think");
        warning.level = Level::Warning;
        let report = report("SELECT 1;", vec![warning]);
        assert!(render(&report, Level::Error).contains("failures=\"0\""));
        assert!(render(&report, Level::Warning).contains("failures=\"1\""));
    }

    #[test]
    fn xml_cannot_be_broken() {
        let escaped = escape("a\0\x1b[2J\u{ffff}]]><b c=\"&\">");
        assert_eq!(escaped, "a␀␛[2J\u{fffd}]]&gt;&lt;b c=&quot;&amp;&quot;&gt;");
        assert_eq!(attribute("a\n\tb"), "a&#10;&#9;b");
    }
}
