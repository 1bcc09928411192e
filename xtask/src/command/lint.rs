//! `cargo xtask lint`: reads migrations and reports what is risky; takes or shows the fixes.

use std::io::{self, IsTerminal};

use rehearsal_lints::{fix::Reach, layout};

use crate::{
    Outcome,
    cli::{LintArguments, Options},
    files::{self, Change},
    fix,
    fixing::{self, FixedFile},
    input::{self, Overlay, STDIN},
    judge, output,
    project::Project,
    render,
};

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
        output::write(&report, options, &arguments.outputs)?;
        output::print(&render::render(&report, options))?;
        return Ok(report.outcome(options.deny_warnings));
    }

    let found = report.outcome(options.deny_warnings);
    let reach = match arguments.unsafe_fixes {
        true => Reach::All,
        false => Reach::Safe,
    };
    let fixed = fixing::fix(&project, &arguments.paths, inputs, report, overlay, reach)?;
    if arguments.diff {
        show(&fixed.files)?;
        return Ok(found);
    }
    write(&fixed.files)?;
    let mut report = fixed.report;
    report.arguments = again;
    output::write(&report, options, &arguments.outputs)?;
    let rendered = render::render(&report, options);
    match &fixed.stdin {
        Some(text) => {
            output::print(text)?;
            output::error(&rendered);
        }
        None => output::print(&rendered)?,
    }
    Ok(report.outcome(options.deny_warnings))
}

/// Writes all files, or none, and says which.
fn write(files: &[FixedFile]) -> anyhow::Result<()> {
    let changes: Vec<Change<'_>> = files
        .iter()
        .filter_map(|file| {
            Some(Change {
                path: file.path.clone()?,
                name: &file.name,
                old: file.old.as_deref(),
                new: &file.new,
            })
        })
        .collect();
    files::write_all(&changes)?;
    for file in files.iter().filter(|file| file.path.is_some()) {
        let name = render::clean(&file.name);
        output::error(&match (&file.old, file.settled) {
            (None, _) => format!("added {name}\n"),
            (Some(_), 0) if layout::is_companion(&file.name) => {
                format!("changed {name}, which says how a fixed migration is sent\n")
            }
            (Some(_), 0) => format!("changed {name}, the way down of a fixed migration\n"),
            (Some(_), settled) => format!("fixed {name}: {}\n", render::count(settled, "finding")),
        });
    }
    Ok(())
}

/// Prints the changes as one patch.
fn show(files: &[FixedFile]) -> anyhow::Result<()> {
    let patch: String = files
        .iter()
        .map(|file| fix::patch(&file.name, file.old.as_deref(), &file.new))
        .collect();
    // `git apply` needs the bytes as they are; a terminal must not obey them.
    if io::stdout().is_terminal() {
        output::print(&render::clean(&patch))
    } else {
        output::print(&patch)
    }
}
