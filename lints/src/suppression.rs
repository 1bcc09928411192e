//! `-- rehearsal: allow(drop-column): reason`: switches a rule off for one statement, and says why.
//!
//! The comment stands directly above its statement, other comments may stand between, or at the end of one of its
//! lines; in a `DO` block it covers the inner statement. `-- rehearsal: allow-file(rule): reason` covers the file. A
//! comment without a reason does not hold. Findings by reading and by running go through the same comments, so whether
//! one is unused is known only when both are there.

mod comment;

use std::collections::{BTreeMap, HashMap};

use crate::{
    finding::{Finding, Level},
    migration::{Migration, MigrationSet},
    rule::{Check, Group, Rule},
    rules::{self, hygiene},
    settings::Settings,
    source::Span,
    suppression::comment::{Allow, Parsed},
};

/// Which rules had their say in the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Those that read: a suppression of a rule that needs a run may still be used.
    ByReading,
    /// Those that need a run, too.
    ByRunning,
}

/// What is left of findings after suppression.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings that no comment allows, and those about the comments, in the order of the migrations and of places.
    pub findings: Vec<Finding>,
    /// The findings that a comment allows.
    pub allowed: Vec<Allowed>,
}

/// A finding that a comment allows.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// What was found.
    pub finding: Finding,
    /// Why it is safe here, in the words of the comment.
    pub reason: String,
}

/// Takes out the findings that comments allow, and adds what is wrong with the comments themselves.
///
/// Findings belong to the migration whose way up has their path; those of other files are passed through.
pub fn apply(
    set: &MigrationSet,
    settings: &Settings,
    findings: Vec<Finding>,
    decided: Decided,
) -> Outcome {
    let files: HashMap<&str, usize> = set
        .iter()
        .enumerate()
        .map(|(index, migration)| (migration.up.path.as_str(), index))
        .collect();
    let mut by_file: Vec<Vec<Finding>> = set.iter().map(|_| Vec::new()).collect();
    let mut others = Vec::new();
    for finding in findings {
        match files.get(finding.path.as_str()) {
            Some(&index) => by_file[index].push(finding),
            None => others.push(finding),
        }
    }
    let mut outcome = Outcome::default();
    for (migration, findings) in set.iter().zip(by_file) {
        let mut left = if settings.judges(migration) {
            apply_to_file(migration, settings, findings, decided, &mut outcome.allowed)
        } else {
            findings
        };
        left.sort_by_key(Finding::order);
        outcome.findings.append(&mut left);
    }
    outcome.findings.append(&mut others);
    outcome
}

fn apply_to_file(
    migration: &Migration,
    settings: &Settings,
    findings: Vec<Finding>,
    decided: Decided,
    allowed: &mut Vec<Allowed>,
) -> Vec<Finding> {
    let mut left = Vec::new();
    let mut suppressions = Suppressions::default();
    for parsed in comment::find(migration) {
        match parsed {
            Parsed::Broken(span) => left.push(
                Finding::new(
                    &hygiene::suppression_unknown::SUPPRESSION_UNKNOWN,
                    span,
                    "this comment addresses the tool and is not understood",
                )
                .help("write `-- rehearsal: allow(<rule>): <reason>`"),
            ),
            Parsed::Allow(allow) => suppressions.add(allow, &mut left),
        }
    }
    suppressions.seal();
    for finding in findings {
        match suppressions.cover(&finding) {
            // What is off was withdrawn: the comment is not idle, since another run may see it.
            Some(_) if finding.level == Level::Off => {}
            Some(reason) => {
                let reason = reason.to_owned();
                allowed.push(Allowed { finding, reason });
            }
            None => left.push(finding),
        }
    }
    left.extend(
        suppressions
            .unused(settings, decided)
            .map(|(span, rule)| hygiene::suppression_unused::finding(migration, span, rule)),
    );
    for finding in &mut left {
        if matches!(finding.rule.check, Check::Suppression) {
            finding.path.clone_from(&migration.up.path);
            finding.level = settings.level(finding.rule);
        }
    }
    left.retain(|finding| finding.level != Level::Off);
    left
}

