//! Second runs of real migrations: does the rehearsal say what Postgres said?
//!
//! `second_run.csv` of the yardstick holds what a second run of each file gave on PostgreSQL 15. Here are the sets that
//! lie in sqlx's layout.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context;
use rehearsal::{ProviderSettings, Rehearsal, RehearsalOptions, Server, rehearse};

use crate::{
    cli::Options,
    files, input, output,
    progress::Progress,
    project::{Location, Project},
    render::clean,
};

/// What the yardstick says of one file.
struct Truth {
    folder: String,
    file: String,
    applied: bool,
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
        let folder = Location {
            path: yardstick.join("migrations").join(&truths[0].folder),
            name: truths[0].folder.clone(),
        };
        let migrations = input::read_set(&folder, &input::Overlay::new())?;
        let rows = RehearsalOptions {
            rows: 0, // The yardstick's databases were empty.
            ..RehearsalOptions::default()
        };
        let rehearsal = rehearse(&server, &migrations, &rows, &progress)
            .await
            .with_context(|| format!("cannot rehearse {set}"))?;
        let (right, lines) = compare(&truths, &rehearsal);
        agreed += right;
        compared += truths.len();
        output::print(&format!("  {set}: {right} of {} agree\n", truths.len()))?;
        for line in lines {
            output::print(&format!("    {}\n", clean(&line)))?;
        }
    }
    server.stop().await?;
    output::print(&format!("  all: {agreed} of {compared} agree\n"))
}

/// How many verdicts agree, and a line for each that does not.
fn compare(truths: &[Truth], rehearsal: &Rehearsal) -> (usize, Vec<String>) {
    let mut agreed = 0;
    let mut lines = Vec::new();
    for truth in truths {
        let path = format!("{}/{}", truth.folder, truth.file);
        let result = |name: &str| {
            rehearsal
                .acts
                .iter()
                .find(|act| act.act == name && act.migration == path)
                .map_or("not run".to_owned(), |act| act.result.to_string())
        };
        let expected = match (truth.applied, truth.second_run.as_str()) {
            (false, _) => "not applied",
            (true, "drift") => "changed-schema",
            (true, other) => other,
        };
        let found = match (result("apply").as_str(), result("second-run").as_str()) {
            ("applied", second) => second.to_owned(),
            _ => "not applied".to_owned(),
        };
        // The yardstick compares schemas alone: rows that change again are the same to it.
        let same = found == expected || (found == "changed-data" && expected == "same");
        if same {
            agreed += 1;
            continue;
        }
        let reason = rehearsal
            .findings
            .iter()
            .find(|finding| finding.path == path)
            .map_or("no finding", |finding| finding.message.as_str());
        lines.push(format!(
            "{}: {found} here, {expected} there: {}",
            truth.file,
            reason.replace('\n', " ")
        ));
    }
    (agreed, lines)
}

/// The sets in sqlx's layout, by name.
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
        let path = format!("{}/{}", row["project"], row["file"]);
        let (folder, file) = path.rsplit_once('/').unwrap_or_default();
        sets.entry(row["set"].clone()).or_default().push(Truth {
            folder: folder.to_owned(),
            file: file.to_owned(),
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
