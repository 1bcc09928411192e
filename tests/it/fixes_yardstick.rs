//! Fixes of real migrations on a real Postgres: what they make applies and leaves the schema that the originals leave.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rehearsal::{Rehearsal, Server, apply, provider::Quiet, schema::text_diff};
use rehearsal_lints::{
    MigrationSet, Settings, SourceFile,
    fix::{self, Reach},
    layout::Layout,
    lint,
};

use crate::{fixes_proven::OTHER_SCHEMA, schema_support::server};

/// Which fixes are taken.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// The safe ones.
    Safe,
    /// All that promise the same schema.
    SameSchema,
    /// All of them.
    All,
}

type Files = BTreeMap<String, String>;

#[tokio::test]
async fn fixed_migrations_leave_the_same_schema() -> anyhow::Result<()> {
    let Some(yardstick) = yardstick() else {
        eprintln!("no yardstick at hand (REHEARSAL_YARDSTICK): real migrations not tested");
        return Ok(());
    };
    let server = server().await;
    let mut broken = Vec::new();
    let mut compared = 0;
    for (name, files) in sets(&yardstick) {
        let original = run(&server, &files).await?;
        if !original.complete {
            eprintln!("{name}: refused as it is: {}", refused(&original));
            continue;
        }
        compared += 1;
        for choice in [Choice::Safe, Choice::SameSchema, Choice::All] {
            let (fixed, taken) = fixed(&files, choice);
            let added = fixed.len() - files.len();
            let after = run(&server, &fixed).await?;
            let diff = text_diff(&original.schema, &after.schema);
            let changes = diff
                .lines()
                .filter(|line| line.starts_with(['+', '-']))
                .count();
            let outcome = if !after.complete {
                broken.push(format!("{name}, {choice:?}: {}", refused(&after)));
                "refused"
            } else if diff.is_empty() {
                "the same schema"
            } else {
                "another schema"
            };
            if after.complete && !diff.is_empty() && !matches!(choice, Choice::All) {
                broken.push(format!("{name}, {choice:?}:\n{diff}"));
            }
            eprintln!(
                "{name}, {choice:?}: {taken} fixes in {} files, {added} files added: {outcome} ({changes} lines)",
                files.len(),
            );
        }
    }
    server.stop().await?;
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(compared >= 5, "{compared} sets were compared");
    Ok(())
}

fn yardstick() -> Option<PathBuf> {
    let named = std::env::var_os("REHEARSAL_YARDSTICK").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/yardstick");
    named
        .or(Some(beside))
        .filter(|folder| folder.join("second_run.csv").is_file())
}

/// The sets that are named as sqlx names them, as far as Postgres took their files.
fn sets(yardstick: &Path) -> BTreeMap<String, Files> {
    let table = fs::read_to_string(yardstick.join("second_run.csv")).expect("read the table");
    let mut sets: BTreeMap<String, Files> = BTreeMap::new();
    for line in table.lines() {
        let fields: Vec<_> = line.split(',').collect();
        let [set, project, order, file, _, _, _, applied, ..] = fields.as_slice() else {
            continue;
        };
        if order.parse::<u32>().is_err() || *applied != "1" {
            continue;
        }
        let path = yardstick.join("migrations").join(project).join(file);
        let files = sets.entry((*set).to_owned()).or_default();
        for path in [down(&path), Some(path)].into_iter().flatten() {
            if let (Some(name), Ok(text)) = (path.file_name(), fs::read_to_string(&path)) {
                files.insert(format!("m/{}", name.to_string_lossy()), text);
            }
        }
    }
    sets.retain(|_, files| {
        // golang-migrate's names are sqlx's, and its files run as sqlx's do.
        let layout = Layout::detect("m", &sources(files));
        let named = matches!(layout, Ok(Some(Layout::Sqlx | Layout::GolangMigrate)));
        let set = Layout::Sqlx.read(sources(files));
        named && set.is_ok_and(|set| set.ignored.is_empty() && !set.is_empty())
    });
    sets
}

fn down(up: &Path) -> Option<PathBuf> {
    let name = up.file_name()?.to_str()?.strip_suffix(".up.sql")?;
    Some(up.with_file_name(format!("{name}.down.sql")))
}

fn sources(files: &Files) -> Vec<SourceFile> {
    files
        .iter()
        .map(|(path, text)| SourceFile::new(&**path, &**text))
        .collect()
}

fn set(files: &Files) -> MigrationSet {
    Layout::Sqlx
        .read(sources(files))
        .expect("it was a set before")
}

/// What is left when nothing more can be fixed, and how many fixes it took.
fn fixed(files: &Files, choice: Choice) -> (Files, usize) {
    let settings = Settings {
        postgres: 15,
        ..Settings::default()
    };
    let mut files = files.clone();
    let mut taken = 0;
    loop {
        let found = lint(&set(&files), &settings);
        let wanted = found.iter().filter(|finding| match choice {
            Choice::Safe => finding.fix.is_within(Reach::Safe),
            Choice::SameSchema => {
                finding.fix.is_within(Reach::All) && !OTHER_SCHEMA.contains(&finding.rule.name)
            }
            Choice::All => finding.fix.is_within(Reach::All),
        });
        let applied = fix::apply(wanted, |path| files.get(path).map(String::as_str));
        if applied.texts.is_empty() {
            return (files, taken);
        }
        taken += applied.settled.values().sum::<usize>();
        files.extend(applied.texts);
    }
}

async fn run(server: &Server, files: &Files) -> anyhow::Result<Rehearsal> {
    apply(server, &set(files), &Quiet).await
}

fn refused(rehearsal: &Rehearsal) -> String {
    let findings = rehearsal.findings.iter();
    let refused = findings.filter(|finding| finding.rule.name == "statement-refused");
    refused
        .map(|finding| format!("{}: {}", finding.path, finding.message))
        .collect::<Vec<_>>()
        .join("; ")
}
