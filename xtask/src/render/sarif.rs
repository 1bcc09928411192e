//! SARIF 2.1.0, which code scanning services and editors read.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>, and what GitHub makes of it:
//! <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning>

use std::fmt::Write as _;

use rehearsal_lints::{Edit, Finding, Level, Rule, SourceFile, Span, rules, suppression::Allowed};
use serde_json::{Value, json};

use crate::{
    render::{clean, explanation, fingerprint::fingerprints, rule_page},
    report::Report,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Renders a report. Allowed findings are in it, as suppressed ones.
pub(crate) fn render(report: &Report) -> String {
    let shown = report.shown();
    let all: Vec<&Finding> = shown
        .iter()
        .copied()
        .chain(report.allowed.iter().map(|allowed| &allowed.finding))
        .collect();
    let mut rules: Vec<&Rule> = all.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.name);
    rules.dedup_by_key(|rule| rule.name);
    let reasons = std::iter::repeat_n(None, shown.len()).chain(report.allowed.iter().map(Some));
    let results: Vec<Value> = all
        .iter()
        .zip(fingerprints(report, all.iter().copied()))
        .zip(reasons)
        .map(|((finding, fingerprint), allowed)| {
            let rule = rules.iter().position(|rule| rule.name == finding.rule.name);
            result(report, finding, rule, fingerprint, allowed)
        })
        .collect();
    let notes: Vec<Value> = report
        .notes
        .iter()
        .map(|note| json!({ "level": "note", "message": { "text": message(&clean(note)) } }))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Rehearsal",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(descriptor).collect::<Vec<_>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {
                "%SRCROOT%": { "description": { "text": "The root of the repository." } },
            },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule) -> Value {
    let page = rules::page(rule);
    let mut descriptor = json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(rule.level), "enabled": rule.level != Level::Off },
        "properties": {
            "tags": [rule.group.to_string()],
            "problem.severity": if rule.level == Level::Error { "error" } else { "warning" },
        },
    });
    if let Some(page) = rule_page(rule) {
        descriptor["helpUri"] = page.into();
    }
    descriptor
}

fn result(
    report: &Report,
    finding: &Finding,
    rule: Option<usize>,
    fingerprint: String,
    allowed: Option<&Allowed>,
) -> Value {
    let file = report.file(finding);
    let mut place = json!({ "artifactLocation": artifact(&finding.path) });
    if let Some(file) = file {
        place["region"] = region(file, finding.span);
    }
    let mut result = json!({
        "ruleId": finding.rule.name,
        "ruleIndex": rule,
        "level": level(finding.level),
        "message": { "text": message(&explanation(finding)) },
        "locations": [{ "physicalLocation": place }],
        // Uploading to GitHub adds one by the text of the line, `primaryLocationLineHash`.
        "partialFingerprints": { "rehearsal/v1": fingerprint },
        "properties": { "evidence": finding.evidence.to_string() },
    });
    if let Some(sqlstate) = &finding.sqlstate {
        result["properties"]["sqlstate"] = sqlstate.as_str().into();
    }
    if let Some(allowed) = allowed {
        result["suppressions"] = json!([{
            "kind": "inSource",
            "status": "accepted",
            "justification": clean(&allowed.reason),
        }]);
    }
    if let Some(file) = file
        && !finding.fix.edits.is_empty()
        && finding.fix.files.is_empty()
        && finding.fix.edits.iter().all(|edit| edit.file.is_none())
    {
        result["fixes"] = json!([fix(file, finding)]);
    }
    result
}

fn fix(file: &SourceFile, finding: &Finding) -> Value {
    let replacement = |edit: &Edit| {
        json!({
            "deletedRegion": region(file, edit.span),
            "insertedContent": { "text": edit.text },
        })
    };
    let help = finding.help.as_deref().unwrap_or("apply the fix");
    json!({
        "description": { "text": message(&clean(help)) },
        "artifactChanges": [{
            "artifactLocation": artifact(&finding.path),
            "replacements": finding.fix.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Off => "none",
    }
}

/// A message's text, in which square brackets would make a link.
fn message(text: &str) -> String {
    text.replace('[', "\\[").replace(']', "\\]")
}

/// A file as a URI: relative to the repository, unless the user named it by an absolute path.
fn artifact(path: &str) -> Value {
    let mut uri = String::with_capacity(path.len());
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    if path.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

fn region(file: &SourceFile, span: Span) -> Value {
    let start = file.position(span.start);
    let end = file.position(span.end.max(span.start));
    json!({
        "startLine": start.line,
        "startColumn": column(file, start.line, start.column),
        "endLine": end.line,
        "endColumn": column(file, end.line, end.column),
    })
}

/// A column that counts characters, as one that counts UTF-16 code units: the unit of GitHub and of most editors.
fn column(file: &SourceFile, line: usize, column: usize) -> usize {
    let before = file.slice(file.line(line)).chars().take(column - 1);
    before.map(char::len_utf16).sum::<usize>() + 1
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::test_support::{RULE, report};

    #[test]
    fn a_finding_an_allowed_one_and_a_note() {
        let sql = "/* 😀 */ CREATE INDEX i ON t (a);\n";
        let at = sql.find("CREATE").expect("it is there");
        let finding = Finding::new(&RULE, Span::new(at, at + 24), "writes to `t[1]` wait")
            .help("build it concurrently")
            .sqlstate("55P03")
            .insert(at + 12, " CONCURRENTLY");
        let allowed = Finding {
            level: Level::Warning,
            ..finding.clone()
        };
        let mut report = report(sql, vec![finding]);
        report.allowed.push(Allowed {
            finding: Finding {
                path: "a.sql".to_owned(),
                ..allowed
            },
            reason: "the table is empty".to_owned(),
        });
        report.notes.push("`t` stays empty".to_owned());
        assert_snapshot!(render(&report));
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(
            artifact("./a b/ü%#?.sql")["uri"],
            "a%20b/%C3%BC%25%23%3F.sql"
        );
        assert_eq!(artifact("/a.sql"), json!({ "uri": "file:///a.sql" }));
    }
}
