//! Real migrations to measure with. They are no part of the project: where they are absent, what needs them is skipped.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
};

use rehearsal_lints::{MigrationSet, SourceFile, layout};

use crate::{files, output};

/// A real migration, and what two runs of it in a row gave on PostgreSQL 15: a line of `second_run.csv`.
pub(super) struct File {
    /// The project's folder below `migrations/`.
    pub(super) project: String,
    /// The path below `migrations/`.
    pub(super) path: String,
    /// It was applied in no transaction of the runner's, statement by statement.
    pub(super) no_transaction: bool,
    /// Whether Postgres accepted it.
    pub(super) applied: bool,
    /// `same`, `drift` (another schema) or `failed`; empty where the first run failed.
    pub(super) second_run: String,
    /// The SQLSTATE and the message of a second run that failed.
    pub(super) error: String,
    /// Whether the second run touched rows, be it to write what they were.
    pub(super) rows_changed_again: bool,
}

/// The folder that `REHEARSAL_YARDSTICK` names, or `../shared/yardstick` beside the workspace at `root`; says so where
/// there is none.
pub(super) fn find(root: &Path) -> Option<PathBuf> {
    let path = env::var_os("REHEARSAL_YARDSTICK")
        .map_or_else(|| root.join("../shared/yardstick"), PathBuf::from);
    if path.join("migrations").is_dir() {
        return Some(path);
    }
    output::error(&format!(
        "no yardstick at {}: what needs it is skipped; name it in REHEARSAL_YARDSTICK\n",
        path.display()
    ));
    None
}

/// [`find`], for a test of this crate; one that gets none is skipped, visibly.
#[cfg(test)]
pub(super) fn for_tests() -> Option<PathBuf> {
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
}

/// The files of `second_run.csv` by set, each set in its order.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn sets(yardstick: &Path) -> anyhow::Result<BTreeMap<String, Vec<File>>> {
    let mut sets: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for row in table(yardstick, "second_run.csv")? {
        sets.entry(row["set"].clone()).or_default().push(File {
            path: format!("{}/{}", row["project"], row["file"]),
            project: row["project"].clone(),
            no_transaction: row["no_transaction"] == "1",
            applied: row["applied"] == "1",
            second_run: row["second_run"].clone(),
            error: format!("{} {}", row["second_sqlstate"], row["second_message"]),
            rows_changed_again: row["rows_changed_again"] != "0",
        });
    }
    Ok(sets)
}

/// The folders of the projects that use sqlx.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn sqlx_projects(yardstick: &Path) -> anyhow::Result<BTreeSet<String>> {
    Ok(table(yardstick, "migrations/SOURCES.csv")?
        .into_iter()
        .filter(|row| row["layout"].starts_with("sqlx"))
        .map(|row| row["project"].replace('/', "__"))
        .collect())
}

/// The files as migrations in their order, which may lead through several folders.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn migrations<'a>(
    yardstick: &Path,
    files: impl IntoIterator<Item = &'a File>,
) -> anyhow::Result<MigrationSet> {
    let folder = yardstick.join("migrations");
    let sources = files
        .into_iter()
        .map(|file| {
            let text = files::read(&folder.join(&file.path), &file.path)?;
            Ok(SourceFile::new(&file.path, text))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(layout::plain::read(sources))
}

/// The rows of a CSV file of the yardstick, by column.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn table(yardstick: &Path, name: &str) -> anyhow::Result<Vec<BTreeMap<String, String>>> {
    let mut rows = rows(&files::read(&yardstick.join(name), name)?).into_iter();
    let columns = rows.next().unwrap_or_default();
    Ok(rows
        .map(|row| columns.iter().cloned().zip(row).collect())
        .collect())
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
