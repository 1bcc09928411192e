//! Tests as data: SQL with the expected findings as caret comments under the lines they are about.

use std::collections::BTreeMap;

use crate::{
    action::Action,
    finding::{Finding, Level},
    fix,
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
/// Each fix is applied: the result must be understood and keep all comments, the finding must be gone, and no rule may
/// find more than before.
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

/// How many of the findings of `rule`, of which there must be some, have a fix.
#[track_caller]
pub(crate) fn fixable(rule: &'static Rule, sql: &str) -> usize {
    let found = found(rule, sql);
    assert!(!found.is_empty(), "{sql}");
    found
        .iter()
        .filter(|finding| !finding.fix.is_empty())
        .count()
}

/// What `rule` finds in a documentation example, switched on if it is off by default. Each fix is applied, too.
#[track_caller]
pub(crate) fn found(rule: &'static Rule, sql: &str) -> Vec<Finding> {
    let mut settings = Settings::default();
    if rule.level == Level::Off {
        settings.levels.insert(rule.name.to_owned(), Level::Warning);
    }
    let files = files(sql);
    let all = lint(&set(&files), &settings);
    let own = all.iter().filter(|finding| finding.rule.name == rule.name);
    let own: Vec<Finding> = own.cloned().collect();
    for finding in own.iter().filter(|finding| !finding.fix.is_empty()) {
        check_fix(&settings, &files, &all, finding);
    }
    own
}

/// What a fix may bring besides, by the rule that is fixed and the one that finds something then.
const BRINGS: &[(&str, &str)] = &[];

/// Takes one fix and looks at what is left.
#[track_caller]
fn check_fix(settings: &Settings, plain: &[SourceFile], all: &[Finding], finding: &Finding) {
    let text = |path: &str| {
        let file = plain.iter().find(|file| file.path == path);
        file.map(SourceFile::text)
    };
    let applied = fix::apply([finding], text);
    let what = format!("the fix of `{}`", finding.message);
    assert_eq!(applied.settled.len(), 1, "{what} does not fit its file");
    let mut fixed: Vec<SourceFile> = plain.to_vec();
    for (path, text) in &applied.texts {
        let file = SourceFile::new(&**path, &**text);
        match fixed.iter_mut().find(|file| file.path == *path) {
            Some(old) => *old = file,
            None => fixed.push(file),
        }
    }
    let texts = applied.texts.iter();
    let result: String = texts
        .map(|(path, text)| format!("{FILE}{path}\n{text}\n"))
        .collect();
    let (before, after) = (set(plain), set(&fixed));
    assert!(
        unknown(&after) <= unknown(&before),
        "{what} is not understood:\n{result}"
    );
    for comment in comments(&before) {
        let is_fixed = finding.fix.edits.iter().any(|edit| {
            let text = text(fix::path(finding, edit)).unwrap_or_default();
            finding.span.contains(edit.span) && text[edit.span.start..edit.span.end] == *comment
        });
        assert!(
            is_fixed || comment.contains("no-transaction") || comments(&after).contains(&comment),
            "{what} loses the comment {comment:?}:\n{result}"
        );
    }
    let found = lint(&after, settings);
    let (old, new) = (by_rule(all), by_rule(&found));
    let own = finding.rule.name;
    assert!(
        new.get(own).copied().unwrap_or(0) < old[own],
        "{what} leaves the finding:\n{result}"
    );
    for (rule, count) in new {
        assert!(
            count <= old.get(rule).copied().unwrap_or(0) || BRINGS.contains(&(own, rule)),
            "{what} brings {rule}:\n{result}"
        );
    }
}

fn by_rule(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.rule.name).or_insert(0) += 1;
    }
    counts
}

/// All comments of the ways up, as written.
fn comments(set: &MigrationSet) -> Vec<&str> {
    set.iter()
        .flat_map(|migration| {
            let comments = migration.comments.iter();
            comments.map(|comment| migration.up.slice(comment.span))
        })
        .collect()
}

fn unknown(set: &MigrationSet) -> usize {
    set.iter()
        .flat_map(|migration| &migration.steps)
        .filter(|step| matches!(step.action, Action::Unknown { .. }))
        .count()
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
