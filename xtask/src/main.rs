//! `cargo xtask`: the command line of Rehearsal.
//!
//! Only this file exits: 0 when all is clean, 1 when something was found, 2 when the tool could not work, 130 when it
//! was interrupted.

mod cli;
mod color;
mod command;
mod config;
mod failure;
mod files;
mod fix;
mod input;
mod judge;
mod output;
mod project;
mod render;
mod report;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

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
    match run(&cli) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&failure::describe(
                &error,
                color::on_stderr(cli.options.color),
            ));
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let options = &cli.options;
    match &cli.command {
        Command::Lint(arguments) => command::lint::run(options, arguments),
        Command::Rules => command::rules::run(options),
        Command::Explain(arguments) => command::explain::run(options, arguments),
        Command::Config => command::config::run(),
    }
}
