//! The arguments: subcommands, and the options that all of them share.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use rehearsal_lints::layout::Layout;

use crate::command::bench::Part;

const EXAMPLES: &str = "\
Examples:
  cargo xtask check                       the whole rehearsal of migrations/
  cargo xtask lint migrations/7_add.sql   only read one file
  cargo xtask explain drop-column         what a rule means, and what is safer

Exit status: 0 clean, 1 findings, 2 the tool could not work, 130 interrupted, 143 terminated.";

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
    /// Whose migrations these are [default: what their names and texts tell]
    #[arg(long, global = true, value_name = "RUNNER", value_parser = crate::config::layouts())]
    pub(crate) layout: Option<Layout>,
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
    pub(crate) since: Option<String>,
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
        let folder = self.migrations.iter();
        let folder =
            folder.flat_map(|folder| ["--migrations".to_owned(), folder.display().to_string()]);
        let layout = self.layout.iter();
        let layout = layout.flat_map(|layout| ["--layout".to_owned(), layout.name().to_owned()]);
        folder.chain(layout).collect()
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lint, apply twice on an ephemeral Postgres, compare the schema with the committed snapshot
    Check(CheckArguments),
    /// Read migrations and report what is risky, without a Postgres
    Lint(LintArguments),
    /// Check, and write what was found to a page for a browser
    Report(ReportArguments),
    /// Only apply the migrations, as their runner does, to an ephemeral Postgres
    Apply(ApplyArguments),
    /// Compare the schema that the migrations make with the committed snapshot
    Snapshot(SnapshotArguments),
    /// Compare the schema of the working tree with that of a commit, and say what breaks the running application
    Diff(DiffArguments),
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
    /// Measure speed, memory and agreement with real migrations
    Bench(BenchArguments),
}

/// Files that the report is written to besides, all from one run.
#[derive(Clone, Debug, Args)]
pub(crate) struct Outputs {
    /// Write the report to a file, too, in that format; may be given several times
    #[arg(short, long = "output", value_name = "FORMAT=FILE", value_parser = parse_output)]
    pub(crate) outputs: Vec<Output>,
}

/// A report in a file.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// How it is written.
    pub(crate) format: Format,
    /// Where.
    pub(crate) path: PathBuf,
}

/// The arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask check --since 20260901000000           only what came after that version
  cargo xtask check -o sarif=a.sarif -o junit=a.xml  one run, several reports")]
pub(crate) struct CheckArguments {
    /// Judge only migrations that this revision lacks, and say what they change in the schema since then [default: the
    /// merge base with the branch that changes go to]
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "")]
    pub(crate) base: Option<String>,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// The arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// The arguments of `lint`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask lint                        the configured migrations folder
  cargo xtask lint --diff | git apply     take the safe fixes
  cargo xtask lint --fix --unsafe-fixes   also those that deserve a look: new types, new migrations
  git show HEAD:a.sql | cargo xtask lint -")]
pub(crate) struct LintArguments {
    /// Files and folders; `-` is standard input. A file of the migrations folder is judged as part of it
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Apply the safe fixes, which leave the schema as it was; with `-`, print the fixed text
    #[arg(long, group = "fixing")]
    pub(crate) fix: bool,
    /// Print the fixes as a patch and change nothing
    #[arg(long, group = "fixing", conflicts_with = "outputs")]
    pub(crate) diff: bool,
    /// With --fix or --diff: also the fixes that change what a migration does, or add migrations
    #[arg(long, requires = "fixing")]
    pub(crate) unsafe_fixes: bool,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// The arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The page: one file that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: PathBuf,
    /// As for `check`; what is new since then is marked
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "")]
    pub(crate) base: Option<String>,
}

/// The arguments of `snapshot`.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArguments {
    /// Make it the committed snapshot
    #[arg(long)]
    pub(crate) accept: bool,
}

/// The arguments of `diff`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask diff                        since the merge base with the default branch
  cargo xtask diff --base v1.4.0          since a tag
  cargo xtask diff --deny breaking        exit 1 where a change is breaking

Exit status: 0 whatever differs, unless --deny says otherwise; 1 what is denied, or a migration that does not apply;
2 the tool could not work.")]
pub(crate) struct DiffArguments {
    /// Compare with this revision: a branch, a tag, a hash [default: the merge base with the branch that changes go to]
    #[arg(long, value_name = "REV")]
    pub(crate) base: Option<String>,
    /// Fail where a change is of this class or a worse one
    #[arg(long, value_enum, value_name = "CLASS")]
    pub(crate) deny: Option<Deny>,
}

/// Which changes fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// What worked fails, or data is lost
    Breaking,
    /// Also what somebody should look at
    NeedsCare,
}

/// The arguments of `docs`.
#[derive(Debug, Args)]
pub(crate) struct DocsArguments {
    /// Change nothing; fail when the file is not what the rules make
    #[arg(long)]
    pub(crate) check: bool,
}

/// The arguments of `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// What to measure; everything by default. Parts that measure time need a release build, which is made first
    #[arg(value_name = "PART", value_enum)]
    pub(crate) parts: Vec<Part>,
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
    /// For a comment on a pull request
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML: a suite for each migration
    Junit,
    /// GitLab's code quality report
    Gitlab,
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

fn parse_output(text: &str) -> Result<Output, String> {
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("write the format and the file, such as `sarif=rehearsal.sarif`")?;
    Ok(Output {
        format: Format::from_str(format, true)?,
        path: path.into(),
    })
}

fn parse_version(text: &str) -> Result<String, String> {
    match text.starts_with(|c: char| c.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("a version is the number that a migration's file name begins with".to_owned()),
    }
}
