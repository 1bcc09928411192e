//! What a command found, ready to be rendered. It holds no clock, no OID and no absolute path unless asked, so two runs
//! give the same bytes.

use std::collections::{BTreeMap, HashSet};

use rehearsal_lints::{
    Finding, Group, Level, Migration, Position, Settings, SourceFile, Span, rules::observed,
};

use crate::Outcome;

/// Everything that a report says.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// In the order of the files and of the places in them.
    pub(crate) findings: Vec<Finding>,
    /// How many findings a suppression comment took away.
    pub(crate) allowed: usize,
    /// How many findings the run confirmed.
    pub(crate) confirmed: usize,
    /// How many predictions the run disproved; they are not among the findings.
    pub(crate) withdrawn: usize,
    /// The locks on existing relations that make others wait, in the order of the files and statements.
    pub(crate) locks: Vec<Lock>,
    /// The files that findings are about, by their path.
    pub(crate) sources: BTreeMap<String, Source>,
    /// How many migrations were judged.
    pub(crate) migrations: usize,
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
    /// The mode as SQL spells it.
    pub(crate) mode: String,
    /// Who waits: "writes", "reads and writes".
    pub(crate) blocks: &'static str,
    /// How many statements run while it is held, the one that takes it included.
    pub(crate) statements: usize,
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

impl Report {
    /// The findings as people want to read them: a second run that does harm where a rule said so is that rule's evidence, and
    /// no finding of its own.
    pub(crate) fn shown(&self) -> Vec<&Finding> {
        let foretold = |failure: &Finding| {
            self.findings.iter().any(|finding| {
                finding.rule.group == Group::Rerun
                    && finding.path == failure.path
                    && self.statement(finding).is_some()
                    && self.statement_span(finding) == self.statement_span(failure)
            })
        };
        self.findings
            .iter()
            .filter(|finding| {
                !observed::SECOND_RUN.contains(&finding.rule.name) || !foretold(finding)
            })
            .collect()
    }

    /// How many findings have that level.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
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
        let lowest = if deny_warnings {
            Level::Warning
        } else {
            Level::Error
        };
        if self.findings.iter().any(|finding| finding.level >= lowest) {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }

    /// Takes in what was found in these migrations, and keeps the texts that the findings need.
    pub(crate) fn add<'a>(
        &mut self,
        migrations: impl IntoIterator<Item = &'a Migration>,
        settings: &Settings,
        findings: Vec<Finding>,
    ) {
        let paths: HashSet<&str> = findings
            .iter()
            .map(|finding| finding.path.as_str())
            .collect();
        for migration in migrations {
            if settings.judges(migration) {
                self.migrations += 1;
                self.statements += migration.statements.len();
            } else {
                self.merged += 1;
            }
            let up = &migration.up;
            if paths.contains(up.path.as_str()) {
                let statements = migration.statements.iter().map(|statement| statement.span);
                self.keep(up, statements.collect());
            }
            if let Some(down) = &migration.down
                && paths.contains(down.path.as_str())
            {
                self.keep(down, Vec::new());
            }
        }
        self.findings.extend(findings);
    }

    /// Takes in what was found elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.allowed += other.allowed;
        self.sources.extend(other.sources);
        self.migrations += other.migrations;
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
        let mut spans = source.statements.iter().copied();
        spans.find(|span| span.start <= at && at < span.end)
    }
}
