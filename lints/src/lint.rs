//! Runs the rules over a set of migrations.

use std::collections::HashSet;

use crate::{
    catalog::Catalog,
    finding::{Finding, Level},
    migration::{Migration, MigrationSet},
    outline::Outline,
    rule::{Check, Context, Rule},
    rules::RULES,
    second_run::SecondRun,
    settings::Settings,
    suppression::{self, Decided},
};

/// Everything that the rules find and no comment allows, in the order of the migrations and of the places in them.
pub fn lint(set: &MigrationSet, settings: &Settings) -> Vec<Finding> {
    suppression::apply(set, settings, find(set, settings), Decided::ByReading).findings
}

/// Everything that the rules find, before suppression: add what was observed, then call [`suppression::apply`].
pub fn find(set: &MigrationSet, settings: &Settings) -> Vec<Finding> {
    let active: Vec<&'static Rule> = RULES
        .iter()
        .copied()
        .filter(|rule| settings.level(rule) != Level::Off)
        .collect();
    let mut catalog = Catalog::default();
    let mut findings = Vec::new();
    for migration in set {
        catalog.begin_migration(&migration.steps);
        if settings.judges(migration) {
            check(migration, &mut catalog, &active, settings, &mut findings);
        } else {
            for step in &migration.steps {
                catalog.apply(step);
            }
        }
    }
    check_set(set, &active, settings, &mut findings);
    findings
}

/// Runs the rules over one migration and folds it into the catalog.
fn check(
    migration: &Migration,
    catalog: &mut Catalog,
    rules: &[&'static Rule],
    settings: &Settings,
    findings: &mut Vec<Finding>,
) {
    let outline = Outline::new(&migration.steps);
    let second_run = SecondRun::new(catalog, &migration.steps);
    let mut found = Vec::new();
    for (index, step) in migration.steps.iter().enumerate() {
        let context = Context {
            migration,
            catalog,
            outline: &outline,
            second_run: &second_run,
            settings,
            index,
        };
        for rule in rules {
            if let Check::Step(check) = rule.check {
                check(&context, step, &mut found);
            }
        }
        catalog.apply(step);
    }
    let context = Context {
        migration,
        catalog,
        outline: &outline,
        second_run: &second_run,
        settings,
        index: migration.steps.len(),
    };
    for rule in rules {
        if let Check::Migration(check) = rule.check {
            check(&context, &mut found);
        }
    }
    for finding in &mut found {
        finding.level = settings.level(finding.rule);
        finding.path.clone_from(&migration.up.path);
    }
    found.sort_by_key(Finding::order);
    findings.append(&mut found);
}

/// Runs the rules that look at the set as a whole.
fn check_set(
    set: &MigrationSet,
    rules: &[&'static Rule],
    settings: &Settings,
    findings: &mut Vec<Finding>,
) {
    let first = findings.len();
    for rule in rules {
        if let Check::Set(check) = rule.check {
            check(set, findings);
        }
    }
    let old: HashSet<&str> = set
        .iter()
        .filter(|migration| !settings.judges(migration))
        .flat_map(|migration| [Some(&migration.up), migration.down.as_ref()])
        .flatten()
        .map(|file| file.path.as_str())
        .collect();
    let mut at = 0;
    findings.retain(|finding| {
        at += 1;
        at <= first || !old.contains(finding.path.as_str())
    });
    for finding in &mut findings[first..] {
        finding.level = settings.level(finding.rule);
    }
}
