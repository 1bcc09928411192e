//! `cargo xtask bench`: how fast, how much memory, and how often right. A plain program: nothing here passes or fails.
//!
//! It measures a release build, which it makes first where it is not one itself.

mod lint;
mod memory;
mod postgres;
mod verdicts;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use crate::{Outcome, cli::Options, output, project::Project};

pub(crate) use memory::peak;

/// How often each thing is measured; the median counts.
const ROUNDS: usize = 5;

/// Prints all figures.
///
/// # Errors
/// When the release build fails or a measured command cannot be started.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    if cfg!(debug_assertions) {
        return rerun_in_release();
    }
    let project = Project::open(options)?;
    let yardstick = yardstick(&project);
    output::print(&format!("median of {ROUNDS} runs, release build\n"))?;
    lint::run(yardstick.as_deref())?;
    postgres::run(&project).await?;
    verdicts::run(options, &project, yardstick.as_deref()).await?;
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

/// Real migrations to measure with: `REHEARSAL_YARDSTICK`, or `../shared/yardstick` beside the workspace.
fn yardstick(project: &Project) -> Option<PathBuf> {
    let path = env::var_os("REHEARSAL_YARDSTICK")
        .map_or_else(|| project.root.join("../shared/yardstick"), PathBuf::from);
    if path.join("migrations").is_dir() {
        return Some(path);
    }
    output::error(&format!(
        "no yardstick at {}: what needs it is skipped; name it in REHEARSAL_YARDSTICK\n",
        path.display()
    ));
    None
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
