//! What a command found, ready to be rendered. It holds no clock, no OID and no absolute path unless asked, so two runs
//! give the same bytes.

use std::collections::{BTreeMap, HashMap, HashSet};

use rehearsal_lints::{
    Finding, Level, LockMode, Migration, Position, Settings, SourceFile, Span,
    rules::observed,
    suppression::{self, Allowed},
};

use crate::{Outcome, command::diff::Comparison};

/// Everything that a report says.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// In the order of the files and of the places in them.
    pub(crate) findings: Vec<Finding>,
    /// The findings that a suppression comment allows, with its reason.
    pub(crate) allowed: Vec<Allowed>,
    /// How many findings the run confirmed.
    pub(crate) confirmed: usize,
    /// How many findings foretell something of which the run showed nothing.
    pub(crate) unseen: usize,
    /// How many predictions the run disproved; they are not among the findings.
    pub(crate) withdrawn: usize,
    /// The locks on existing relations that make others wait, in the order of the files and statements.
    pub(crate) locks: Vec<Lock>,
    /// The migrations that were observed statement by statement, in their order.
    pub(crate) timelines: Vec<Timeline>,
    /// The files that findings are about, also those that are allowed, by their path.
    pub(crate) sources: BTreeMap<String, Source>,
    /// The migrations that were judged, in their order: the paths of their ways up.
    pub(crate) migrations: Vec<String>,
    /// How many more stand at or below the baseline.
    pub(crate) merged: usize,
    /// How many statements the judged ones have.
    pub(crate) statements: usize,
    /// The Postgres of the rehearsal, where there was one.
    pub(crate) postgres: Option<Postgres>,
    /// What each act gave.
    pub(crate) acts: Vec<Act>,
    /// The schema snapshot and what the migrations produce, as a unified diff, where they differ.
    pub(crate) schema_diff: String,
    /// What the migrations change since a commit, where that was asked for.
    pub(crate) change: Option<Comparison>,
    /// What makes `cargo xtask lint` read the same files: empty for the configured folder.
    pub(crate) arguments: Vec<String>,
    /// What the reader should know besides.
    pub(crate) notes: Vec<String>,
}

/// A file that a finding is about.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its text.
    pub(crate) file: SourceFile,
    /// Its statements.
    pub(crate) statements: Vec<Span>,
}

/// Which Postgres was taken.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    /// `container`, `local`, `download` or `server`.
    pub(crate) provider: String,
    /// Such as `17.5`.
    pub(crate) version: String,
    /// An image, a folder of binaries, a host.
    pub(crate) origin: String,
    /// The ways that were tried before, and why they did not work.
    pub(crate) passed_over: Vec<String>,
}

/// A lock that was seen on an existing relation, and that keeps writers or readers out.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    /// The path of the way up.
    pub(crate) migration: String,
    /// The line of the statement that takes it, from 1.
    pub(crate) line: usize,
    /// The relation.
    pub(crate) relation: String,
    /// The mode, which says who waits.
    pub(crate) mode: LockMode,
    /// The line of the last statement that runs while it is held.
    pub(crate) until_line: usize,
    /// How many statements run while it is held, the one that takes it included.
    pub(crate) statements: usize,
}

/// A migration that was observed statement by statement.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// The path of the way up.
    pub(crate) migration: String,
    /// What ran, up to the first statement that Postgres refused; none where nothing could be observed.
    pub(crate) statements: Vec<Ran>,
}

/// A statement that ran.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// Its beginning, in one line.
    pub(crate) sql: String,
    /// What was seen of it.
    pub(crate) seen: String,
}

/// What one act gave for one migration.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// Such as `second-run`.
    pub(crate) act: String,
    /// The path of the way up.
    pub(crate) migration: String,
    /// Such as `same`.
    pub(crate) result: String,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// The lowest level that fails the check.
pub(crate) fn lowest(deny_warnings: bool) -> Level {
    if deny_warnings {
        Level::Warning
    } else {
        Level::Error
    }
}

/// How many of the findings have that level.
pub(crate) fn number(shown: &[&Finding], level: Level) -> usize {
    let of_level = shown.iter().filter(|finding| finding.level == level);
    of_level.count()
}

impl Report {
    /// The findings as every format tells and counts them: a failure that a rule foretold is that rule's evidence, and no
    /// finding of its own, unless the rule takes it for less.
    pub(crate) fn shown(&self) -> Vec<&Finding> {
        let mut failures: HashMap<(&str, Span), Vec<usize>> = HashMap::new();
        for (index, finding) in self.findings.iter().enumerate() {
            if is_failure(finding)
                && let Some(statement) = self.statement_span(finding)
            {
                let place = (finding.path.as_str(), statement);
                failures.entry(place).or_default().push(index);
            }
        }
        let mut foretold: HashSet<usize> = HashSet::new();
        for finding in &self.findings {
            let Some(statement) = self.statement_span(finding) else {
                continue;
            };
            let here = failures.get(&(finding.path.as_str(), statement));
            foretold.extend(here.into_iter().flatten().filter(|&&index| {
                let failure = &self.findings[index];
                finding.rule.foretells(failure) && finding.level >= failure.level
            }));
        }
        let findings = self.findings.iter().enumerate();
        findings
            .filter(|(index, _)| !foretold.contains(index))
            .map(|(_, finding)| finding)
            .collect()
    }

