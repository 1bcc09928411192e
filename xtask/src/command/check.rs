//! `cargo xtask check`: lint, rehearsal and schema snapshot in one report.

use rehearsal::{RehearsalOptions, rehearse, schema::Schema, verdict};
use rehearsal_lints::{
    Finding, Foretold, Level, MigrationSet, Settings, Span, lint,
    rules::observed::SNAPSHOT_STALE,
    suppression::{self, Decided},
};

use crate::{
    Outcome,
    base::{self, Base},
    cli::{CheckArguments, Options},
    command::diff,
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
pub(crate) async fn run(options: &Options, arguments: &CheckArguments) -> anyhow::Result<Outcome> {
    let (report, _) = checked(options, arguments.base.as_deref()).await?;
    output::write(&report, options, &arguments.outputs)?;
    output::print(&render::render(&report, options))?;
    Ok(report.outcome(options.deny_warnings))
}

/// The report on the project's migrations, and the schema that they make. An empty base is the usual one.
///
/// # Errors
/// When there are no migrations, no Postgres to rehearse on, or no such base.
pub(crate) async fn checked(
    options: &Options,
    revision: Option<&str>,
) -> anyhow::Result<(Report, Schema)> {
    let mut project = Project::open(options)?;
    let set = input::migrations(&mut project, &Overlay::new())?;
    let mut base = None;
    if let Some(revision) = revision {
        let revision = Some(revision.to_owned()).filter(|revision| !revision.is_empty());
        let found;
        (project, found) = base::find(project, revision).await?;
        let baseline = &mut project.settings.baseline;
        *baseline = (*baseline).max(found.baseline(&set));
        base = Some(found);
    }
    report(options, &project, &set, base).await
}

async fn report(
    options: &Options,
    project: &Project,
    set: &MigrationSet,
    base: Option<Base>,
) -> anyhow::Result<(Report, Schema)> {
    let settings = &project.settings;
    let progress = Progress::new(options);
    let server = postgres::start(project, &progress).await?;
    let rehearsal_options = RehearsalOptions {
        baseline: settings.baseline,
        rows: project.config.rehearsal.rows,
    };
    let rehearsal = rehearse(&server, set, &rehearsal_options, &progress).await?;
    // Where versions differ, what is read in the text is about the Postgres that ran it.
    let settings = &Settings {
        postgres: server.version().major(),
        ..settings.clone()
    };

    let mut report = postgres::report(&server, set, &rehearsal);
    report.notes.extend(postgres::image_note(project));
    report.arguments = options.migrations_arguments();
    let judged = verdict::judge(set, settings, lint::find(set, settings), &rehearsal);
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
    match base {
        Some(base) if rehearsal.complete => {
            let after = rehearsal.schema.clone();
            report.change = Some(diff::compare(&server, set, after, base, &progress).await?);
        }
        Some(base) => report.notes.push(format!(
            "the schema is not compared with {}: the migrations do not apply",
            base.name
        )),
        None => {}
    }
    server.stop().await?;
    drop(progress);
    finish(&mut report, set, settings, findings);
    Ok((report, rehearsal.schema))
}

/// Takes findings into the report: at the project's levels, without those that comments allow.
fn finish(
    report: &mut Report,
    set: &MigrationSet,
    settings: &Settings,
    mut findings: Vec<Finding>,
) {
    findings.retain(|finding| settings.level(finding.rule) != Level::Off);
    // What is off although its rule is on was withdrawn.
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.level != Level::Off)
    {
        finding.level = settings.level(finding.rule);
    }
    let left = suppression::apply(set, settings, findings, Decided::ByRunning);
    let count = |foretold| {
        let findings = left.findings.iter();
        findings
            .filter(|finding| finding.foretold == Some(foretold))
            .count()
    };
    report.confirmed = count(Foretold::Confirmed);
    report.unseen = count(Foretold::Unseen);
    report.add(set, settings, left);
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
