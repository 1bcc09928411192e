//! Runs the rules over a set of migrations.

use std::collections::HashSet;

use crate::{
    ahead::Ahead,
    catalog::Catalog,
    finding::{Finding, Level},
    fix::{self, Edit},
    held::Held,
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
    let ahead = Ahead::new(set);
    let mut catalog = Catalog::default();
    let mut findings = Vec::new();
    for migration in set {
        catalog.begin_migration(&migration.steps);
        if settings.judges(migration) {
            check(
                (set, &ahead, migration),
                &mut catalog,
                &active,
                settings,
                &mut findings,
            );
        } else {
            for step in &migration.steps {
                catalog.apply(step);
            }
        }
    }
    check_set(set, &active, settings, &mut findings);
    findings
}

/// Runs the rules over one migration of a set and folds it into the catalog.
fn check(
    (set, ahead, migration): (&MigrationSet, &Ahead<'_>, &Migration),
    catalog: &mut Catalog,
    rules: &[&'static Rule],
    settings: &Settings,
    findings: &mut Vec<Finding>,
) {
    let outline = Outline::new(&migration.steps);
    let second_run = SecondRun::new(catalog, &migration.steps);
    let mut held = Held::new(migration);
    let mut found = Vec::new();
    for (index, step) in migration.steps.iter().enumerate() {
        let context = Context {
            set,
            migration,
            catalog,
            outline: &outline,
            ahead,
            second_run: &second_run,
            held: &held,
            settings,
            index,
        };
        for rule in rules {
            if let Check::Step(check) = rule.check {
                check(&context, step, &mut found);
            }
        }
        held.apply(step, catalog);
        catalog.apply(step);
    }
    let context = Context {
        set,
        migration,
        catalog,
        outline: &outline,
        ahead,
        second_run: &second_run,
        held: &held,
        settings,
        index: migration.steps.len(),
    };
    for rule in rules {
        if let Check::Migration(check) = rule.check {
            check(&context, &mut found);
        }
    }
    // Asked once: a text of many megabytes may have as many findings.
    let ends_in_crlf = migration.up.text().contains("\r\n");
    for finding in &mut found {
        finding.level = settings.level(finding.rule);
        finding.path.clone_from(&migration.up.path);
        keep_case(finding, migration);
        if ends_in_crlf {
            keep_line_ends(finding);
        }
    }
    found.sort_by_key(Finding::order);
    findings.append(&mut found);
}

/// Writes the keywords of a fix in lower case where the statement that it is about has its own so.
fn keep_case(finding: &mut Finding, migration: &Migration) {
    let statements = &migration.statements;
    let at = statements.partition_point(|statement| statement.span.end <= finding.span.start);
    let is_lower = statements.get(at).is_some_and(|statement| {
        let text = migration.up.slice(statement.span);
        text.starts_with(|c: char| c.is_ascii_lowercase())
    });
    if !is_lower {
        return;
    }
    for edit in &mut finding.fix.edits {
        edit.text = fix::in_lower_case(&edit.text);
    }
    for file in &mut finding.fix.files {
        file.text = fix::in_lower_case(&file.text);
    }
}

/// Ends the lines that a fix writes as those around them end.
fn keep_line_ends(finding: &mut Finding) {
    let own = |edit: &&mut Edit| edit.file.is_none() && !edit.text.contains('\r');
    for edit in finding.fix.edits.iter_mut().filter(own) {
        edit.text = edit.text.replace('\n', "\r\n");
    }
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