/// One rule switched off in one place.
struct Suppression {
    rule: &'static Rule,
    reason: String,
    comment: Span,
    covers: Span,
    /// The furthest end of this and all earlier ones of the same rule: a search backwards may stop there.
    reach: usize,
    used: bool,
}

/// A file's suppressions by rule, ordered by where they begin.
#[derive(Default)]
struct Suppressions {
    by_rule: BTreeMap<&'static str, Vec<Suppression>>,
}

impl Suppressions {
    /// Takes a comment in, or says why it does not hold.
    fn add(&mut self, allow: Allow<'_>, found: &mut Vec<Finding>) {
        if allow.reason.is_empty() {
            found.push(
                Finding::new(
                    &hygiene::suppression_without_reason::SUPPRESSION_WITHOUT_REASON,
                    allow.comment,
                    "this suppression gives no reason and does not hold",
                )
                .help("say why it is safe here: `-- rehearsal: allow(<rule>): <reason>`"),
            );
            return;
        }
        for name in &allow.rules {
            let Some(rule) = rules::find(name) else {
                found.push(hygiene::suppression_unknown::finding(allow.comment, name));
                continue;
            };
            self.by_rule
                .entry(rule.name)
                .or_default()
                .push(Suppression {
                    rule,
                    reason: allow.reason.to_owned(),
                    comment: allow.comment,
                    covers: allow.covers,
                    reach: 0,
                    used: false,
                });
        }
    }

    /// Makes the suppressions ready for searching.
    fn seal(&mut self) {
        for suppressions in self.by_rule.values_mut() {
            suppressions.sort_by_key(|suppression| suppression.covers.start);
            let mut reach = 0;
            for suppression in suppressions {
                reach = reach.max(suppression.covers.end);
                suppression.reach = reach;
            }
        }
    }

    /// The reason of the suppression that covers the finding; it is then used.
    ///
    /// Whoever allows a statement that cannot run twice allows that its second run fails.
    fn cover(&mut self, finding: &Finding) -> Option<&str> {
        let rule = finding.rule.name;
        let place = finding.span.start;
        let second_run = rules::observed::SECOND_RUN.contains(&rule);
        // The finding's own rule comes first: it is the nearest reason.
        let own = self.by_rule.get_mut(rule).and_then(|own| cover(own, place));
        let used = match own {
            Some(index) => Some((rule, index)),
            None if second_run => self.by_rule.iter_mut().find_map(|(rule, suppressions)| {
                let of_reruns = suppressions[0].rule.group == Group::Rerun;
                let index = of_reruns.then(|| cover(suppressions, place))??;
                Some((*rule, index))
            }),
            None => None,
        };
        used.map(|(rule, index)| self.by_rule[rule][index].reason.as_str())
    }

    /// The comments and rules of suppressions that had nothing to do although their rule had its say.
    fn unused(
        self,
        settings: &Settings,
        decided: Decided,
    ) -> impl Iterator<Item = (Span, &'static Rule)> {
        self.by_rule
            .into_values()
            .flatten()
            .filter(move |suppression| {
                let had_its_say = settings.level(suppression.rule) != Level::Off
                    && (decided == Decided::ByRunning
                        || !matches!(suppression.rule.check, Check::Observed));
                !suppression.used && had_its_say
            })
            .map(|suppression| (suppression.comment, suppression.rule))
    }
}

/// Which of a rule's suppressions covers a place; it is then used.
fn cover(suppressions: &mut [Suppression], place: usize) -> Option<usize> {
    let behind = suppressions.partition_point(|one| one.covers.start <= place);
    let index = (0..behind)
        .rev()
        .take_while(|&index| suppressions[index].reach >= place)
        .find(|&index| suppressions[index].covers.end >= place)?;
    suppressions[index].used = true;
    Some(index)
}

#[cfg(test)]
mod tests;
