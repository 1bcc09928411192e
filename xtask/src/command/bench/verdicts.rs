//! Second runs of real migrations: does the rehearsal say what Postgres said?
//!
//! `second_run.csv` of the yardstick holds what a second run of each file gave on PostgreSQL 15. Here are the sets of
//! projects that use sqlx. Where Postgres refused a file, the yardstick went on without it; so does this.

use std::path::Path;

use anyhow::Context;
use rehearsal::{Rehearsal, RehearsalOptions, rehearse};

use crate::{
    cli::Options,
    command::bench::{
        self,
        yardstick::{self, File},
    },
    output,
    progress::Progress,
    project::Project,
    render::clean,
};

/// The major whose verdicts the yardstick holds.
pub(super) const MAJOR: u16 = 15;

/// Prints the agreement for each set, and each disagreement.
pub(super) async fn run(
    options: &Options,
    project: &Project,
    yardstick: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(yardstick) = yardstick else {
        return Ok(());
    };
    let progress = Progress::new(options);
    let Some(server) = bench::server("second runs", project, MAJOR, &progress).await? else {
        return Ok(());
    };
    output::print(&format!(
        "second runs on PostgreSQL {} ({}), against second_run.csv\n",
        server.version(),
        server.kind()
    ))?;
    let (mut agreed, mut compared) = (0, 0);
    let rows = RehearsalOptions {
        rows: 0, // The yardstick's databases were empty.
        ..RehearsalOptions::default()
    };
    let projects = yardstick::sqlx_projects(yardstick)?;
    for (set, mut files) in yardstick::sets(yardstick)? {
        files.retain(|file| projects.contains(&file.project));
        if files.is_empty() {
            continue;
        }
        let (applied, refused): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.applied);
        let migrations = yardstick::migrations(yardstick, &applied)?;
        let rehearsal = rehearse(&server, &migrations, &rows, &progress)
            .await
            .with_context(|| format!("cannot rehearse {set}"))?;
        let disagreements = compare(&applied, &rehearsal);
        let right = applied.len() - disagreements.len();
        agreed += right;
        compared += applied.len();
        output::print(&format!("  {set}: {right} of {} agree\n", applied.len()))?;
        for file in refused {
            output::print(&format!("    left out, refused there: {}\n", file.path))?;
        }
        for line in disagreements {
            output::print(&format!("    {}\n", clean(&line)))?;
        }
    }
    server.stop().await?;
    output::print(&format!("  all: {agreed} of {compared} agree\n"))
}

/// A line for each verdict that is not the yardstick's.
fn compare(files: &[File], rehearsal: &Rehearsal) -> Vec<String> {
    let mut lines = Vec::new();
    for file in files {
        let expected = match file.second_run.as_str() {
            "drift" => "changed-schema",
            other => other,
        };
        let found = rehearsal
            .acts
            .iter()
            .find(|act| act.act == "second-run" && act.migration == file.path)
            .map_or("not run".to_owned(), |act| act.result.to_string());
        // The yardstick compares schemas alone: rows that change again are the same to it.
        if found == expected || (found == "changed-data" && expected == "same") {
            continue;
        }
        let reason = rehearsal
            .findings
            .iter()
            .find(|finding| finding.path == file.path)
            .map_or("no finding", |finding| finding.message.as_str());
        lines.push(format!(
            "{}: {found} here, {expected} there: {}",
            file.path,
            reason.replace('\n', " ")
        ));
    }
    lines
}
