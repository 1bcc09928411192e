//! Holds what the linter read in the text against what Postgres did.
//!
//! A prediction that the run confirms carries what was seen; one that the run disproves is withdrawn; what the run saw and
//! nobody predicted becomes a finding of its own.

use std::collections::HashMap;

use rehearsal_lints::{
    Evidence, Finding, Foretold, Group, Level, LockMode, Migration, MigrationSet, Settings, Work,
    action::Action, rules::observed,
};

use crate::{
    acts::{ActOutcome, second_run, trace::Trace},
    observe::Observation,
    rehearsal::Rehearsal,
};

/// Findings after the run.
#[derive(Debug, Default)]
pub struct Judged {
    /// Those that still stand, and those that only the run showed.
    pub findings: Vec<Finding>,
    /// How many the run disproved. They stay among the findings, switched off: a comment that allows one is not idle.
    pub withdrawn: usize,
}

/// The rules that foretell that Postgres refuses a statement in the second run.
const REFUSED_AGAIN: [&str; 9] = [
    "add-column-not-rerunnable",
    "add-constraint-not-rerunnable",
    "alter-not-rerunnable",
    "create-not-rerunnable",
    "drop-column-not-rerunnable",
    "drop-not-rerunnable",
    "enum-value-not-rerunnable",
    "partition-not-rerunnable",
    "rename-not-rerunnable",
];

/// Judges what the linter found by what the rehearsal saw. The rehearsal's own findings are not among the result.
pub fn judge(
    set: &MigrationSet,
    settings: &Settings,
    findings: Vec<Finding>,
    rehearsal: &Rehearsal,
) -> Judged {
    let seen: HashMap<&str, Seen<'_>> = set
        .iter()
        .map(|migration| (migration.up.path.as_str(), Seen::new(migration, rehearsal)))
        .collect();
    let mut judged = Judged::default();
    for mut finding in findings {
        let verdict = seen
            .get(finding.path.as_str())
            .map_or(Verdict::Silent, |seen| seen.verdict(&finding));
        match verdict {
            Verdict::Silent => {}
            Verdict::Unseen(why) => {
                finding = finding.notes(why.map(|why| format!("not seen: {why}")));
                finding.foretold = Some(Foretold::Unseen);
            }
            Verdict::Confirmed(evidence) => {
                finding.foretold = Some(Foretold::Confirmed);
                finding = finding.notes([format!("seen: {evidence}")]);
                finding.evidence = Evidence::Observed;
            }
            Verdict::Contradicted => {
                judged.withdrawn += 1;
                finding.level = Level::Off;
            }
        }
        judged.findings.push(finding);
    }
    for migration in set {
        if let Some(trace) = seen[migration.up.path.as_str()].trace {
            let found = unpredicted(migration, settings, trace, &judged.findings);
            judged.findings.extend(found);
        }
    }
    judged
}

