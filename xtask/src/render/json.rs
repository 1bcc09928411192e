//! For other programs: one object, versioned, described by `docs/report.schema.json`.

use rehearsal_lints::{Finding, Level, Position, Safety, fix};
use serde::Serialize;

use crate::{
    render::diff,
    report::{Report, number},
};

/// Raised whenever a reader of the object before could break.
const VERSION: u32 = 1;
/// Bytes of a statement that are given.
const STATEMENT: usize = 4096;

#[derive(Serialize)]
struct Object<'a> {
    version: u32,
    tool: Tool,
    postgres: Option<Postgres<'a>>,
    summary: Summary,
    findings: Vec<Found<'a>>,
    acts: Vec<Act<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locks: Vec<Lock<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<diff::json::Object<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Postgres<'a> {
    provider: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    migrations: usize,
    statements: usize,
    confirmed: usize,
    unseen: usize,
    withdrawn: usize,
}

#[derive(Serialize)]
struct Found<'a> {
    rule: &'a str,
    level: String,
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
    evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    prediction: Option<String>,
    statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fix: Vec<Edit<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsafe_fix: Option<UnsafeFix<'a>>,
}

/// Apart from the safe ones: who applies those need not know that these are there.
#[derive(Serialize)]
struct UnsafeFix<'a> {
    reason: &'a str,
    edits: Vec<Edit<'a>>,
    files: Vec<NewFile<'a>>,
}

#[derive(Serialize)]
struct NewFile<'a> {
    path: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    start: usize,
    end: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Act<'a> {
    act: &'a str,
    migration: &'a str,
    result: &'a str,
    seconds: f64,
}

#[derive(Serialize)]
struct Lock<'a> {
    migration: &'a str,
    line: usize,
    relation: &'a str,
    mode: String,
    blocks: &'a str,
    until_line: usize,
    statements: usize,
}

/// Renders a report.
pub(crate) fn render(report: &Report) -> String {
    let shown = report.shown();
    let object = Object {
        version: VERSION,
        tool: Tool {
            name: "rehearsal",
            version: env!("CARGO_PKG_VERSION"),
        },
        postgres: report.postgres.as_ref().map(|postgres| Postgres {
            provider: &postgres.provider,
            version: &postgres.version,
        }),
        summary: Summary {
            errors: number(&shown, Level::Error),
            warnings: number(&shown, Level::Warning),
            migrations: report.migrations.len(),
            statements: report.statements,
            confirmed: report.confirmed,
            unseen: report.unseen,
            withdrawn: report.withdrawn,
        },
        findings: shown
            .into_iter()
            .map(|finding| found(report, finding))
            .collect(),
        acts: report
            .acts
            .iter()
            .map(|act| Act {
                act: &act.act,
                migration: &act.migration,
                result: &act.result,
                seconds: act.seconds,
            })
            .collect(),
        locks: report
            .locks
            .iter()
            .map(|lock| Lock {
                migration: &lock.migration,
                line: lock.line,
                relation: &lock.relation,
                mode: lock.mode.to_string(),
                blocks: lock.mode.blocks(),
                until_line: lock.until_line,
                statements: lock.statements,
            })
            .collect(),
        diff: report.change.as_ref().map(diff::json::object),
        notes: &report.notes,
    };
    let mut text = serde_json::to_string_pretty(&object)
        .expect("strings, numbers and lists can always be written as JSON");
    text.push('\n');
    text
}

fn found<'a>(report: &'a Report, finding: &'a Finding) -> Found<'a> {
    // A finding about a file as a whole stands at its beginning.
    let first = Position { line: 1, column: 1 };
    let (start, end) = report.place(finding).unwrap_or((first, first));
    Found {
        rule: finding.rule.name,
        level: finding.level.to_string(),
        path: &finding.path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        message: &finding.message,
        help: finding.help.as_deref(),
        notes: &finding.notes,
        evidence: finding.evidence.to_string(),
        prediction: finding.foretold.map(|foretold| foretold.to_string()),
        statement: statement(report, finding),
        sqlstate: finding.sqlstate.as_deref(),
        fix: match finding.fix.safety {
            Safety::Safe => edits(finding),
            Safety::Unsafe(_) => Vec::new(),
        },
        unsafe_fix: match finding.fix.safety {
            Safety::Safe => None,
            Safety::Unsafe(reason) => Some(UnsafeFix {
                reason,
                edits: edits(finding),
                files: finding
                    .fix
                    .files
                    .iter()
                    .map(|file| NewFile {
                        path: &file.path,
                        text: &file.text,
                    })
                    .collect(),
            }),
        },
    }
}

fn edits(finding: &Finding) -> Vec<Edit<'_>> {
    let edits = finding.fix.edits.iter();
    edits
        .map(|edit| Edit {
            path: fix::path(finding, edit),
            start: edit.span.start,
            end: edit.span.end,
            text: &edit.text,
        })
        .collect()
}

/// The statement that the finding is about, cut where it is very long.
fn statement<'a>(report: &'a Report, finding: &Finding) -> Option<&'a str> {
    let text = report.statement(finding)?;
    Some(&text[..text.floor_char_boundary(STATEMENT)])
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use rehearsal_lints::Span;

    use super::*;
    use crate::{
        render::test_support::{RULE, report},
        report::{self, Report},
    };

    fn full() -> Report {
        let finding = Finding::new(&RULE, Span::new(6, 29), "writes to `t` wait")
            .help("build it concurrently")
            .insert(18, " CONCURRENTLY");
        let mut report = report("-- é\nCREATE INDEX i ON t (a);\n", vec![finding]);
        report.findings[0].sqlstate = Some("25001".to_owned());
        report.postgres = Some(report::Postgres {
            provider: "local".to_owned(),
            version: "17.5".to_owned(),
            origin: String::new(),
            passed_over: Vec::new(),
        });
        report.acts.push(report::Act {
            act: "second-run".to_owned(),
            migration: "a.sql".to_owned(),
            result: "same".to_owned(),
            seconds: 0.25,
        });
        report
    }

    #[test]
    fn every_key() {
        assert_snapshot!(render(&full()));
    }

    #[test]
    fn an_unsafe_fix_stands_apart() {
        let finding = Finding::new(&RULE, Span::new(0, 6), "writes wait")
            .insert(6, " 0")
            .with_files([rehearsal_lints::NewFile {
                path: "2_b.sql".to_owned(),
                text: "SELECT 3;\n".to_owned(),
                ..rehearsal_lints::NewFile::default()
            }])
            .unsafe_fix("it adds a file");
        let report = report("SELECT 1;", vec![finding]);
        let object: serde_json::Value = serde_json::from_str(&render(&report)).expect("it is JSON");
        let finding = &object["findings"][0];
        assert_eq!(finding["fix"], serde_json::Value::Null);
        assert_eq!(
            finding["unsafe_fix"],
            serde_json::json!({
                "reason": "it adds a file",
                "edits": [{"path": "a.sql", "start": 6, "end": 6, "text": " 0"}],
                "files": [{"path": "2_b.sql", "text": "SELECT 3;\n"}],
            })
        );
    }

    #[test]
    fn a_file_without_a_place() {
        let mut report = report("", vec![Finding::new(&RULE, Span::default(), "gone")]);
        report.sources.clear();
        let object: serde_json::Value = serde_json::from_str(&render(&report)).expect("it is JSON");
        assert_eq!(object["findings"][0]["line"], 1);
        assert_eq!(object["findings"][0]["statement"], serde_json::Value::Null);
        assert_eq!(object["postgres"], serde_json::Value::Null);
    }
}
