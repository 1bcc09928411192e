//! Which findings a comment allows.

use super::*;
use crate::{rules::observed, source::SourceFile, test_support};

/// Puts a finding of `second-run-failed` at each `@`, runs the comments over them and gives what is left as
/// `line: rule`.
#[track_caller]
fn left_after(sql: &str) -> (Vec<String>, usize) {
    let plain = sql.replace('@', "");
    let set = test_support::set(&[SourceFile::new("migrations/1_a.sql", &*plain)]);
    let findings = sql
        .match_indices('@')
        .enumerate()
        .map(|(before, (at, _))| Finding {
            path: "migrations/1_a.sql".to_owned(),
            ..Finding::new(
                &observed::SECOND_RUN_FAILED,
                Span::at(at - before),
                "it failed",
            )
        })
        .collect();
    let outcome = apply(&set, &Settings::default(), findings, Decided::ByRunning);
    let source = &set.as_slice()[0].up;
    let left = outcome
        .findings
        .iter()
        .map(|finding| {
            let line = source.position(finding.span.start).line;
            format!("{line}: {}", finding.rule.name)
        })
        .collect();
    (left, outcome.allowed.len())
}

#[track_caller]
fn check(sql: &str, left: &[&str], allowed: usize) {
    let expected = left.iter().map(ToString::to_string).collect();
    assert_eq!(left_after(sql), (expected, allowed), "{sql}");
}

#[test]
fn above_a_statement() {
    check(
        "-- rehearsal: allow(second-run-failed): once\n-- And more.\n\n@SELECT 1;\n@SELECT 2;",
        &["5: second-run-failed"],
        1,
    );
}

#[test]
fn at_the_end_of_a_line() {
    check(
        "@SELECT 1,\n  2; -- rehearsal: allow(second-run-failed): once\n@SELECT 2;",
        &["3: second-run-failed"],
        1,
    );
    check(
        "@SELECT 1, -- rehearsal: allow(second-run-failed): once\n  @2;\n@SELECT 2;",
        &["3: second-run-failed"],
        2,
    );
}

#[test]
fn block_comments_count() {
    check(
        "/* rehearsal: allow(second-run-failed): once */ @SELECT 1; @SELECT 2;",
        &["1: second-run-failed"],
        1,
    );
}

#[test]
fn the_whole_file() {
    check(
        "-- rehearsal: allow-file(second-run-failed): once\nSELECT 0;\n@SELECT 1;\n@SELECT 2;",
        &[],
        2,
    );
}

#[test]
fn an_inner_statement_of_a_block() {
    check(
        "DO $x$ BEGIN\n  -- rehearsal: allow(second-run-failed): once\n  IF true THEN @PERFORM 1;\n  @PERFORM 2; END IF;\nEND $x$;",
        &["4: second-run-failed"],
        1,
    );
    check(
        "DO $$ BEGIN\n  @PERFORM 1;\n  @PERFORM 2; -- rehearsal: allow(second-run-failed): once\n  @PERFORM 3;\nEND $$;",
        &["2: second-run-failed", "4: second-run-failed"],
        1,
    );
}

#[test]
fn a_whole_block() {
    check(
        "-- rehearsal: allow(second-run-failed): once\nDO $$ BEGIN @PERFORM 1; @PERFORM 2; END $$;\n@SELECT 1;",
        &["3: second-run-failed"],
        2,
    );
}

#[test]
fn without_a_reason_it_does_not_hold() {
    check(
        "-- rehearsal: allow(second-run-failed)\n@SELECT 1;",
        &["1: suppression-without-reason", "2: second-run-failed"],
        0,
    );
}

#[test]
fn each_rule_of_a_list_is_used_or_not() {
    check(
        "-- rehearsal: allow(second-run-failed, statement-refused): once\n@SELECT 1;",
        &["1: suppression-unused"],
        1,
    );
}

#[test]
fn a_comment_behind_the_last_statement_allows_nothing() {
    check(
        "@SELECT 1;\n-- rehearsal: allow(second-run-failed): once\n",
        &["1: second-run-failed", "2: suppression-unused"],
        0,
    );
}

#[test]
fn a_baseline_silences_what_is_said_about_comments() {
    let set = test_support::set(&[SourceFile::new(
        "migrations/1_a.sql",
        "-- rehearsal: allow(nonsense)\nSELECT 1;",
    )]);
    let settings = Settings {
        baseline: Some(1),
        ..Settings::default()
    };
    let outcome = apply(&set, &settings, Vec::new(), Decided::ByRunning);
    assert!(outcome.findings.is_empty());
}

#[test]
fn suppressions_by_the_thousand() {
    let sql = "-- rehearsal: allow(second-run-failed): once\n@SELECT 1;\n".repeat(10_000);
    check(&sql, &[], 10_000);
}