    /// Whether a finding is about this file.
    pub(crate) fn has_findings(&self, path: &str) -> bool {
        self.findings.iter().any(|finding| finding.path == path)
    }

    /// How many migrations have findings.
    pub(crate) fn touched(&self) -> usize {
        self.findings
            .iter()
            .map(|finding| &finding.path)
            .filter(|path| self.sources.contains_key(*path))
            .collect::<HashSet<_>>()
            .len()
    }

    /// Whether the check fails.
    pub(crate) fn outcome(&self, deny_warnings: bool) -> Outcome {
        let lowest = lowest(deny_warnings);
        if self.findings.iter().any(|finding| finding.level >= lowest) {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }

    /// Takes in what was found in these migrations, and keeps the texts that the findings need, allowed ones included.
    pub(crate) fn add<'a>(
        &mut self,
        migrations: impl IntoIterator<Item = &'a Migration>,
        settings: &Settings,
        found: suppression::Outcome,
    ) {
        let allowed = found.allowed.iter().map(|allowed| &allowed.finding);
        let paths: HashSet<String> = allowed
            .chain(&found.findings)
            .map(|finding| finding.path.clone())
            .collect();
        for migration in migrations {
            if settings.judges(migration) {
                self.migrations.push(migration.up.path.clone());
                self.statements += migration.statements.len();
            } else {
                self.merged += 1;
            }
            let up = &migration.up;
            if paths.contains(&up.path) {
                let statements = migration.statements.iter().map(|statement| statement.span);
                self.keep(up, statements.collect());
            }
            if let Some(down) = &migration.down
                && paths.contains(&down.path)
            {
                self.keep(down, Vec::new());
            }
        }
        self.findings.extend(found.findings);
        self.allowed.extend(found.allowed);
    }

    /// Takes in findings that no comment may allow.
    pub(crate) fn add_all<'a>(
        &mut self,
        migrations: impl IntoIterator<Item = &'a Migration>,
        settings: &Settings,
        findings: Vec<Finding>,
    ) {
        let found = suppression::Outcome {
            findings,
            ..suppression::Outcome::default()
        };
        self.add(migrations, settings, found);
    }

    /// Takes in what was found elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.allowed.extend(other.allowed);
        self.sources.extend(other.sources);
        self.migrations.extend(other.migrations);
        self.merged += other.merged;
        self.statements += other.statements;
    }

    fn keep(&mut self, file: &SourceFile, statements: Vec<Span>) {
        let source = Source {
            file: file.clone(),
            statements,
        };
        self.sources.insert(file.path.clone(), source);
    }

    /// The file that a finding is about.
    pub(crate) fn file(&self, finding: &Finding) -> Option<&SourceFile> {
        self.sources.get(&finding.path).map(|source| &source.file)
    }

    /// Where a finding begins and ends (behind its last character); none where it is about no text.
    pub(crate) fn place(&self, finding: &Finding) -> Option<(Position, Position)> {
        let file = self.file(finding)?;
        let Span { start, end } = finding.span;
        Some((file.position(start), file.position(end.max(start))))
    }

    /// The statement that a finding is about.
    pub(crate) fn statement(&self, finding: &Finding) -> Option<&str> {
        let span = self.statement_span(finding)?;
        self.file(finding).map(|file| file.slice(span))
    }

    fn statement_span(&self, finding: &Finding) -> Option<Span> {
        let source = self.sources.get(&finding.path)?;
        let at = finding.span.start;
        let statements = &source.statements;
        let next = statements.partition_point(|span| span.end <= at);
        statements
            .get(next)
            .copied()
            .filter(|span| span.start <= at)
    }
}

/// Whether a finding says that Postgres refuses a statement, in the first run or in the second.
fn is_failure(finding: &Finding) -> bool {
    let name = finding.rule.name;
    observed::SECOND_RUN.contains(&name) || observed::REFUSED.contains(&name)
}

#[cfg(test)]
mod tests {
    use rehearsal_lints::rules;

    use super::*;
    use crate::render::test_support::report;

    #[test]
    fn a_failure_that_a_rule_foretold_is_its_evidence() {
        let sql = "CREATE INDEX CONCURRENTLY a ON t (b);\nDROP TABLE t;\n";
        let (first, second) = (Span::new(0, 36), Span::new(38, 50));
        let rule = rules::find("concurrently-in-transaction").expect("it is a rule");
        let refused = |span, code: &str| {
            Finding::new(&observed::STATEMENT_REFUSED, span, "no").sqlstate(code)
        };
        let shown = |failure: Finding| {
            let report = report(sql, vec![Finding::new(rule, first, "it fails"), failure]);
            let names = report.shown().into_iter().map(|finding| finding.rule.name);
            names.collect::<Vec<_>>()
        };
        let both = ["concurrently-in-transaction", "statement-refused"];
        assert_eq!(shown(refused(first, "25001")), both[..1]);
        assert_eq!(shown(refused(first, "42P01")), both);
        assert_eq!(shown(refused(second, "25001")), both);
        let mut heavier = refused(first, "25001");
        heavier.level = Level::Error;
        let mut lighter = Finding::new(rule, first, "it fails");
        lighter.level = Level::Warning;
        let report = report(sql, vec![lighter, heavier]);
        assert_eq!(
            report.shown().len(),
            2,
            "an error is not hidden in a warning"
        );
    }
}
