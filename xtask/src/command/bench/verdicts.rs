//! Second runs of real migrations: does the rehearsal say what Postgres said?
//!
//! `second_run.csv` of the yardstick holds what a second run of each file gave on PostgreSQL 15. Here are the sets of
//! projects that use sqlx. Where Postgres refused a file, the yardstick went on without it; so does this.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context;
use rehearsal::{ProviderSettings, Rehearsal, RehearsalOptions, Server, rehearse};
use rehearsal_lints::{SourceFile, layout};

use crate::{cli::Options, files, output, progress::Progress, project::Project, render::clean};

/// What the yardstick says of one file.
struct Truth {
    /// Its path below `migrations/`.
    path: String,
    /// Whether a first run succeeded.
    applied: bool,
    /// `same`, `drift` or `failed`.
    second_run: String,
}

/// Prints the agreement for each set, and each disagreement.
pub(super) async fn run(
    options: &Options,
    project: &Project,
    yardstick: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(yardstick) = yardstick else {
        return Ok(());
    };
    let settings = ProviderSettings {
        major: 15,
        ..project.provider.clone()
    };
    let progress = Progress::new(options);
    let server = match Server::start(&settings, &progress).await {
        Ok(server) => server,
        Err(error) => {
            return output::print(&format!(
                "second runs: skipped, {}\n",
                clean(&format!("{error:#}"))
            ));
        }
    };
    output::print(&format!(
        "second runs on PostgreSQL {} ({}), against second_run.csv\n",
        server.version(),
        server.kind()
    ))?;
    let (mut agreed, mut compared) = (0, 0);
    for (set, truths) in truths(yardstick)? {
        let (applied, refused): (Vec<_>, Vec<_>) =
            truths.into_iter().partition(|truth| truth.applied);
        let rehearsal = second_runs(&server, yardstick, &applied, &progress)
            .await
            .with_context(|| format!("cannot rehearse {set}"))?;
        let disagreements = compare(&applied, &rehearsal);
        let right = applied.len() - disagreements.len();
        agreed += right;
        compared += applied.len();
        output::print(&format!("  {set}: {right} of {} agree\n", applied.len()))?;
        for truth in refused {
            output::print(&format!("    left out, refused there: {}\n", truth.path))?;
        }
        for line in disagreements {
            output::print(&format!("    {}\n", clean(&line)))?;
        }
    }
    server.stop().await?;
    output::print(&format!("  all: {agreed} of {compared} agree\n"))
}

/// Runs the files in the yardstick's order, which may lead through several folders.
async fn second_runs(
    server: &Server,
    yardstick: &Path,
    truths: &[Truth],
    progress: &Progress,
) -> anyhow::Result<Rehearsal> {
    let folder = yardstick.join("migrations");
    let sources = truths
        .iter()
        .map(|truth| {
            let text = files::read(&folder.join(&truth.path), &truth.path)?;
            Ok(SourceFile::new(&truth.path, text))
        })
        .collect::<anyhow::Result<_>>()?;
    let options = RehearsalOptions {
        rows: 0, // The yardstick's databases were empty.
        ..RehearsalOptions::default()
    };
    rehearse(server, &layout::plain::read(sources), &options, progress).await
}

/// A line for each verdict that is not the yardstick's.
fn compare(truths: &[Truth], rehearsal: &Rehearsal) -> Vec<String> {
    let mut lines = Vec::new();
    for truth in truths {
        let expected = match truth.second_run.as_str() {
            "drift" => "changed-schema",
            other => other,
        };
        let found = rehearsal
            .acts
            .iter()
            .find(|act| act.act == "second-run" && act.migration == truth.path)
            .map_or("not run".to_owned(), |act| act.result.to_string());
        // The yardstick compares schemas alone: rows that change again are the same to it.
        if found == expected || (found == "changed-data" && expected == "same") {
            continue;
        }
        let reason = rehearsal
            .findings
            .iter()
            .find(|finding| finding.path == truth.path)
            .map_or("no finding", |finding| finding.message.as_str());
        lines.push(format!(
            "{}: {found} here, {expected} there: {}",
            truth.path,
            reason.replace('\n', " ")
        ));
    }
    lines
}

/// The sets of projects that use sqlx, by name, each in its order.
fn truths(yardstick: &Path) -> anyhow::Result<BTreeMap<String, Vec<Truth>>> {
    let read = |name: &str| -> anyhow::Result<Vec<BTreeMap<String, String>>> {
        Ok(table(&files::read(&yardstick.join(name), name)?))
    };
    let sqlx: BTreeSet<String> = read("migrations/SOURCES.csv")?
        .into_iter()
        .filter(|row| row["layout"].starts_with("sqlx"))
        .map(|row| row["project"].replace('/', "__"))
        .collect();
    let mut sets: BTreeMap<String, Vec<Truth>> = BTreeMap::new();
    for row in read("second_run.csv")? {
        if !sqlx.contains(&row["project"]) {
            continue;
        }
        sets.entry(row["set"].clone()).or_default().push(Truth {
            path: format!("{}/{}", row["project"], row["file"]),
            applied: row["applied"] == "1",
            second_run: row["second_run"].clone(),
        });
    }
    Ok(sets)
}

/// The rows of a CSV text by column.
fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut rows = rows(text).into_iter();
    let columns = rows.next().unwrap_or_default();
    rows.map(|row| columns.iter().cloned().zip(row).collect())
        .collect()
}

/// Splits a CSV text: values in quotes may hold commas, line breaks and doubled quotes.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let value = row
            .last_mut()
            .expect("a row has a value from its beginning");
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(std::mem::replace(&mut row, vec![String::new()])),
            '\r' if !quoted => {}
            _ => value.push(c),
        }
    }
    if row.len() > 1 {
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_hold_anything() {
        assert_eq!(
            rows("a,b\r\n\"x, \"\"y\"\"\n\",2\n"),
            [["a", "b"], ["x, \"y\"\n", "2"]]
        );
    }
}
