//! The arguments: subcommands, and the options that all of them share.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  cargo xtask check                       the whole rehearsal of migrations/
  cargo xtask lint migrations/7_add.sql   only read one file
  cargo xtask explain drop-column         what a rule means, and what is safer

Exit status: 0 clean, 1 findings, 2 the tool could not work, 130 interrupted.";

/// A dress rehearsal for every Postgres migration.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Options of every subcommand.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Options {
    /// How findings are written
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) format: Format,
    /// Read this settings file instead of the rehearsal.toml of this folder or one above
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take the migrations from this folder
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) migrations: Option<PathBuf>,
    /// Where the ephemeral Postgres comes from
    #[arg(long, global = true, value_enum, value_name = "PROVIDER")]
    pub(crate) provider: Option<Provider>,
    /// The major version of Postgres, 13 to 18
    #[arg(long, global = true, value_name = "MAJOR", value_parser = crate::config::parse_major)]
    pub(crate) pg: Option<u16>,
    /// Pull no image and download nothing
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Judge only migrations after this version
    #[arg(long, global = true, value_name = "VERSION", value_parser = parse_version)]
    pub(crate) since: Option<i64>,
    /// Let warnings fail too
    #[arg(long, global = true)]
    pub(crate) deny_warnings: bool,
    /// When to use colors; NO_COLOR and CLICOLOR_FORCE count where this is auto
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    /// One line for each finding, nothing when all is clean
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: why a Postgres was passed over, what each act gave
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// At the end, print to standard error how much memory was taken at most
    #[arg(long, global = true, hide = true)]
    pub(crate) peak_memory: bool,
}

impl Options {
    /// The options that make another command read the same migrations.
    pub(crate) fn migrations_arguments(&self) -> Vec<String> {
        match &self.migrations {
            Some(folder) => vec!["--migrations".to_owned(), folder.display().to_string()],
            None => Vec::new(),
        }
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lint, apply twice on an ephemeral Postgres, compare the schema with the committed snapshot
    Check,
    /// Read migrations and report what is risky, without a Postgres
    Lint(LintArguments),
    /// Only apply the migrations, as sqlx does, to an ephemeral Postgres
    Apply,
    /// Compare the schema that the migrations make with the committed snapshot
    Snapshot(SnapshotArguments),
    /// Print the schema that the migrations make: SQL that loads into an empty database
    Schema,
    /// Try every way to a Postgres, and say what each found and needs
    Doctor,
    /// List every rule with its level
    Rules,
    /// Show a rule's page: what it means, why it matters, what is safer
    Explain(ExplainArguments),
    /// Print a rehearsal.toml that documents every setting
    Config,
    /// Write docs/rules.md anew, for those who change Rehearsal's rules
    Docs(DocsArguments),
    /// Measure speed, memory and agreement with real migrations, in a release build
    Bench,
}

/// The arguments of `lint`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask lint                        the configured migrations folder
  cargo xtask lint --diff | git apply     take the fixes that are certain
  git show HEAD:a.sql | cargo xtask lint -")]
pub(crate) struct LintArguments {
    /// Files and folders; `-` is standard input. A file of the migrations folder is judged as part of it
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Apply the fixes that are certain; with `-`, print the fixed text
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print the fixes as a patch and change nothing
    #[arg(long, conflicts_with = "fix")]
    pub(crate) diff: bool,
}

/// The arguments of `snapshot`.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArguments {
    /// Make it the committed snapshot
    #[arg(long)]
    pub(crate) accept: bool,
}

/// The arguments of `docs`.
#[derive(Debug, Args)]
pub(crate) struct DocsArguments {
    /// Change nothing; fail when the file is not what the rules make
    #[arg(long)]
    pub(crate) check: bool,
}

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The rule's name, as it stands in brackets behind `error` or `warning`
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: docs/report.schema.json describes it
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

/// Where an ephemeral Postgres comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// The first that works: container, local, download
    Auto,
    /// A container, by Docker or what speaks its protocol
    Container,
    /// PostgreSQL binaries of this machine
    Local,
    /// A downloaded PostgreSQL build
    Download,
    /// A running server that REHEARSAL_SERVER_URL or the PG* variables name
    Server,
}

fn parse_version(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| "a version is the number that a migration's file name begins with".to_owned())
}
