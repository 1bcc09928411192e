//! Real migrations: what Postgres accepts is understood, and nothing that a file holds stops the linter.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
};

use rehearsal_lints::{Migration, SourceFile, TransactionMode, action::Action};

/// The folder with other projects' migrations; none where it is not at hand.
fn yardstick() -> Option<PathBuf> {
    let root = env::var_os("REHEARSAL_YARDSTICK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/yardstick"),
        PathBuf::from,
    );
    if root.is_dir() {
        return Some(root);
    }
    eprintln!("skipped: no yardstick; set REHEARSAL_YARDSTICK to its folder");
    None
}

/// The way up of a file; goose keeps both ways in one.
fn up(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(match text.split_once("-- +goose Down") {
        Some((up, _)) => up.to_owned(),
        None => text,
    })
}

fn read(path: &str, text: String) -> Migration {
    Migration::new(1, "", SourceFile::new(path, text), TransactionMode::Wrapped)
}

/// The files that Postgres applied, from the column `applied` of `second_run.csv`.
fn applied(root: &Path) -> Vec<PathBuf> {
    let table = fs::read_to_string(root.join("second_run.csv")).expect("the table is there");
    let mut lines = table.lines();
    let head: HashMap<&str, usize> = lines
        .next()
        .expect("the table has a head")
        .split(',')
        .enumerate()
        .map(|(at, name)| (name, at))
        .collect();
    let files: Vec<PathBuf> = lines
        // The columns in question stand before the messages, which are quoted.
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|cells| cells.get(head["applied"]) == Some(&"1"))
        .map(|cells| {
            root.join("migrations")
                .join(cells[head["project"]])
                .join(cells[head["file"]])
        })
        .collect();
    files
}

#[test]
fn what_postgres_accepts_is_understood() {
    let Some(root) = yardstick() else { return };
    let files = applied(&root);
    let mut read_files = 0;
    let mut unknown = Vec::new();
    for path in &files {
        let Some(text) = up(path) else { continue };
        read_files += 1;
        let migration = read(&path.to_string_lossy(), text);
        for step in &migration.steps {
            if let Action::Unknown { message } = &step.action {
                let line = migration.up.position(step.span.start).line;
                unknown.push(format!("{}:{line}: {message}", migration.up.path));
            }
        }
    }
    eprintln!("{read_files} of {} files read", files.len());
    assert!(read_files * 10 > files.len() * 9, "most files are there");
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn no_piece_of_a_statement_stops_the_reader() {
    let Some(root) = yardstick() else { return };
    let mut statements = 0;
    for path in applied(&root).iter().step_by(7) {
        let Some(text) = up(path) else { continue };
        let whole = read(&path.to_string_lossy(), text);
        for statement in whole.statements.iter().take(3) {
            let text = whole.up.slice(statement.span);
            let text = &text[..text.floor_char_boundary(600)];
            statements += 1;
            for (end, _) in text.char_indices() {
                let piece = read("piece.sql", text[..end].to_owned());
                for step in &piece.steps {
                    assert!(step.span.end <= end, "{}", &text[..end]);
                }
            }
        }
    }
    assert!(statements > 200, "{statements} statements");
}
