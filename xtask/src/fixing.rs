//! Takes fixes in rounds: those of one round do not touch each other, and those of the next are found in what they made.
//! Changes nothing on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rehearsal_lints::{
    Finding, Migration, SourceFile,
    fix::{self, Applied, Reach},
};

use crate::{
    input::{self, Input, Overlay, STDIN},
    judge,
    project::Project,
    report::Report,
};

/// Fixes may uncover further findings; as many more rounds as this would mean that two of them undo each other.
const ROUNDS: usize = 10;

/// What fixes came to.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// What is found afterwards.
    pub(crate) report: Report,
    /// The files that are other than before, by name.
    pub(crate) files: Vec<FixedFile>,
    /// Standard input as it is afterwards, where it was read.
    pub(crate) stdin: Option<String>,
}

/// A file that fixes have changed or made.
#[derive(Debug)]
pub(crate) struct FixedFile {
    /// What reports call it.
    pub(crate) name: String,
    /// Where it lies; standard input lies nowhere.
    pub(crate) path: Option<PathBuf>,
    /// The text before; none where there was no such file.
    pub(crate) old: Option<String>,
    /// The text afterwards.
    pub(crate) new: String,
    /// How many findings in it were settled.
    pub(crate) settled: usize,
}

/// Takes the fixes within `reach` for what `inputs` hold, `report` says of them and `overlay` stands in for.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn fix(
    project: &Project,
    paths: &[PathBuf],
    mut inputs: Vec<Input>,
    mut report: Report,
    mut overlay: Overlay,
    reach: Reach,
) -> anyhow::Result<Fixed> {
    let mut old: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut settled: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..ROUNDS + report.findings.len() {
        let texts = texts(&inputs, &report);
        let applied = once(&inputs, &report, &texts, reach);
        if applied.texts.is_empty() {
            break;
        }
        for name in applied.texts.keys() {
            let before = texts.get(name.as_str()).map(|text| (*text).to_owned());
            old.entry(name.clone()).or_insert(before);
        }
        overlay.extend(applied.texts);
        for (name, number) in applied.settled {
            *settled.entry(name).or_insert(0) += number;
        }
        inputs = input::collect(project, paths, &overlay)?;
        report = judge::lint_all(&inputs, &project.settings, &overlay)?;
    }
    let files = old
        .into_iter()
        .filter_map(|(name, old)| {
            let new = overlay.get(&name).cloned()?;
            (old.as_ref() != Some(&new)).then(|| FixedFile {
                path: place(&inputs, &name),
                settled: settled.get(&name).copied().unwrap_or_default(),
                name,
                old,
                new,
            })
        })
        .collect();
    Ok(Fixed {
        report,
        files,
        stdin: overlay.remove(STDIN),
    })
}

/// One round.
fn once(inputs: &[Input], report: &Report, texts: &BTreeMap<&str, &str>, reach: Reach) -> Applied {
    let merged = merged(inputs);
    // Nothing may run before what is merged.
    let last = inputs.iter().filter_map(Input::merged).max();
    let late = |finding: &Finding| {
        let files = finding.fix.files.iter();
        let mut migrations = files.filter_map(|file| file.migration.as_ref());
        migrations.all(|migration| last.is_none_or(|last| migration.above >= last))
    };
    let wanted = report.findings.iter().filter(|finding| {
        finding.fix.is_within(reach) && !merged.contains(finding.path.as_str()) && late(finding)
    });
    fix::apply(wanted, |name| texts.get(name).copied())
}

/// The migrations that the project calls merged, which never change, whatever `--since` says.
fn merged(inputs: &[Input]) -> BTreeSet<&str> {
    let merged = inputs.iter().flat_map(|input| {
        let last = input.merged();
        let migrations = input.migrations();
        migrations.filter(move |migration| last.is_some_and(|last| migration.version <= last))
    });
    let files = merged.flat_map(files_of);
    files.map(|source| source.path.as_str()).collect()
}

/// The text of each file that a fix may edit, by name.
fn texts<'a>(inputs: &'a [Input], report: &'a Report) -> BTreeMap<&'a str, &'a str> {
    let alone = report.sources.values().map(|source| &source.file);
    alone
        .chain(migrations(inputs).flat_map(files_of))
        .map(|source| (source.path.as_str(), source.text()))
        .collect()
}

fn migrations(inputs: &[Input]) -> impl Iterator<Item = &Migration> {
    inputs.iter().flat_map(Input::migrations)
}

fn files_of(migration: &Migration) -> impl Iterator<Item = &SourceFile> {
    std::iter::once(&migration.up)
        .chain(&migration.down)
        .chain(&migration.companion)
}

/// Where the file of that name lies, or is to lie. Standard input lies nowhere.
fn place(inputs: &[Input], name: &str) -> Option<PathBuf> {
    inputs.iter().find_map(|input| match input {
        Input::File { path, name: own } if own == name => path.clone(),
        Input::Set { folder, .. } => {
            let below = name.strip_prefix(&folder.name)?.strip_prefix('/')?;
            Some(folder.path.join(Path::new(below)))
        }
        _ => None,
    })
}