/// What the rehearsal saw of one migration.
struct Seen<'a> {
    migration: &'a Migration,
    trace: Option<&'a Trace>,
    second_run: Option<ActOutcome>,
    /// The statement at which the second run failed or changed something, by its index, and what was found there.
    harm: Option<(usize, &'a Finding)>,
    /// The statements that Postgres refused in the first run, by their indexes.
    refusals: Vec<(usize, &'a Finding)>,
}

impl<'a> Seen<'a> {
    fn new(migration: &'a Migration, rehearsal: &'a Rehearsal) -> Self {
        let path = migration.up.path.as_str();
        let second_run = rehearsal
            .acts
            .iter()
            .find(|act| act.act == second_run::ACT && act.migration == path)
            .map(|act| act.result);
        let harm = rehearsal
            .findings
            .iter()
            .find(|finding| {
                finding.path == path && observed::SECOND_RUN.contains(&finding.rule.name)
            })
            .and_then(|finding| Some((statement_of(migration, finding)?, finding)));
        let refusals = rehearsal
            .findings
            .iter()
            .filter(|finding| {
                finding.path == path && observed::REFUSED.contains(&finding.rule.name)
            })
            .filter_map(|finding| Some((statement_of(migration, finding)?, finding)))
            .collect();
        let trace = rehearsal
            .traces
            .iter()
            .find(|trace| trace.migration == path);
        Self {
            migration,
            trace,
            second_run,
            harm,
            refusals,
        }
    }

    fn verdict(&self, finding: &Finding) -> Verdict {
        let place = statement_of(self.migration, finding);
        let refusal = self.refusals.iter().find(|(statement, refusal)| {
            Some(*statement) == place && finding.rule.foretells(refusal)
        });
        if let Some((_, refusal)) = refusal {
            return Verdict::Confirmed(refusal_text(refusal));
        }
        let rule = finding.rule;
        let promises = rule.lock.is_some() || rule.work.is_some() || rule.loses.is_some();
        let verdict = match rule.group {
            Group::Rerun => self.second_run_verdict(finding),
            _ if !promises => Verdict::Silent,
            _ => match self.trace.and_then(|trace| trace.at(finding.span.start)) {
                Some(seen) => work_verdict(finding, seen),
                None => Verdict::Unseen(self.why_unseen()),
            },
        };
        // A branch of a block that was not taken here may be taken elsewhere.
        let conditional = self.migration.steps.iter().any(|step| {
            step.span.contains(finding.span) && (step.guard.tests_catalog || step.guard.conditional)
        });
        match verdict {
            Verdict::Contradicted if conditional => Verdict::Unseen(Some(
                "the condition around it did not hold in this run".to_owned(),
            )),
            Verdict::Contradicted if finding.rests_on.is_some() => {
                Verdict::Unseen(finding.rests_on.map(|what| format!("it rests on {what}")))
            }
            verdict => verdict,
        }
    }

    /// Why a statement was not observed.
    fn why_unseen(&self) -> Option<String> {
        let refusal = self.trace?.refusal.as_ref()?;
        let line = self.migration.up.position(refusal.span.start).line;
        Some(format!(
            "Postgres refused line {line} over generated rows and over none: {}",
            refusal.text()
        ))
    }

    fn second_run_verdict(&self, finding: &Finding) -> Verdict {
        let refused = REFUSED_AGAIN.contains(&finding.rule.name);
        let (Some(outcome), Some(statement)) =
            (self.second_run, statement_of(self.migration, finding))
        else {
            return Verdict::Unseen(None);
        };
        match (outcome, self.harm) {
            (_, Some((place, harm))) if place == statement => {
                Verdict::Confirmed(refusal_text(harm))
            }
            (ActOutcome::Failed, Some((place, _))) if refused && statement < place => {
                Verdict::Contradicted
            }
            (ActOutcome::Same | ActOutcome::ChangedData | ActOutcome::ChangedSchema, _)
                if refused =>
            {
                Verdict::Contradicted
            }
            (ActOutcome::Same, _) => Verdict::Unseen(Some(
                "with the rows of this run, a second run changed nothing".to_owned(),
            )),
            _ => Verdict::Unseen(None),
        }
    }
}

/// What Postgres said, with its code.
fn refusal_text(failure: &Finding) -> String {
    match &failure.sqlstate {
        Some(code) => format!("{} ({code})", failure.message),
        None => failure.message.clone(),
    }
}

/// The index of the one top-level statement that a finding is about.
fn statement_of(migration: &Migration, finding: &Finding) -> Option<usize> {
    migration
        .statements
        .iter()
        .position(|statement| statement.span.contains(finding.span))
}

/// What a run says of a prediction.
enum Verdict {
    /// It happened; with what was seen.
    Confirmed(String),
    /// It did not happen.
    Contradicted,
    /// Nothing was seen either way; with the reason, where it is not plain from the other findings.
    Unseen(Option<String>),
    /// The rule foretells nothing that a run could show, or nothing was run.
    Silent,
}

fn work_verdict(finding: &Finding, seen: &Observation) -> Verdict {
    let (lock, work) = (finding.rule.lock, finding.rule.work);
    if let Some(loss) = finding.rule.loses {
        let lost = seen.lost.values().any(|losses| losses.contains(&loss));
        return match lost {
            true => Verdict::Confirmed(seen.summary()),
            false => Verdict::Unseen(Some(
                "in this run the statement met nothing to lose".to_owned(),
            )),
        };
    }
    if seen.alone && work == Some(Work::Scan) {
        return Verdict::Unseen(Some(
            "what it reads outside a transaction does not show".to_owned(),
        ));
    }
    let lock_seen = lock.is_none_or(|mode| seen.held.values().any(|held| *held >= mode));
    let work_seen = match work {
        None => true,
        Some(Work::Build) => !seen.built.is_empty() || !seen.rewritten.is_empty(),
        Some(Work::Scan) => !seen.scanned.is_empty() || !seen.rewritten.is_empty(),
        Some(Work::Rewrite) => !seen.rewritten.is_empty() || !seen.rebuilt.is_empty(),
    };
    if lock_seen && work_seen {
        Verdict::Confirmed(seen.summary())
    } else {
        Verdict::Contradicted
    }
}

/// What the run saw on existing tables and no finding says.
fn unpredicted(
    migration: &Migration,
    settings: &Settings,
    trace: &Trace,
    findings: &[Finding],
) -> Vec<Finding> {
    let predicted = |seen: &Observation, fits: &dyn Fn(&Finding) -> bool| {
        findings.iter().any(|finding| {
            finding.level != Level::Off
                && finding.path == trace.migration
                && seen.span.contains(finding.span)
                && fits(finding)
        })
    };
    let unlimited = |limit: i64| {
        !(1..=i64::try_from(settings.max_lock_timeout_ms).unwrap_or(i64::MAX)).contains(&limit)
    };
    // A limit that is asked for from a later statement on is not one for this.
    let said = |name: &str, seen: &Observation| {
        findings.iter().any(|finding| {
            finding.level != Level::Off
                && finding.path == trace.migration
                && finding.rule.name == name
                && finding.span.start < seen.span.end
        })
    };
    let mut found = Vec::new();
    let strong = trace.observations.iter().find(|seen| {
        unlimited(seen.lock_timeout_ms) && seen.locks.values().any(|mode| *mode >= LockMode::Share)
    });
    if let Some(seen) = strong
        && !said("lock-timeout-missing", seen)
        && !seen.alone
    {
        found.push(
            Finding::new(
                &observed::LOCK_OBSERVED,
                seen.span,
                format!(
                    "this takes {} and would wait for it without a limit",
                    seen.strongest()
                ),
            )
            .help("set `lock_timeout` before it: `SET LOCAL lock_timeout = '5s';`"),
        );
    }
    for seen in &trace.observations {
        // Row changes may read a table through; a schema change that does so holds its lock meanwhile.
        if changes_rows(migration, seen) {
            continue;
        }
        // TRUNCATE and REFRESH take a new file, too, and read nothing of the old one.
        for table in seen
            .rewritten
            .iter()
            .filter(|table| seen.scanned.contains_key(*table))
        {
            if !predicted(seen, &|finding| finding.rule.work == Some(Work::Rewrite))
                && !predicted(seen, &|finding| {
                    finding.rule.lock == Some(LockMode::AccessExclusive)
                })
            {
                found.push(
                    Finding::new(
                        &observed::REWRITE_OBSERVED,
                        seen.span,
                        format!(
                            "every row of `{table}` is written anew while reads and writes wait"
                        ),
                    )
                    .label(seen.summary())
                    .help("add a new column, fill it in batches, and switch over"),
                );
            }
        }
        for (table, rows) in &seen.scanned {
            let strong = seen
                .held
                .get(table)
                .is_some_and(|mode| *mode >= LockMode::Share);
            if *rows > 0
                && strong
                && !seen.rewritten.contains(table)
                && !predicted(seen, &|finding| finding.rule.work.is_some())
            {
                let mode = seen.held[table];
                found.push(
                    Finding::new(
                        &observed::SCAN_OBSERVED,
                        seen.span,
                        format!("every row of `{table}` is read while {} wait", mode.blocks()),
                    )
                    .label(seen.summary())
                    .help("do the check in a second step that takes a weaker lock, such as `VALIDATE CONSTRAINT`"),
                );
            }
        }
    }
    let found = found.into_iter().map(|finding| {
        let level = settings.level(finding.rule);
        let mut finding = finding.observed(&trace.migration);
        finding.level = level;
        finding
    });
    found
        .filter(|finding| finding.level != Level::Off)
        .collect()
}

fn changes_rows(migration: &Migration, seen: &Observation) -> bool {
    actions(migration, seen).any(|action| {
        matches!(
            action,
            Action::Insert(_)
                | Action::Update(_)
                | Action::Delete(_)
                | Action::Merge { .. }
                | Action::Copy(_)
                | Action::Query { .. }
                | Action::CreateTable(_)
                | Action::CreateObject(_)
        )
    })
}

fn actions<'a>(migration: &'a Migration, seen: &Observation) -> impl Iterator<Item = &'a Action> {
    let statement = migration
        .statements
        .iter()
        .position(|statement| statement.span == seen.span);
    migration
        .steps
        .iter()
        .filter(move |step| Some(step.statement) == statement)
        .map(|step| &step.action)
}

