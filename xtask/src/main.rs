//! `cargo xtask`: the command line of Rehearsal.
//!
//! Only this file exits: 0 when all is clean, 1 when something was found, 2 when the tool could not work, 130 or 143
//! when it was interrupted or terminated.

mod base;
mod cli;
mod color;
mod command;
mod config;
mod drawing;
mod failure;
mod files;
mod fix;
mod fixing;
mod git;
mod input;
mod judge;
mod output;
mod postgres;
mod progress;
mod project;
mod render;
mod report;
mod signal;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tokio::{runtime::Runtime, task};

use crate::{
    cli::{Cli, Command},
    signal::Interruption,
};

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to complain about.
    Clean,
    /// Something that fails the check.
    Findings,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader of `--help` that goes away, such as `head`, is no error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let color = color::on_stderr(cli.options.color);
    let result = run(&cli);
    if cli.options.peak_memory
        && let Some(peak) = command::bench::peak()
    {
        output::error(&format!("peak memory: {peak:.0} MiB\n"));
    }
    match result {
        Ok(Ended::Done(Outcome::Clean)) => ExitCode::SUCCESS,
        Ok(Ended::Done(Outcome::Findings)) => ExitCode::from(1),
        Ok(Ended::Early(by)) => ExitCode::from(by.exit_status()),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&failure::describe(&error, color));
            ExitCode::from(2)
        }
    }
}

/// How a run ended.
enum Ended {
    /// By itself.
    Done(Outcome),
    /// From outside; nothing of it is left.
    Early(Interruption),
}

/// Runs the command until it ends or the user interrupts it.
fn run(cli: &Cli) -> anyhow::Result<Ended> {
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let result = runtime.block_on(async {
        tokio::select! {
            biased;
            // Said before the command is dropped: that takes away what it started, and may take a moment.
            by = async {
                let by = signal::interrupted().await;
                output::error("interrupted: cleaning up\n");
                by
            } => Ok(Ended::Early(by)),
            result = dispatch(cli) => result.map(Ended::Done),
        }
    });
    if let Ok(Ended::Early(_)) = result {
        // A file that is being written is finished, and no other is begun.
        rehearsal::provider::clean_up();
        std::mem::forget(files::hold_writes());
    }
    runtime.shutdown_background();
    result
}

async fn dispatch(cli: &Cli) -> anyhow::Result<Outcome> {
    let options = &cli.options;
    match &cli.command {
        Command::Check(arguments) => command::check::run(options, arguments).await,
        Command::Report(arguments) => command::report::run(options, arguments).await,
        Command::Apply(arguments) => command::apply::run(options, arguments).await,
        Command::Snapshot(arguments) => command::snapshot::run(options, arguments).await,
        Command::Diff(arguments) => command::diff::run(options, arguments).await,
        Command::Schema => command::schema::run(options).await,
        Command::Doctor => command::doctor::run(options).await,
        Command::Bench(arguments) => command::bench::run(options, arguments).await,
        Command::Lint(arguments) => {
            // On a thread of its own, so that an interruption is seen at once.
            let (options, arguments) = (options.clone(), arguments.clone());
            task::spawn_blocking(move || command::lint::run(&options, &arguments))
                .await
                .context("the linter panicked")?
        }
        Command::Rules => command::rules::run(options),
        Command::Explain(arguments) => command::explain::run(options, arguments),
        Command::Config => command::config::run(),
        Command::Docs(arguments) => command::docs::run(arguments),
    }
}
