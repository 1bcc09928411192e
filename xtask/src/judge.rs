//! Lints what the command line names: inputs in, a report out. Files that stand alone are spread over the processors.

use std::{
    collections::BTreeSet,
    num::NonZeroUsize,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::anyhow;
use rehearsal_lints::{
    MigrationSet, Settings, layout, lint,
    suppression::{self, Decided},
};

use crate::{
    input::{self, Input, Overlay},
    report::Report,
};

/// Lints all inputs.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn lint_all(
    inputs: &[Input],
    settings: &Settings,
    overlay: &Overlay,
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut files = Vec::new();
    for input in inputs {
        match input {
            Input::Set {
                set,
                only,
                baseline,
                ..
            } => {
                let settings = Settings {
                    baseline: *baseline,
                    ..settings.clone()
                };
                lint_set(&mut report, set, &settings, only);
            }
            Input::Note(note) => report.notes.push(note.clone()),
            Input::File { path, name } => files.push((path.as_deref(), name.as_str())),
        }
    }
    // A file that stands alone has no version that a baseline could mean.
    lint_files(&mut report, &files, settings, overlay)?;
    Ok(report)
}

/// Lints migrations that follow each other. Where `only` names files, the findings in others are left out.
fn lint_set(report: &mut Report, set: &MigrationSet, settings: &Settings, only: &BTreeSet<String>) {
    let wanted = |path: &str| only.is_empty() || only.contains(path);
    let mut found = lint::find(set, settings);
    found.retain(|finding| wanted(&finding.path));
    let mut left = suppression::apply(set, settings, found, Decided::ByReading);
    left.findings.retain(|finding| wanted(&finding.path));
    let wanted = set.iter().filter(|migration| wanted(&migration.up.path));
    report.notes.extend(set.notes.iter().cloned());
    report.add(wanted, settings, left);
}

/// Lints files that stand alone, in the order given.
fn lint_files(
    report: &mut Report,
    files: &[(Option<&Path>, &str)],
    settings: &Settings,
    overlay: &Overlay,
) -> anyhow::Result<()> {
    let workers = thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(files.len());
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<Vec<(usize, Report)>> {
        let mut reports = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(path, name)) = files.get(index) else {
                return Ok(reports);
            };
            let mut report = Report::default();
            let set = layout::plain::read(vec![input::source(path, name, overlay)?]);
            lint_set(&mut report, &set, settings, &BTreeSet::new());
            reports.push((index, report));
        }
    };
    let mut reports = Vec::new();
    if workers > 1 {
        thread::scope(|scope| {
            let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            for handle in handles {
                let done = handle
                    .join()
                    .map_err(|_| anyhow!("a linting thread panicked"))?;
                reports.extend(done?);
            }
            anyhow::Ok(())
        })?;
    } else {
        reports = work()?;
    }
    reports.sort_by_key(|(index, _)| *index);
    for (_, one) in reports {
        report.merge(one);
    }
    Ok(())
}
