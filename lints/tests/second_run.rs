//! The *rerun* rules against what Postgres did: files of public projects, each run twice in a row on Postgres 15.
//!
//! The material is not part of the project. It is read from the folder that `REHEARSAL_YARDSTICK` names, else from
//! `../shared/yardstick` beside the workspace; without it the test says so and passes.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use rehearsal_lints::{
    Group, Migration, MigrationSet, Settings, SourceFile, TransactionMode, lint::find,
};

/// One line of `second_run.csv`.
struct Row {
    set: String,
    path: PathBuf,
    file: String,
    order: i64,
    no_transaction: bool,
    second_run: String,
    outcome: String,
    rows_changed_again: bool,
}

fn yardstick() -> Option<PathBuf> {
    let folder = env::var_os("REHEARSAL_YARDSTICK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/yardstick"),
        PathBuf::from,
    );
    folder.join("second_run.csv").exists().then_some(folder)
}

/// Splits a line of comma-separated values; a quote in quotes is doubled.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("never empty").push(c),
        }
    }
    fields
}

/// Reads the table by the names of its columns.
fn rows(folder: &Path) -> Vec<Row> {
    let text = fs::read_to_string(folder.join("second_run.csv")).expect("the table is readable");
    // A message may have a line break in its quotes.
    let mut records: Vec<String> = Vec::new();
    for line in text.lines() {
        match records.last_mut() {
            Some(last) if last.matches('"').count() % 2 == 1 => {
                last.push('\n');
                last.push_str(line);
            }
            _ => records.push(line.to_owned()),
        }
    }
    let head = fields(&records[0]);
    let column = |name: &str| {
        head.iter()
            .position(|head| head == name)
            .unwrap_or_else(|| panic!("the table has no column {name}"))
    };
    records[1..]
        .iter()
        .map(|record| {
            let fields = fields(record);
            let get = |name: &str| fields[column(name)].clone();
            Row {
                path: folder
                    .join("migrations")
                    .join(get("project"))
                    .join(get("file")),
                set: get("set"),
                file: get("file"),
                order: get("order").parse().expect("order is a number"),
                no_transaction: get("no_transaction") == "1",
                outcome: format!("{} {}", get("second_sqlstate"), get("second_message")),
                rows_changed_again: get("rows_changed_again") != "0",
                second_run: get("second_run"),
            }
        })
        .collect()
}

/// The rules that say of each of the files that a second run fails or leaves something else than the first.
fn verdicts(rows: &[&Row]) -> Vec<Vec<&'static str>> {
    let migrations = rows
        .iter()
        .map(|row| {
            let mode = if row.no_transaction {
                TransactionMode::Unwrapped
            } else {
                TransactionMode::Wrapped
            };
            let bytes = fs::read(&row.path)
                .unwrap_or_else(|error| panic!("{} is not readable: {error}", row.path.display()));
            let text = String::from_utf8_lossy(&bytes);
            // goose keeps both ways in one file.
            let text = text.split("-- +goose Down").next().unwrap_or_default();
            Migration::new(row.order, "", SourceFile::new(&*row.file, text), mode)
        })
        .collect();
    let set = MigrationSet::new(migrations, Vec::new()).expect("the order has no duplicates");
    let settings = Settings {
        postgres: 15,
        ..Settings::default()
    };
    let findings = find(&set, &settings);
    rows.iter()
        .map(|row| {
            findings
                .iter()
                .filter(|finding| finding.path == row.file && finding.rule.group == Group::Rerun)
                .map(|finding| finding.rule.name)
                .filter(|name| *name != "invalid-index-adopted")
                .collect()
        })
        .collect()
}

#[test]
fn verdicts_agree_with_postgres() {
    let Some(folder) = yardstick() else {
        eprintln!("skipped: there is no yardstick; name its folder in REHEARSAL_YARDSTICK");
        return;
    };
    let rows = rows(&folder);
    let mut sets: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        sets.entry(&row.set).or_default().push(row);
    }
    let (mut right, mut missed, mut wrong, mut silent) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut log = String::new();
    for rows in sets.values_mut() {
        rows.sort_by_key(|row| row.order);
        for (row, rules) in rows.iter().zip(verdicts(rows)) {
            // Where even the first run failed there is nothing to compare with; and where rows were touched again,
            // the table does not say whether they are others than before.
            if row.second_run.is_empty() || row.rows_changed_again && row.second_run == "same" {
                continue;
            }
            let repeats = row.second_run == "same";
            match (repeats, rules.is_empty()) {
                (false, false) => right += 1,
                (true, true) => silent += 1,
                (false, true) => {
                    missed += 1;
                    log.push_str(&format!(
                        "missed {}/{}: {} {}\n",
                        row.set, row.file, row.second_run, row.outcome
                    ));
                }
                (true, false) => {
                    wrong += 1;
                    log.push_str(&format!("wrong {}/{}: {rules:?}\n", row.set, row.file));
                }
            }
        }
    }
    let precision = f64::from(right) / f64::from(right + wrong);
    let recall = f64::from(right) / f64::from(right + missed);
    let summary = format!(
        "right {right}, wrong {wrong}, missed {missed}, rightly silent {silent}: \
         precision {precision:.4}, recall {recall:.4}"
    );
    println!("{summary}\n{log}");
    assert!(precision >= 0.99 && recall >= 0.99, "{summary}\n{log}");
}
