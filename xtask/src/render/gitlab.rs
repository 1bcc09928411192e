//! GitLab's code quality report, which merge requests show beside the changed lines.
//!
//! Source: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use rehearsal_lints::Level;
use serde_json::{Value, json};

use crate::{
    render::{clean, fingerprint::fingerprints},
    report::Report,
};

/// Renders a report.
pub(crate) fn render(report: &Report) -> String {
    let shown = report.shown();
    let found: Vec<Value> = shown
        .iter()
        .zip(fingerprints(report, shown.iter().copied()))
        .map(|(finding, fingerprint)| {
            let lines = report
                .place(finding)
                .map_or((1, 1), |(start, end)| (start.line, end.line));
            json!({
                "check_name": finding.rule.name,
                "description": clean(&finding.message),
                "fingerprint": fingerprint,
                "severity": match finding.level {
                    Level::Error => "critical",
                    Level::Warning | Level::Off => "minor",
                },
                // GitLab knows no path that begins with `./`.
                "location": {
                    "path": finding.path.trim_start_matches("./"),
                    "lines": { "begin": lines.0, "end": lines.1 },
                },
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(found))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use rehearsal_lints::{Finding, Span};

    use super::*;
    use crate::render::test_support::{RULE, report};

    #[test]
    fn a_list_of_findings() {
        let mut warning = Finding::new(&RULE, Span::new(10, 14), "think");
        warning.level = Level::Warning;
        let error = Finding::new(&RULE, Span::new(0, 11), "writes wait");
        assert_snapshot!(render(&report(
            "SELECT 1,\n2;\nSELECT 3;",
            vec![error, warning]
        )));
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(render(&report("SELECT 1;", Vec::new())), "[]\n");
    }
}
