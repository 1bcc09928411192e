//! `cargo xtask check`: lint, rehearsal and schema snapshot in one report.

use rehearsal::{RehearsalOptions, rehearse, verdict};
use rehearsal_lints::{
    Finding, MigrationSet, Settings, Span, lint,
    rules::observed::SNAPSHOT_STALE,
    suppression::{self, Decided},
};

use crate::{
    Outcome,
    cli::Options,
    files,
    input::{self, Overlay},
    output, postgres,
    progress::Progress,
    project::Project,
    render,
    report::Report,
};

/// Lints the migrations, rehearses them, and compares their schema with the committed one.
///
/// # Errors
/// When there are no migrations, or no Postgres to rehearse on.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let project = Project::open(options)?;
    let set = input::migrations(&project, &Overlay::new())?;
    let report = report(options, &project, &set).await?;
    output::print(&render::render(&report, options))?;
    Ok(report.outcome(options.deny_warnings))
}

async fn report(
    options: &Options,
    project: &Project,
    set: &MigrationSet,
) -> anyhow::Result<Report> {
    let settings = &project.settings;
    let progress = Progress::new(options);
    let server = postgres::start(project, &progress).await?;
    let rehearsal_options = RehearsalOptions {
        baseline: settings.baseline,
        rows: project.config.rehearsal.rows,
    };
    let rehearsal = rehearse(&server, set, &rehearsal_options, &progress).await?;

    let mut report = postgres::report(&server, set, &rehearsal);
    report.arguments = options.migrations_arguments();
    let judged = verdict::judge(set, settings, lint::find(set, settings), &rehearsal);
    report.confirmed = judged.confirmed;
    report.withdrawn = judged.withdrawn;
    let mut findings = judged.findings;
    findings.extend(rehearsal.findings);
    if rehearsal.complete {
        let sql = rehearsal.schema.to_sql();
        findings.extend(compare(
            project,
            server.version().major(),
            &sql,
            &mut report,
        )?);
    }
    server.stop().await?;
    drop(progress);
    finish(&mut report, set, settings, findings, Decided::ByRunning);
    Ok(report)
}

/// Takes findings into the report: at the project's levels, without those that comments allow.
pub(crate) fn finish(
    report: &mut Report,
    set: &MigrationSet,
    settings: &Settings,
    mut findings: Vec<Finding>,
    decided: Decided,
) {
    for finding in &mut findings {
        finding.level = settings.level(finding.rule);
    }
    findings.retain(|finding| finding.level != rehearsal_lints::Level::Off);
    let left = suppression::apply(set, settings, findings, decided);
    report.allowed += left.allowed;
    report.add(set, settings, left.findings);
}

/// Compares the schema with the committed snapshot; what differs waits beside it for review.
fn compare(
    project: &Project,
    major: u16,
    sql: &str,
    report: &mut Report,
) -> anyhow::Result<Option<Finding>> {
    let snapshot = &project.snapshot;
    if !project.has_configured_migrations() {
        report.notes.push(format!(
            "not compared with {}: that is the schema of {}",
            snapshot.name, project.config.migrations
        ));
        return Ok(None);
    }
    let committed = rehearsal::snapshot::read(&snapshot.path)?;
    let _writing = files::hold_writes();
    if committed
        .as_ref()
        .is_some_and(|committed| committed.matches(sql))
    {
        rehearsal::snapshot::discard_new(&snapshot.path)?;
        return Ok(None);
    }
    let configured = project.config.postgres.major;
    if major != configured && committed.is_some() {
        report.notes.push(format!(
            "{} is of PostgreSQL {configured}, and {major} spells the schema in another way: not compared",
            snapshot.name
        ));
        return Ok(None);
    }
    rehearsal::snapshot::write_new(&snapshot.path, sql)?;
    let message = match &committed {
        Some(committed) => {
            report.schema_diff = committed.diff(sql);
            "the committed schema is not what the migrations make"
        }
        None => "there is no committed schema that reviewers could read",
    };
    let help = match &committed {
        Some(_) => "read the difference below, then accept it: `cargo xtask snapshot --accept`",
        None => "make it and commit it: `cargo xtask snapshot --accept`",
    };
    Ok(Some(
        Finding::new(&SNAPSHOT_STALE, Span::default(), message)
            .help(help)
            .observed(&snapshot.name),
    ))
}
