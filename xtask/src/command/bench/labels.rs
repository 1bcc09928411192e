//! Agreement with the labelled snippets of other linters' test suites: `labelled.jsonl` of the yardstick.
//!
//! `labels/rules.toml` says which of our rules answer each of theirs; `labels/exceptions.toml` lists the labels that do not
//! count as they stand, and why. Their SQL is no part of the project.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context;
use rehearsal_lints::{
    Level, Migration, MigrationSet, Settings, SourceFile, TransactionMode, lint::find, rules::RULES,
};
use serde::Deserialize;

use crate::{files, output, render::clean};

/// Postgres where a label names none.
const POSTGRES: u16 = 15;

/// One snippet, and whether its suite wants its rule to fire.
#[derive(Debug, Deserialize)]
struct Label {
    suite: String,
    rule: String,
    expect: Expect,
    sql: String,
    /// Its place in the suite: unique.
    src: String,
    /// The migrations that the snippet consists of, where it is several.
    #[serde(default)]
    files: Vec<Piece>,
    pg: Option<String>,
    /// Whether the runner begins a transaction; not said where the suite's tool does not ask.
    assume_in_tx: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Piece {
    name: String,
    sql: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expect {
    /// It fires.
    Err,
    /// It stays silent.
    Ok,
}

/// A rule of another linter, as rules of ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counterpart {
    ours: Vec<String>,
    /// Where our question is another one.
    #[serde(default)]
    differs: String,
}

/// By suite, by their rule.
type Counterparts = BTreeMap<String, BTreeMap<String, Counterpart>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

/// Labels that do not count as they stand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    because: Because,
    reason: String,
    labels: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Because {
    /// One can watch on Postgres that the label is wrong.
    Postgres,
    /// The suite's own test says the opposite of the label, and that counts.
    Mislabelled,
    /// Our catalogue answers another question, on purpose.
    Decided,
}

/// How the labels of a suite went.
#[derive(Default)]
struct Tally {
    agreed: usize,
    /// Left out of the count: wrong about Postgres.
    wrong: usize,
    /// Left out of the count: our catalogue decides otherwise, or has no such rule.
    decided: usize,
    /// Counted as the opposite of what the label says.
    corrected: usize,
    /// A line for each disagreement that counts.
    misses: Vec<String>,
    /// Exceptions that are none, because we agree with the label.
    idle: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.agreed += other.agreed;
        self.wrong += other.wrong;
        self.decided += other.decided;
        self.corrected += other.corrected;
        self.misses.extend(other.misses);
        self.idle.extend(other.idle);
    }

    fn count(&mut self, label: &Label, counterpart: &Counterpart, exceptions: &[Exception]) {
        let (mislabelled, left_out): (Vec<_>, Vec<_>) = exceptions
            .iter()
            .filter(|exception| exception.labels.contains(&label.src))
            .partition(|exception| exception.because == Because::Mislabelled);
        let expected = match (label.expect, mislabelled.is_empty()) {
            (Expect::Err, true) | (Expect::Ok, false) => Expect::Err,
            (Expect::Ok, true) | (Expect::Err, false) => Expect::Ok,
        };
        let found = found(label);
        let fires = counterpart
            .ours
            .iter()
            .any(|ours| found.contains(ours.as_str()));
        let agrees = fires == (expected == Expect::Err);
        self.corrected += mislabelled.len();
        if agrees && !left_out.is_empty() {
            self.idle.push(label.src.clone());
        }
        match left_out.first() {
            _ if counterpart.ours.is_empty() => self.decided += 1,
            _ if agrees => self.agreed += 1,
            Some(exception) if exception.because == Because::Postgres => self.wrong += 1,
            Some(_) => self.decided += 1,
            None => self.misses.push(miss(label, counterpart, expected, &found)),
        }
    }

    fn counted(&self) -> usize {
        self.agreed + self.misses.len()
    }

    /// The share of labels agreed with, of those that count.
    fn agreement(&self) -> f64 {
        self.agreed as f64 / self.counted() as f64
    }
}

/// Prints the agreement for each suite and in total, with and without the labels that do not count, and each
/// disagreement.
pub(super) fn run(yardstick: Option<&Path>) -> anyhow::Result<()> {
    let Some(yardstick) = yardstick else {
        return Ok(());
    };
    output::print("labels of other linters' test suites\n")?;
    let exceptions = exceptions()?;
    let mut total = Tally::default();
    for (suite, tally) in compare(yardstick, &exceptions)? {
        print(&suite, &tally)?;
        for miss in &tally.misses {
            output::print(&format!("    {}\n", clean(miss)))?;
        }
        total.add(tally);
    }
    print("all", &total)?;
    for exception in exceptions {
        output::print(&format!(
            "    {:?}, {} labels: {}\n",
            exception.because,
            exception.labels.len(),
            exception.reason
        ))?;
    }
    Ok(())
}

