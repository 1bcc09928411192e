//! `cargo xtask apply`: only sqlx's migrator, on a fresh database.

use rehearsal::apply;

use crate::{
    Outcome,
    cli::Options,
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
pub(crate) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let project = Project::open(options)?;
    let (report, _) = applied(options, &project).await?;
    output::print(&render::render(&report, options))?;
    Ok(report.outcome(options.deny_warnings))
}

/// Applies the migrations; gives the schema's SQL where all of them could be applied.
///
/// # Errors
/// When there are no migrations, or no Postgres to apply them to.
pub(crate) async fn applied(
    options: &Options,
    project: &Project,
) -> anyhow::Result<(Report, Option<String>)> {
    let set = input::migrations(project, &Overlay::new())?;
    let progress = Progress::new(options);
    let server = postgres::start(project, &progress).await?;
    let rehearsal = apply(&server, &set, &progress).await?;
    let mut report = postgres::report(&server, &set, &rehearsal);
    server.stop().await?;
    drop(progress);
    let sql = rehearsal.complete.then(|| rehearsal.schema.to_sql());
    // What Postgres refuses fails here whatever a comment allows.
    report.add(&set, &project.settings, rehearsal.findings);
    Ok((report, sql))
}
