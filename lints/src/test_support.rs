//! Tests as data: SQL with the expected findings as caret comments under the lines they are about.

use std::collections::BTreeMap;

use crate::{
    action::Action,
    finding::{Edit, Finding, Level},
    layout::sqlx,
    lint::lint,
    migration::MigrationSet,
    rule::Rule,
    settings::Settings,
    source::SourceFile,
};

/// A line before each file but the first: `-- file: 2_b.up.sql`.
const FILE: &str = "-- file: ";

/// Asserts what `rule` finds with the default settings.
#[track_caller]
pub(crate) fn check(rule: &'static Rule, sql: &str) {
    check_with(rule, &Settings::default(), sql);
}

/// Asserts that `rule` finds in `sql` what its lines `--  ^^^^ error: message` say, and nothing else.
///
/// A caret comment stands under the line where the finding begins and marks it up to its end or the end of the line.
/// Each fix is applied: the result must be understood, the finding gone, the rule's other findings unchanged, and no
/// rule may find a new error.
#[track_caller]
pub(crate) fn check_with(rule: &'static Rule, settings: &Settings, sql: &str) {
    let sql = sql.strip_prefix('\n').unwrap_or(sql);
    let plain = files(&without_expectations(sql));
    let all = lint(&set(&plain), settings);
    let own: Vec<&Finding> = all
        .iter()
        .filter(|finding| finding.rule.name == rule.name)
        .collect();
    assert_eq!(
        with_expectations(&plain, &own),
        sql,
        "left: what `{rule:?}` finds; right: what is expected"
    );
    for finding in own.into_iter().filter(|finding| !finding.fix.is_empty()) {
        check_fix(settings, &plain, &all, finding);
    }
}

/// How often `rule` fires in a documentation example, switched on if it is off by default.
pub(crate) fn count(rule: &'static Rule, sql: &str) -> usize {
    let mut settings = Settings::default();
    if rule.level == Level::Off {
        settings.levels.insert(rule.name.to_owned(), Level::Warning);
    }
    lint(&set(&files(sql)), &settings)
        .iter()
        .filter(|finding| finding.rule.name == rule.name)
        .count()
}

#[track_caller]
fn check_fix(settings: &Settings, plain: &[SourceFile], all: &[Finding], finding: &Finding) {
    let fixed: Vec<SourceFile> = plain
        .iter()
        .map(|file| {
            if file.path == finding.path {
                SourceFile::new(&*file.path, apply(file.text(), &finding.fix))
            } else {
                file.clone()
            }
        })
        .collect();
    let (before, after) = (set(plain), set(&fixed));
    assert!(
        unknown(&after) <= unknown(&before),
        "the fix of `{}` is not understood",
        finding.message
    );
    let counts = |findings: &[Finding], keep: fn(&Finding, &Rule) -> bool| {
        let mut counts = BTreeMap::new();
        for one in findings.iter().filter(|one| keep(one, finding.rule)) {
            *counts
                .entry((one.rule.name, one.message.clone()))
                .or_insert(0) += 1;
        }
        counts
    };
    let found = lint(&after, settings);
    let same_rule = |one: &Finding, rule: &Rule| one.rule.name == rule.name;
    let mut expected = counts(all, same_rule);
    let key = (finding.rule.name, finding.message.clone());
    match expected.get_mut(&key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(expected.remove(&key)),
    }
    let text = fixed
        .iter()
        .find(|file| file.path == finding.path)
        .map_or("", |file| file.text());
    assert_eq!(
        counts(&found, same_rule),
        expected,
        "left: what the rule finds after the fix of `{}`; right: what is expected\n{text}",
        finding.message
    );
    let errors = |one: &Finding, _: &Rule| one.level == Level::Error;
    let before = counts(all, errors);
    for (key, count) in counts(&found, errors) {
        assert!(
            before.get(&key).copied().unwrap_or(0) >= count,
            "the fix of `{}` brings a new error {key:?}:\n{text}",
            finding.message
        );
    }
}

fn unknown(set: &MigrationSet) -> usize {
    set.iter()
        .flat_map(|migration| &migration.steps)
        .filter(|step| matches!(step.action, Action::Unknown { .. }))
        .count()
}

/// Applies edits, which must not overlap, to a text.
pub(crate) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut result = String::new();
    let mut at = 0;
    for edit in edits {
        result.push_str(&text[at..edit.span.start]);
        result.push_str(&edit.text);
        at = edit.span.end;
    }
    result + &text[at..]
}

/// The set of migrations that the files are.
pub(crate) fn set(files: &[SourceFile]) -> MigrationSet {
    sqlx::read(files.to_vec()).expect("the test's file names are sqlx's")
}

/// Cuts a test's text into files.
fn files(sql: &str) -> Vec<SourceFile> {
    let mut files = vec![("1_test.up.sql", String::new())];
    for line in sql.split_inclusive('\n') {
        match line.strip_prefix(FILE) {
            Some(name) => {
                if files[0].1.is_empty() {
                    files.clear();
                }
                files.push((name.trim(), String::new()));
            }
            None => files.last_mut().expect("never empty").1.push_str(line),
        }
    }
    files
        .into_iter()
        .map(|(name, text)| SourceFile::new(format!("migrations/{name}"), text))
        .collect()
}

fn without_expectations(sql: &str) -> String {
    sql.split_inclusive('\n')
        .filter(|line| {
            let rest = line.strip_prefix("--").unwrap_or("x");
            !rest.trim_start().starts_with('^')
        })
        .collect()
}

fn with_expectations(files: &[SourceFile], findings: &[&Finding]) -> String {
    let mut result = String::new();
    for (index, file) in files.iter().enumerate() {
        let name = file.path.trim_start_matches("migrations/");
        if index > 0 || name != "1_test.up.sql" {
            result.push_str(&format!("{FILE}{name}\n"));
        }
        for (number, line) in (1..).zip(file.text().split_inclusive('\n')) {
            result.push_str(line);
            for finding in findings.iter().filter(|finding| finding.path == file.path) {
                let start = file.position(finding.span.start);
                if start.line != number {
                    continue;
                }
                let end = finding.span.end.min(file.line(number).end);
                let width = file
                    .position(end)
                    .column
                    .saturating_sub(start.column)
                    .max(1);
                let gap = start.column.saturating_sub("--".len() + 1);
                result.push_str(&format!(
                    "--{}{} {}: {}\n",
                    " ".repeat(gap),
                    "^".repeat(width),
                    finding.level,
                    finding.message
                ));
            }
        }
    }
    result
}
