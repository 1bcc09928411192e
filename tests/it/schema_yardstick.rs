//! The round trip of real schemas: the migrations of public projects, where they are at hand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rehearsal::{
    database::Database,
    schema::{Schema, text_diff},
    server::Server,
};

use crate::{
    schema_majors::changes,
    schema_round_trip::{assert_same, compare_dumps},
    schema_support::{major, server, servers, try_run},
    support,
};

#[tokio::test]
async fn real_schemas_come_back() {
    let Some(yardstick) = yardstick() else {
        eprintln!("no yardstick at hand (REHEARSAL_YARDSTICK): real schemas not tested");
        return;
    };
    if Command::new("psql").arg("--version").output().is_err() {
        eprintln!("no psql at hand: real schemas not tested");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut majors = Vec::new();
    let servers = match support::every_major() {
        true => servers().await,
        false => vec![server().await],
    };
    for server in servers {
        let texts = come_back_on(&server, &yardstick, folder.path()).await;
        majors.push((major(&server), texts));
    }
    let mut differences = Vec::new();
    for pair in majors.windows(2) {
        let [(older, before), (newer, after)] = pair else {
            unreachable!("windows of two");
        };
        for (set, (refused, text)) in before {
            let (also_refused, new_text) = &after[set];
            // What one major refuses is no part of its schema.
            if refused != also_refused {
                continue;
            }
            let mut changes = changes(text, new_text);
            // Since 14, Postgres knows these from calls of the functions that they are.
            let syntax = ["date_part(", "EXTRACT(", "timezone(", " AT TIME ZONE "];
            changes.retain(|line| *older > 13 || !syntax.iter().any(|part| line.contains(part)));
            if !changes.is_empty() {
                let changes = changes.join("\n");
                differences.push(format!("{set} from {older} to {newer}:\n{changes}"));
            }
        }
    }
    assert_eq!(differences.join("\n"), "");
}

/// Returns how many statements of each set were refused, and its schema.
async fn come_back_on(
    server: &Server,
    yardstick: &Path,
    folder: &Path,
) -> BTreeMap<String, (usize, String)> {
    let major = major(server);
    let mut texts = BTreeMap::new();
    for (set, files) in sets(yardstick) {
        let original = server
            .create_database("original")
            .await
            .expect("a database");
        let refused = apply(&original, &files, folder);
        let mut connection = original.connect().await.expect("connect");
        let before = Schema::read(&mut connection)
            .await
            .expect("read the original");
        let sql = before.to_sql();
        eprintln!(
            "{set} on {major}: {} files, {refused} statements refused, {} objects, {} lines",
            files.len(),
            before.objects.len(),
            sql.lines().count()
        );

        let copy = server.create_database("copy").await.expect("a database");
        let mut connection = copy.connect().await.expect("connect");
        let loaded = try_run(&mut connection, &sql).await;
        loaded.unwrap_or_else(|error| panic!("load the SQL of {set}: {error}"));
        let after = Schema::read(&mut connection).await.expect("read the copy");
        assert_eq!(text_diff(&before, &after), "", "{set} on {major}");
        assert_same(&before, &after, major);
        compare_dumps(major, &original, &copy);
        original.drop().await.expect("drop");
        copy.drop().await.expect("drop");
        texts.insert(set, (refused, sql));
    }
    texts
}

fn yardstick() -> Option<PathBuf> {
    let named = std::env::var_os("REHEARSAL_YARDSTICK").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/yardstick");
    named
        .or(Some(beside))
        .filter(|folder| folder.join("second_run.csv").is_file())
}

/// The files of each set in order, as the table of second runs has them.
fn sets(yardstick: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let table = fs::read_to_string(yardstick.join("second_run.csv")).expect("read the table");
    let mut sets: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for line in table.lines() {
        // Messages go on over several lines: what has no number third is none of the rows.
        let fields: Vec<_> = line.split(',').collect();
        let [set, project, order, file, ..] = fields.as_slice() else {
            continue;
        };
        if order.parse::<u32>().is_ok() {
            let path = yardstick.join("migrations").join(project).join(file);
            sets.entry((*set).to_owned()).or_default().push(path);
        }
    }
    sets
}

/// Applies the files with psql, and counts the statements that Postgres refuses: some need an
/// extension or a role that is not there. What was applied is a real schema all the same.
fn apply(database: &Database, files: &[PathBuf], folder: &Path) -> usize {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", database.url().as_str()]);
    for (number, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).expect("read a migration");
        // The layouts that keep the way down in the same file.
        let up = text.split("-- +goose Down").next().unwrap_or_default();
        let copy = folder.join(format!("{number}.sql"));
        fs::write(&copy, up).expect("write a migration");
        command.args(["-c", "RESET ALL"]).arg("-f").arg(copy);
    }
    let output = command.output().expect("run psql");
    String::from_utf8_lossy(&output.stderr)
        .matches("ERROR: ")
        .count()
}