#[cfg(test)]
mod tests {
    use rehearsal_lints::{
        LockMode, Migration, MigrationSet, Settings, SourceFile, TransactionMode, lint,
        rules::observed,
    };

    use super::unpredicted;
    use crate::{acts::trace::Trace, observe::Observation};

    #[test]
    fn a_limit_from_a_later_statement_on_is_none_for_this() {
        let said = |text: &str| {
            let up = SourceFile::new("m/1_a.sql", text);
            let migration = Migration::new(1, "a", up, TransactionMode::Wrapped);
            let locked = |at: usize| Observation {
                span: migration.statements[at].span,
                locks: [("public.t".to_owned(), LockMode::AccessExclusive)].into(),
                ..Observation::default()
            };
            let trace = Trace {
                migration: migration.up.path.clone(),
                observations: vec![locked(0), locked(1)],
                ..Trace::default()
            };
            let settings = Settings::default();
            let set = MigrationSet::new(vec![migration.clone()], Vec::new()).expect("one is a set");
            let findings = lint::find(&set, &settings);
            let found = unpredicted(&migration, &settings, &trace, &findings);
            let found = found
                .iter()
                .filter(|finding| finding.rule.name == observed::LOCK_OBSERVED.name);
            found
                .map(|finding| text[finding.span.start..finding.span.end].to_owned())
                .collect::<Vec<_>>()
        };
        let hidden = "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD a int', 't'); END $$";
        let plain = "ALTER TABLE t ADD b int";
        assert_eq!(said(&format!("{hidden}; {plain};")), [hidden]);
        assert!(said(&format!("{plain}; {hidden};")).is_empty());
    }
}
