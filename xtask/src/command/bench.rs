//! `cargo xtask bench`: how fast, how much memory, and how often right. A plain program: nothing here passes or fails.
//!
//! Time is measured in a release build, which it makes first where it is not one itself. Each part is a file of its own.

mod growth;
mod labels;
mod lint;
mod memory;
mod postgres;
mod predictions;
mod rerun;
mod understood;
mod verdicts;
mod yardstick;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use rehearsal::{ProviderSettings, Server};

use crate::{
    Outcome,
    cli::{BenchArguments, Options},
    output,
    progress::Progress,
    project::Project,
    render::clean,
};

pub(crate) use memory::peak;

/// How often each thing is measured; the median counts.
const ROUNDS: usize = 5;

/// What can be measured. Without a choice, everything is, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Statements of real migrations that reach the rules
    Understood,
    /// Agreement with the labelled snippets of other linters' test suites
    Labels,
    /// The rerun rules alone against second runs of real migrations on Postgres
    Rerun,
    /// The linter's time and memory on real and on growing files
    Lint,
    /// The linter's time on a thousand and on five thousand of one thing, for many things
    Growth,
    /// Each provider to its first query, and `check` of this project on it
    Postgres,
    /// The rehearsal's second runs of real migrations against what Postgres did
    Verdicts,
    /// Locks, rewrites, scans and index builds foretold of real migrations, against what Postgres does
    Predictions,
}

impl Part {
    /// Whether its figures are times, which only a release build shows.
    fn measures_time(self) -> bool {
        matches!(self, Self::Lint | Self::Growth | Self::Postgres)
    }
}

/// Prints the figures of the parts that are named, or of all.
///
/// # Errors
/// When the release build fails or a measured command cannot be started.
pub(crate) async fn run(options: &Options, arguments: &BenchArguments) -> anyhow::Result<Outcome> {
    let parts = match arguments.parts.as_slice() {
        [] => Part::value_variants(),
        named => named,
    };
    if parts.iter().any(|part| part.measures_time()) {
        if cfg!(debug_assertions) {
            return rerun_in_release();
        }
        output::print(&format!("median of {ROUNDS} runs, release build\n"))?;
    }
    let project = Project::open(options)?;
    let yardstick = yardstick::find(&project.root);
    let yardstick = yardstick.as_deref();
    for part in parts {
        match part {
            Part::Understood => understood::run(yardstick)?,
            Part::Labels => labels::run(yardstick)?,
            Part::Rerun => rerun::run(yardstick)?,
            Part::Lint => lint::run(yardstick)?,
            Part::Growth => growth::run()?,
            Part::Postgres => postgres::run(&project).await?,
            Part::Verdicts => verdicts::run(options, &project, yardstick).await?,
            Part::Predictions => predictions::run(options, &project, yardstick).await?,
        }
    }
    Ok(Outcome::Clean)
}

/// Builds with optimization and hands over to that build.
fn rerun_in_release() -> anyhow::Result<Outcome> {
    output::error("building with optimization: cargo build --release --package rehearsal-xtask\n");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = [
        "build",
        "--quiet",
        "--release",
        "--package",
        "rehearsal-xtask",
    ];
    let status = Command::new(cargo)
        .args(build)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "the release build failed");
    let here = env::current_exe().context("cannot tell where this program lies")?;
    // target/debug/xtask gives target/release/xtask.
    let release = here
        .parent()
        .and_then(Path::parent)
        .context("this program lies in no target folder")?
        .join("release")
        .join(here.file_name().unwrap_or_default());
    let status = Command::new(&release)
        .args(env::args_os().skip(1))
        .status()
        .with_context(|| format!("cannot start {}", release.display()))?;
    ensure!(status.success(), "the release build ended with {status}");
    Ok(Outcome::Clean)
}

/// The Postgres that a part needs; says why where there is none to be had.
async fn server(
    part: &str,
    project: &Project,
    major: u16,
    progress: &Progress,
) -> anyhow::Result<Option<Server>> {
    let settings = ProviderSettings {
        major,
        ..project.provider.clone()
    };
    match Server::start(&settings, progress).await {
        Ok(server) => Ok(Some(server)),
        Err(error) => {
            let reason = clean(&format!("{error:#}"));
            output::print(&format!("{part}: skipped, {reason}\n"))?;
            Ok(None)
        }
    }
}

/// This very program.
fn this_program() -> anyhow::Result<PathBuf> {
    env::current_exe().context("cannot tell where this program lies")
}

/// Runs a program to its end, without its output. Findings are no failure.
fn time(program: &Path, arguments: &[impl AsRef<std::ffi::OsStr>]) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    Ok(begin.elapsed())
}

/// The middle one.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