fn print(suite: &str, tally: &Tally) -> anyhow::Result<()> {
    let labels = tally.counted() + tally.wrong + tally.decided;
    output::print(&format!(
        "  {suite}: {} of {} agree ({:.1} %), {:.1} % of all {labels}; left out {} wrong about Postgres, \
         {} decided otherwise; corrected {}\n",
        tally.agreed,
        tally.counted(),
        100.0 * tally.agreement(),
        100.0 * tally.agreed as f64 / labels as f64,
        tally.wrong,
        tally.decided,
        tally.corrected,
    ))
}

/// The tallies by suite.
fn compare(yardstick: &Path, exceptions: &[Exception]) -> anyhow::Result<BTreeMap<String, Tally>> {
    let counterparts: Counterparts =
        toml::from_str(include_str!("labels/rules.toml")).context("rules.toml is wrong")?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for label in labels(yardstick)? {
        // A suite's name may end in a version.
        let (suite, rules) = counterparts
            .iter()
            .find(|(suite, _)| label.suite.starts_with(suite.as_str()))
            .with_context(|| format!("rules.toml has no suite {}", label.suite))?;
        let counterpart = rules
            .get(&label.rule)
            .with_context(|| format!("rules.toml has no rule {} of {suite}", label.rule))?;
        tallies
            .entry(suite.clone())
            .or_default()
            .count(&label, counterpart, exceptions);
    }
    Ok(tallies)
}

fn exceptions() -> anyhow::Result<Vec<Exception>> {
    let exceptions: Exceptions = toml::from_str(include_str!("labels/exceptions.toml"))
        .context("exceptions.toml is wrong")?;
    Ok(exceptions.exception)
}

fn labels(yardstick: &Path) -> anyhow::Result<Vec<Label>> {
    files::read(&yardstick.join("labelled.jsonl"), "labelled.jsonl")?
        .lines()
        .map(|line| serde_json::from_str(line).context("labelled.jsonl has a wrong line"))
        .collect()
}

/// The rules that fire on the snippet.
fn found(label: &Label) -> BTreeSet<&'static str> {
    let whole = Piece {
        name: "1.sql".to_owned(),
        sql: label.sql.clone(),
    };
    let pieces = match label.files.as_slice() {
        [] => std::slice::from_ref(&whole),
        pieces => pieces,
    };
    let mode = match label.assume_in_tx {
        Some(false) => TransactionMode::Unwrapped,
        Some(true) | None => TransactionMode::Wrapped,
    };
    let migrations = (1..)
        .zip(pieces)
        .map(|(version, piece)| {
            let file = SourceFile::new(&piece.name, &piece.sql);
            Migration::new(version, "", file, mode)
        })
        .collect();
    let set = MigrationSet::new(migrations, Vec::new()).expect("a count has no duplicates");
    let settings = Settings {
        postgres: label
            .pg
            .as_ref()
            .and_then(|major| major.parse().ok())
            .unwrap_or(POSTGRES),
        // Rules that are off unless a project wants them are wanted.
        levels: RULES
            .iter()
            .filter(|rule| rule.level == Level::Off)
            .map(|rule| (rule.name.to_owned(), Level::Warning))
            .collect(),
        ..Settings::default()
    };
    find(&set, &settings)
        .iter()
        .map(|finding| finding.rule.name)
        .collect()
}

/// A line about a disagreement.
fn miss(
    label: &Label,
    counterpart: &Counterpart,
    expected: Expect,
    found: &BTreeSet<&str>,
) -> String {
    let wish = match expected {
        Expect::Err => "should fire",
        Expect::Ok => "should be silent",
    };
    let sql: Vec<&str> = label.sql.split_whitespace().collect();
    let differs = match counterpart.differs.as_str() {
        "" => String::new(),
        differs => format!("; {differs}"),
    };
    format!(
        "{} ({}{differs}) {wish}: {}; found {found:?} in: {}",
        label.rule,
        counterpart.ours.join(", "),
        label.src,
        sql.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::bench::yardstick;

    #[test]
    fn each_counterpart_is_a_rule_or_has_a_reason() {
        let counterparts: Counterparts = toml::from_str(include_str!("labels/rules.toml")).unwrap();
        for (theirs, counterpart) in counterparts.values().flatten() {
            for name in &counterpart.ours {
                assert!(
                    RULES.iter().any(|rule| rule.name == name),
                    "{theirs}: {name}"
                );
            }
            assert!(
                !(counterpart.ours.is_empty() && counterpart.differs.is_empty()),
                "{theirs} says neither which rule of ours answers it nor why none does"
            );
        }
    }

    #[test]
    fn other_linters_agree() {
        let Some(yardstick) = yardstick::for_tests() else {
            return;
        };
        let mut total = Tally::default();
        let exceptions = exceptions().unwrap();
        for tally in compare(&yardstick, &exceptions).unwrap().into_values() {
            total.add(tally);
        }
        let misses = total.misses.join("\n");
        assert!(total.agreement() >= 0.98, "{misses}");
        assert_eq!(total.idle, [""; 0], "exceptions without a disagreement");
    }
}
