//! A report to render, made by hand.

use rehearsal_lints::{Check, Finding, Fixable, Group, Level, Rule, Settings, SourceFile, layout};

use crate::report::Report;

/// A rule that exists only here.
pub(crate) static RULE: Rule = Rule {
    name: "index-blocks",
    group: Group::Blocking,
    summary: "an index build that blocks writes",
    level: Level::Error,
    lock: None,
    work: None,
    refused: &[],
    fix: Fixable::Both,
    loses: None,
    since: "0.1.0",
    docs: "",
    file: file!(),
    check: Check::Observed,
};

/// A report about one file, `a.sql`.
pub(crate) fn report(sql: &str, mut findings: Vec<Finding>) -> Report {
    for finding in &mut findings {
        "a.sql".clone_into(&mut finding.path);
    }
    let set = layout::plain::read(vec![SourceFile::new("a.sql", sql)]);
    let mut report = Report::default();
    report.add_all(&set, &Settings::default(), findings);
    report
}
