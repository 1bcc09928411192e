//! `cargo xtask apply`: the migrations on a fresh database, and no more; and each statement observed over rows.

use rehearsal::{Rehearsal, RehearsalOptions, Server, apply, apply_traced};
use rehearsal_lints::MigrationSet;

use crate::{
    Outcome,
    cli::{ApplyArguments, Options},
    input::{self, Overlay},
    output, postgres,
    progress::Progress,
    project::Project,
    render,
    report::Report,
};

/// Applies the migrations as a deployment would.
///
/// # Errors
/// When there are no migrations, or no Postgres to apply them to.
pub(crate) async fn run(options: &Options, arguments: &ApplyArguments) -> anyhow::Result<Outcome> {
    let mut project = Project::open(options)?;
    let (report, _) = applied(options, &mut project, Observing::Statements).await?;
    output::write(&report, options, &arguments.outputs)?;
    output::print(&render::render(&report, options))?;
    Ok(report.outcome(options.deny_warnings))
}

/// What is looked at while migrations are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observing {
    /// The schema that they make.
    Schema,
    /// What each statement does to rows and locks, too.
    Statements,
}

/// Applies the migrations; gives the schema's SQL where all of them could be applied.
///
/// # Errors
/// When there are no migrations, or no Postgres to apply them to.
pub(crate) async fn applied(
    options: &Options,
    project: &mut Project,
    observing: Observing,
) -> anyhow::Result<(Report, Option<String>)> {
    let set = input::migrations(project, &Overlay::new())?;
    let progress = Progress::new(options);
    let server = postgres::start(project, &progress).await?;
    let rehearsal = match observing {
        Observing::Schema => apply(&server, &set, &progress).await?,
        Observing::Statements => {
            let options = RehearsalOptions {
                baseline: project.settings.baseline,
                rows: project.config.rehearsal.rows,
            };
            apply_traced(&server, &set, &options, &progress).await?
        }
    };
    let sql = rehearsal.complete.then(|| rehearsal.schema.to_sql());
    let report = report(&server, project, &set, rehearsal);
    server.stop().await?;
    drop(progress);
    Ok((report, sql))
}

/// The report on migrations that were applied and no more.
pub(crate) fn report(
    server: &Server,
    project: &Project,
    set: &MigrationSet,
    rehearsal: Rehearsal,
) -> Report {
    let mut report = postgres::report(server, set, &rehearsal);
    report.notes.extend(postgres::image_note(project));
    // What Postgres refuses fails here whatever a comment allows.
    report.add_all(set, &project.settings, rehearsal.findings);
    report
}
