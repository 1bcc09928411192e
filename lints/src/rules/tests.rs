//! What holds for every rule: its name, its file, its page and the examples in it.

use std::{collections::BTreeSet, fs, path::Path};

use super::RULES;
use crate::{
    rule::{Check, Example, Fixable, Rule},
    test_support,
};

const HEADINGS: [&str; 4] = [
    "## What it does",
    "## Why is this bad?",
    "## Safer way",
    "## PostgreSQL versions",
];

/// The path of a rule's file under `src`, as its name and group demand it.
fn expected_file(rule: &Rule) -> String {
    format!("rules/{}/{}.rs", rule.group, rule.name.replace('-', "_"))
}

#[test]
fn rules_are_ordered_by_group_and_name() {
    let order: Vec<_> = RULES.iter().map(|rule| (rule.group, rule.name)).collect();
    let mut sorted = order.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(order, sorted);
}

#[test]
fn names_are_file_names() {
    for rule in RULES {
        let file = rule.file.replace('\\', "/");
        assert!(
            file.ends_with(&format!("src/{}", expected_file(rule))),
            "{} is declared in {file}",
            rule.name
        );
    }
}

#[test]
fn every_file_is_listed() {
    let listed: BTreeSet<String> = RULES.iter().map(|rule| expected_file(rule)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut present = BTreeSet::new();
    for folder in fs::read_dir(&root).expect("the rules are there") {
        let folder = folder.expect("the folder is readable").path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder).expect("the group's folder is readable") {
            let file = file.expect("the group's folder is readable").path();
            let source = fs::read_to_string(&file).expect("the rule is readable");
            if source.contains("declare_rule! {") {
                let path = file.strip_prefix(&root).expect("under the root");
                present.insert(format!("rules/{}", path.display()).replace('\\', "/"));
            }
        }
    }
    assert_eq!(present, listed);
}

#[test]
fn pages_have_the_headings_in_order() {
    for rule in RULES {
        let headings: Vec<_> = rule
            .docs
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(headings, HEADINGS, "{}", rule.name);
        assert!(
            !rule.summary.is_empty() && !rule.summary.ends_with('.'),
            "{}: the summary is a fragment",
            rule.name
        );
    }
}

#[test]
fn pages_have_a_bad_and_a_good_example() {
    for rule in RULES {
        let examples = rule.examples();
        for good in [false, true] {
            assert!(
                examples.iter().any(|example| example.good == good),
                "{}: an example is missing",
                rule.name
            );
        }
    }
}

#[test]
fn bad_examples_are_found_once_and_good_ones_never() {
    for rule in RULES {
        if matches!(rule.check, Check::Observed) {
            continue;
        }
        for Example { good, sql } in rule.examples() {
            assert_eq!(
                test_support::found(rule, &sql).len(),
                usize::from(!good),
                "{}:\n{sql}",
                rule.name
            );
        }
    }
}

#[test]
fn bad_examples_show_the_fixes_that_a_rule_says_to_have() {
    for rule in RULES {
        if matches!(rule.check, Check::Observed) {
            continue;
        }
        let mut shown = BTreeSet::new();
        for example in rule.examples().iter().filter(|example| !example.good) {
            let found = test_support::found(rule, &example.sql);
            let fixes = found.iter().filter(|finding| !finding.fix.is_empty());
            shown.extend(fixes.map(|finding| finding.fix.is_safe()));
        }
        let declared: &[bool] = match rule.fix {
            Fixable::Never => &[],
            Fixable::Safely => &[true],
            Fixable::Unsafely => &[false],
            Fixable::Both => &[false, true],
        };
        assert_eq!(shown.is_empty(), declared.is_empty(), "{}", rule.name);
        assert!(
            shown.iter().all(|safe| declared.contains(safe)),
            "{}",
            rule.name
        );
    }
}
