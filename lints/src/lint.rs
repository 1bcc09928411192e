//! Runs the rules over a set of migrations.

use crate::{
    catalog::Catalog,
    finding::{Finding, Level},
    migration::{Migration, MigrationSet},
    outline::Outline,
    rule::{Check, Context, Rule},
    rules::RULES,
    settings::Settings,
};

/// Everything that the rules find, in the order of the migrations and of the places in them.
pub fn lint(set: &MigrationSet, settings: &Settings) -> Vec<Finding> {
    let active: Vec<&'static Rule> = RULES
        .iter()
        .copied()
        .filter(|rule| settings.level(rule) != Level::Off)
        .collect();
    let mut catalog = Catalog::default();
    let mut findings = Vec::new();
    for migration in set {
        catalog.begin_migration();
        if settings
            .baseline
            .is_some_and(|baseline| migration.version <= baseline)
        {
            for step in &migration.steps {
                catalog.apply(step);
            }
        } else {
            findings.append(&mut check(migration, &mut catalog, &active, settings));
        }
    }
    findings
}

/// Runs the rules over one migration and folds it into the catalog.
fn check(
    migration: &Migration,
    catalog: &mut Catalog,
    rules: &[&'static Rule],
    settings: &Settings,
) -> Vec<Finding> {
    let outline = Outline::new(&migration.steps);
    let mut found = Vec::new();
    for (index, step) in migration.steps.iter().enumerate() {
        let context = Context {
            migration,
            catalog,
            outline: &outline,
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
    let index = migration.steps.len();
    let context = Context {
        migration,
        catalog,
        outline: &outline,
        settings,
        index,
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
    found.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.rule.name));
    found
}
