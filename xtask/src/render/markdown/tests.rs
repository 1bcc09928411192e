//! The comment as a whole: what it says, and that nothing in a migration breaks it.

use insta::assert_snapshot;
use rehearsal_lints::{Level, LockMode, Span, rules::observed::LOCK_OBSERVED};

use super::*;
use crate::{
    render::test_support::{RULE, report},
    report::Postgres,
};

/// What GitHub takes, in characters; bytes are never fewer.
const LIMIT: usize = 65_536;

fn lock(mode: LockMode, line: usize) -> Lock {
    Lock {
        migration: "a.sql".to_owned(),
        line,
        relation: "users".to_owned(),
        mode,
        until_line: 1,
        statements: 1,
    }
}

#[test]
fn findings_locks_fixes_and_the_schema() {
    let finding = Finding::new(&RULE, Span::new(0, 24), "writes to `users` wait")
        .notes(["seen: SHARE on `users`, 10 rows of `users` read".to_owned()])
        .help("build it with `CONCURRENTLY`")
        .insert(12, " CONCURRENTLY");
    let mut warning = Finding::new(&RULE, Span::new(26, 34), "think of nobody_here");
    warning.level = Level::Warning;
    let sql = "CREATE INDEX i ON t (a);\n\nSELECT 1;\n";
    let mut report = report(sql, vec![finding, warning]);
    report.locks = vec![lock(LockMode::Share, 1), lock(LockMode::AccessExclusive, 3)];
    report.migrations.push("b.sql".to_owned());
    report.confirmed = 1;
    report.schema_diff = "@@ -1 +1 @@\n-COMMENT ON TABLE t IS '```';\n".to_owned();
    report.notes.push("`t` stays empty".to_owned());
    report.postgres = Some(Postgres {
        provider: "local".to_owned(),
        version: "17.5".to_owned(),
        origin: String::new(),
        passed_over: Vec::new(),
    });
    assert_snapshot!(render(&report));
}

#[test]
fn nothing_found() {
    assert_snapshot!(render(&report("SELECT 1;", Vec::new())));
}

#[test]
fn hostile_names_stay_text() {
    let hostile =
        "`x` </details><img src=x onerror=y> @all #1 ``` | [a](http://b.c) $`z`$\n# h\n\u{202e}";
    let sql = format!("DROP TABLE \"{hostile}\"; -- </details>\n```\n");
    let finding = Finding::new(&RULE, Span::new(0, 10), hostile)
        .notes([hostile.to_owned()])
        .help(hostile)
        .insert(10, " IF EXISTS");
    let mut report = report(&sql, vec![finding]);
    report.locks = vec![Lock {
        relation: hostile.to_owned(),
        ..lock(LockMode::Share, 1)
    }];
    report.schema_diff = format!("-{hostile}\n");
    report.notes.push(hostile.to_owned());
    assert_snapshot!(render(&report));
}

#[test]
fn a_rule_that_repeats_itself_is_brief() {
    let mut findings: Vec<Finding> = (0..30)
        .map(|n| Finding::new(&RULE, Span::new(n * 10, n * 10 + 8), "again"))
        .collect();
    let mut warning = Finding::new(&LOCK_OBSERVED, Span::new(0, 8), "think");
    warning.level = Level::Warning;
    findings.insert(0, warning);
    assert_snapshot!(render(&report(&"SELECT 1;\n".repeat(30), findings)));
}

#[test]
fn the_comment_stays_below_the_limit() {
    let sql = "SELECT 1;\n".repeat(500);
    let long = "é`&<$".repeat(1_000);
    let finding = |n: usize| {
        Finding::new(&RULE, Span::new(n * 10, n * 10 + 8), &*long)
            .notes(vec![long.clone(); 9])
            .help(&*long)
            .insert(n * 10 + 6, format!(" {long}"))
    };
    let mut report = report(&sql, (0..500).map(finding).collect());
    report.schema_diff = format!("-{long}\n").repeat(1_000);
    report.notes = vec![long.clone(); 1_000];
    report
        .migrations
        .extend((0..5_000).map(|n| format!("{n}_{long}.sql")));
    let text = render(&report);
    assert!(text.len() <= LIMIT, "{} bytes", text.len());
    assert!(text.contains("left out here"));
    let count = |tag: &str| text.lines().filter(|line| line.starts_with(tag)).count();
    assert_eq!(count("<details>"), count("</details>"));
    assert_eq!(count("```") % 2, 0, "each block of code ends");
}
