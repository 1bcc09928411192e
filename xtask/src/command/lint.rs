//! `cargo xtask lint`: reads migrations and reports what is risky; takes or shows the fixes that are certain.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use rehearsal_lints::{Migration, SourceFile};

use crate::{
    Outcome,
    cli::{LintArguments, Options},
    files, fix,
    input::{self, Input, Overlay, STDIN},
    judge, output,
    project::Project,
    render,
    report::Report,
};

/// Fixes may uncover further findings; more rounds than this would mean that two of them undo each other.
const ROUNDS: usize = 10;

/// Lints what the arguments name.
///
/// # Errors
/// When something cannot be read or written.
pub(crate) fn run(options: &Options, arguments: &LintArguments) -> anyhow::Result<Outcome> {
    let project = Project::open(options)?;
    let mut overlay = Overlay::new();
    if arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        overlay.insert(STDIN.to_owned(), files::read_stdin()?);
    }
    let inputs = input::collect(&project, &arguments.paths, &overlay)?;
    let mut again = options.migrations_arguments();
    again.extend(
        arguments
            .paths
            .iter()
            .map(|path| path.display().to_string()),
    );
    let mut report = judge::lint_all(&inputs, &project.settings, &overlay)?;
    if !arguments.fix && !arguments.diff {
        report.arguments = again;
        output::print(&render::render(&report, options))?;
        return Ok(report.outcome(options.deny_warnings));
    }

    let found = report.outcome(options.deny_warnings);
    let merged = merged(&project, &inputs);
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let fixed = fix_once(&report, &merged, &mut overlay, &mut changes);
        if fixed == 0 {
            break;
        }
        let inputs = input::collect(&project, &arguments.paths, &overlay)?;
        report = judge::lint_all(&inputs, &project.settings, &overlay)?;
    }
    if arguments.diff {
        show(&changes, &overlay)?;
        return Ok(found);
    }
    let paths = paths(&inputs);
    for (name, change) in &changes {
        if let Some(path) = paths.get(name) {
            files::write(path, name, &overlay[name])?;
            output::error(&format!(
                "fixed {}: {}\n",
                render::clean(name),
                render::count(change.fixes, "finding")
            ));
        }
    }
    report.arguments = again;
    let rendered = render::render(&report, options);
    match overlay.get(STDIN) {
        Some(text) => {
            output::print(text)?;
            output::error(&rendered);
        }
        None => output::print(&rendered)?,
    }
    Ok(report.outcome(options.deny_warnings))
}

/// What fixes did to a file.
#[derive(Debug)]
struct Change {
    /// The text before.
    old: String,
    /// How many fixes were applied.
    fixes: usize,
}

/// Applies the fixes of a report to the overlay; returns how many there were.
fn fix_once(
    report: &Report,
    merged: &BTreeSet<String>,
    overlay: &mut Overlay,
    changes: &mut BTreeMap<String, Change>,
) -> usize {
    let mut total = 0;
    for (name, source) in &report.sources {
        if merged.contains(name) {
            continue;
        }
        let fixes = report
            .findings
            .iter()
            .filter(|finding| finding.path == *name && !finding.fix.is_empty())
            .map(|finding| finding.fix.as_slice());
        let old = source.file.text();
        let (text, fixed) = fix::apply(old, fixes);
        if fixed == 0 {
            continue;
        }
        total += fixed;
        overlay.insert(name.clone(), text);
        let change = changes.entry(name.clone()).or_insert_with(|| Change {
            old: old.to_owned(),
            fixes: 0,
        });
        change.fixes += fixed;
    }
    total
}

/// The migrations that the project calls merged, which never change, whatever `--since` says.
fn merged(project: &Project, inputs: &[Input]) -> BTreeSet<String> {
    let Some(baseline) = project.config.baseline else {
        return BTreeSet::new();
    };
    inputs
        .iter()
        .filter_map(|input| match input {
            Input::Set { set, .. } => Some(set),
            Input::File { .. } => None,
        })
        .flatten()
        .filter(|migration| migration.version <= baseline)
        .flat_map(files_of)
        .map(|source| source.path.clone())
        .collect()
}

fn files_of(migration: &Migration) -> impl Iterator<Item = &SourceFile> {
    std::iter::once(&migration.up).chain(&migration.down)
}

/// Where each file lies, by name. Standard input lies nowhere.
fn paths(inputs: &[Input]) -> BTreeMap<String, PathBuf> {
    let mut paths = BTreeMap::new();
    for input in inputs {
        match input {
            Input::Set { set, folder, .. } => {
                for source in set.iter().flat_map(files_of) {
                    let name = &source.path;
                    let file = Path::new(name).file_name().unwrap_or_default();
                    paths.insert(name.clone(), folder.path.join(file));
                }
            }
            Input::File { path, name } => {
                paths.extend(path.clone().map(|path| (name.clone(), path)));
            }
        }
    }
    paths
}

/// Prints the changes as one patch.
fn show(changes: &BTreeMap<String, Change>, overlay: &Overlay) -> anyhow::Result<()> {
    let patch: String = changes
        .iter()
        .map(|(name, change)| fix::patch(name, &change.old, &overlay[name]))
        .collect();
    // `git apply` needs the bytes as they are; a terminal must not obey them.
    if io::stdout().is_terminal() {
        output::print(&render::clean(&patch))
    } else {
        output::print(&patch)
    }
}
