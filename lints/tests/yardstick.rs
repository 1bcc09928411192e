//! Real migrations: every statement is understood.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use rehearsal_lints::{Migration, SourceFile, TransactionMode, action::Action};

fn yardstick() -> Option<PathBuf> {
    let root = env::var_os("REHEARSAL_YARDSTICK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/yardstick"),
        PathBuf::from,
    );
    root.is_dir().then_some(root)
}

fn sql_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the entry can be read").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sql_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
}

#[test]
fn every_statement_is_understood() {
    let Some(root) = yardstick() else {
        eprintln!("skipped: no yardstick; set REHEARSAL_YARDSTICK to its folder");
        return;
    };
    let mut files = Vec::new();
    sql_files(&root.join("migrations"), &mut files);
    let mut unknown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut total = 0;
    let start = std::time::Instant::now();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let source = SourceFile::new(path.display().to_string(), text);
        let migration = Migration::new(1, "", source, TransactionMode::Wrapped);
        for step in &migration.steps {
            total += 1;
            if let Action::Unknown { message } = &step.action {
                let text = migration.up.slice(step.span);
                let words: Vec<&str> = text.split_whitespace().take(2).collect();
                let text: String = text.chars().take(300).collect();
                unknown
                    .entry(words.join(" ").to_lowercase())
                    .or_default()
                    .push(format!("{message}\n      {}: {text}", migration.up.path));
            }
        }
    }
    for (words, all) in &unknown {
        println!("{words}: {}", all.len());
        for one in all.iter().take(3) {
            println!("   {one}");
        }
    }
    println!("{total} {:?}", start.elapsed());
}
