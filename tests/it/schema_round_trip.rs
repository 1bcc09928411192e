//! Schema, to SQL, to an empty database, to the same schema.

use std::{path::Path, process::Command};

use rehearsal::{
    database::Database,
    schema::{Schema, text_diff},
};

use crate::schema_support::{for_major, major, run, servers};

#[tokio::test]
async fn every_kind_comes_back() {
    for server in servers().await {
        let major = major(&server);
        let original = server
            .create_database("original")
            .await
            .expect("a database");
        let mut connection = original.connect().await.expect("connect");
        let fixture = for_major(include_str!("fixtures/every_kind.sql"), major);
        run(&mut connection, "apply the fixture", &fixture).await;
        let before = Schema::read(&mut connection)
            .await
            .expect("read the original");
        assert!(
            !before.to_sql().contains("migrations"),
            "migrators' ledgers are left out"
        );

        let copy = server.create_database("copy").await.expect("a database");
        let mut connection = copy.connect().await.expect("connect");
        run(&mut connection, "load the SQL", &before.to_sql()).await;
        let after = Schema::read(&mut connection).await.expect("read the copy");
        assert_eq!(text_diff(&before, &after), "", "on {major}");
        assert_same(&before, &after, major);
        compare_dumps(major, &original, &copy);
    }
}

#[tokio::test]
async fn new_database_is_empty() {
    for server in servers().await {
        let database = server.create_database("new").await.expect("a database");
        let mut connection = database.connect().await.expect("connect");
        let schema = Schema::read(&mut connection).await.expect("read");
        assert_eq!(schema.to_sql(), "", "on {}", server.version());
        assert!(schema.is_empty());

        run(&mut connection, "drop", "DROP SCHEMA public").await;
        let without_public = Schema::read(&mut connection).await.expect("read");
        assert_eq!(without_public.to_sql(), "DROP SCHEMA public;\n");
        run(
            &mut connection,
            "create",
            "CREATE SCHEMA public; CREATE TABLE public.t (a int)",
        )
        .await;
        let sql = Schema::read(&mut connection).await.expect("read").to_sql();
        let copy = server.create_database("copy").await.expect("a database");
        let mut connection = copy.connect().await.expect("connect");
        run(&mut connection, "load the SQL", &sql).await;
        assert_eq!(
            Schema::read(&mut connection).await.expect("read").to_sql(),
            sql
        );
    }
}

/// Fails with what differs in the model, also where the SQL is the same.
#[track_caller]
pub(crate) fn assert_same(before: &Schema, after: &Schema, major: u32) {
    if before != after {
        let (before, after) = (format!("{before:#?}"), format!("{after:#?}"));
        let diff = similar::TextDiff::from_lines(&before, &after);
        panic!("on {major}:\n{}", diff.unified_diff().context_radius(8));
    }
}

/// Lets `pg_dump` say whether two databases are the same, where one of the server's major or later
/// is installed or lies in an image.
pub(crate) fn compare_dumps(major: u32, original: &Database, copy: &Database) {
    let Some(program) = pg_dump(major) else {
        eprintln!("no pg_dump for Postgres {major} at hand: dumps not compared");
        return;
    };
    let (ours, theirs) = (dump(&program, original), dump(&program, copy));
    let diff = similar::TextDiff::from_lines(&ours, &theirs);
    assert!(
        ours == theirs,
        "on {major}:\n{}",
        diff.unified_diff().context_radius(3)
    );
}

/// The words that start `pg_dump`.
fn pg_dump(major: u32) -> Option<Vec<String>> {
    let mut installed =
        (major..=99).map(|major| format!("/usr/lib/postgresql/{major}/bin/pg_dump"));
    if let Some(program) = installed.find(|program| Path::new(program).is_file()) {
        return Some(vec![program]);
    }
    let image = format!("postgres:{major}");
    let output = Command::new("docker")
        .args(["image", "inspect", &image])
        .output();
    output.ok().filter(|output| output.status.success())?;
    let words = ["docker", "run", "--rm", "--network=host", &image, "pg_dump"];
    Some(words.map(str::to_owned).to_vec())
}

/// The lines of a dump, sorted: grants, options and the like stand in the order in which they were made.
fn dump(program: &[String], database: &Database) -> String {
    let ledgers = [
        "--exclude-table=*schema_migrations*",
        "--exclude-table=*_sqlx_migrations*",
    ];
    let output = Command::new(&program[0])
        .args(&program[1..])
        .arg("--schema-only")
        .args(ledgers)
        .arg(database.url())
        .output()
        .expect("run pg_dump");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut lines: Vec<String> = text
        .lines()
        // A new secret in each dump.
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .map(|line| {
            let trimmed = line.trim_start();
            if trimmed.starts_with("WITH (") || trimmed.starts_with("WHEN TAG IN") {
                let mut words: Vec<_> = trimmed
                    .split([' ', ',', '(', ')', ';'])
                    .filter(|word| !word.is_empty())
                    .collect();
                words.sort_unstable();
                return words.join(" ");
            }
            // What the schema does not tell.
            if let Some(secret @ ("password" | "api_key")) = trimmed.split(' ').next() {
                return secret.to_owned();
            }
            // Postgres itself prints an array's cast in another way once it was loaded, and keeps
            // parentheses that mean nothing.
            let line = without_chosen_name(line).replace(['(', ')'], "");
            if line.contains("ARRAY[") {
                let casts = ["::text[]", "::text", "::character varying"];
                return casts.iter().fold(line, |line, cast| line.replace(cast, ""));
            }
            line
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

/// The line without the name that Postgres chose for a `NOT NULL`: it tells of former names.
fn without_chosen_name(line: &str) -> String {
    let Some((before, rest)) = line.split_once(" CONSTRAINT ") else {
        return line.to_owned();
    };
    match rest.split_once(" NOT NULL") {
        Some((name, after)) if name.contains("_not_null") => format!("{before} NOT NULL{after}"),
        _ => line.to_owned(),
    }
}
