//! Migrations of each runner, on a real Postgres in the transactions that the runner opens.

use rehearsal::{ActOutcome, RehearsalOptions, Server, provider::Quiet, rehearse};
use rehearsal_lints::{SourceFile, layout::Layout};

use crate::support;

const USERS: &str = "\
CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, email text);
DO $$ BEGIN
  IF to_regclass('_sqlx_migrations') IS NOT NULL THEN RAISE EXCEPTION 'this is not sqlx'; END IF;
END $$;
";
/// Only outside a transaction.
const DROP: &str = "DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;\n";
const BUILD: &str = "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);\n";
/// Only inside one.
const LOCK: &str = "LOCK TABLE users IN SHARE MODE;\n";

/// How the migrations of a folder ended, by the names of their files.
struct Seen {
    layout: Layout,
    applied: Vec<String>,
    refused: Vec<String>,
    /// Those of which a second run was the same.
    same: usize,
    schema: String,
}

async fn run(server: &Server, files: &[(&str, &str)]) -> anyhow::Result<Seen> {
    let source = |(path, text): &(&str, &str)| SourceFile::new(format!("db/{path}"), *text);
    let sources: Vec<_> = files.iter().map(source).collect();
    let layout = Layout::detect("db", &sources)?.expect("it is some runner's");
    run_as(server, layout, sources).await
}

async fn run_as(server: &Server, layout: Layout, files: Vec<SourceFile>) -> anyhow::Result<Seen> {
    let set = layout.read(files)?;
    let rehearsal = rehearse(server, &set, &RehearsalOptions::default(), &Quiet).await?;
    let acts = |act: &str, outcome| {
        let acts = rehearsal.acts.iter();
        let acts = acts.filter(|one| one.act == act && one.result == outcome);
        let paths = acts.map(|one| one.migration.trim_start_matches("db/").to_owned());
        paths.collect::<Vec<_>>()
    };
    let codes = rehearsal
        .findings
        .iter()
        .filter_map(|one| one.sqlstate.clone());
    Ok(Seen {
        layout,
        applied: acts("apply", ActOutcome::Applied),
        refused: codes.collect(),
        same: acts("second-run", ActOutcome::Same).len(),
        schema: rehearsal.schema.to_sql(),
    })
}

/// Applies files in the order given, twice, and finds the index in the schema.
async fn check(server: &Server, layout: Layout, files: &[(&str, &str)]) -> anyhow::Result<()> {
    let seen = run(server, files).await?;
    let ups = files.iter().map(|(path, _)| *path);
    let ups: Vec<_> = ups
        .filter(|path| path.ends_with(".sql") && !path.contains("down"))
        .collect();
    assert_eq!(seen.layout, layout);
    assert_eq!(seen.refused, Vec::<String>::new(), "{layout}");
    assert_eq!(seen.applied, ups, "{layout}");
    assert_eq!(seen.same, ups.len(), "{layout}");
    assert!(
        seen.schema.contains("CREATE INDEX users_email_idx"),
        "{}",
        seen.schema
    );
    Ok(())
}

#[tokio::test]
async fn each_runner_opens_the_transactions_that_it_opens() -> anyhow::Result<()> {
    let Some(server) = support::any_server().await else {
        return Ok(());
    };
    let goose = |head: &str, sql: &str| {
        format!("{head}-- +goose Up\n{sql}-- +goose Down\nSELECT nothing;\n")
    };
    check(
        &server,
        Layout::Goose,
        &[
            ("2_users.sql", &goose("", USERS)),
            ("9_lock.sql", &goose("", LOCK)),
            (
                "10_index.sql",
                &goose("-- +goose NO TRANSACTION\n", &format!("{DROP}{BUILD}")),
            ),
        ],
    )
    .await?;
    let dbmate = |option: &str, sql: &str| {
        format!("-- migrate:up{option}\n{sql}-- migrate:down\nSELECT nothing;\n")
    };
    check(
        &server,
        Layout::Dbmate,
        &[
            ("20260101000000_users.sql", &dbmate("", USERS)),
            ("20260102000000-lock.sql", &dbmate("", LOCK)),
            (
                "20260103000000_index.sql",
                &dbmate(" transaction:false", BUILD),
            ),
        ],
    )
    .await?;
    let migrate = |option: &str, sql: &str| {
        format!("-- +migrate Up{option}\n{sql}-- +migrate Down\nSELECT nothing;\n")
    };
    check(
        &server,
        Layout::SqlMigrate,
        &[
            ("1_users.sql", &migrate("", USERS)),
            (
                "10-index.sql",
                &migrate(" notransaction", &format!("{DROP}{BUILD}")),
            ),
            ("lock.sql", &migrate("", LOCK)),
        ],
    )
    .await?;
    check(
        &server,
        Layout::GolangMigrate,
        &[
            ("000001_users.up.sql", &format!("BEGIN;\n{USERS}COMMIT;\n")),
            ("000001_users.down.sql", "DROP TABLE users;"),
            ("000002_lock.up.sql", &format!("BEGIN;\n{LOCK}COMMIT;\n")),
            ("000003_index.up.sql", BUILD),
        ],
    )
    .await?;
    check(
        &server,
        Layout::Flyway,
        &[
            ("old/V1__users.sql", &format!("CREATE SCHEMA IF NOT EXISTS apart;\nSET search_path = apart, public;\n{}", USERS.replace("users", "public.users"))),
            // What the migration before has set is forgotten.
            ("V1.2__lock.sql", &format!("{LOCK}CREATE TABLE IF NOT EXISTS public.seen ();\nALTER TABLE seen ADD COLUMN IF NOT EXISTS a int;\n")),
            ("V1_10__index.sql", &format!("{DROP}{BUILD}")),
            ("R__view.sql", "CREATE OR REPLACE VIEW emails AS SELECT email FROM users;"),
        ],
    )
    .await?;
    check(
        &server,
        Layout::Diesel,
        &[
            ("2026-01-01-000000_users/up.sql", USERS),
            ("2026-01-01-000000_users/down.sql", "DROP TABLE users;"),
            ("2026-01-02-000000-0000_lock/up.sql", LOCK),
            (
                "2026-01-03-000000-0000_index/metadata.toml",
                "run_in_transaction = false\n",
            ),
            ("2026-01-03-000000-0000_index/up.sql", BUILD),
        ],
    )
    .await?;
    check(
        &server,
        Layout::Prisma,
        &[
            ("20260101000000_users/migration.sql", USERS),
            ("20260102000000_index/migration.sql", BUILD),
        ],
    )
    .await?;
    server.stop().await
}

#[tokio::test]
async fn what_the_runner_would_not_get_through_is_refused() -> anyhow::Result<()> {
    let Some(server) = support::any_server().await else {
        return Ok(());
    };
    let both = format!("{DROP}{BUILD}");
    let lone = |path, text: &str| SourceFile::new(path, text);
    for (layout, users, second, code) in [
        // No transaction but the file's own: the lock has none to stay in.
        (
            Layout::GolangMigrate,
            "1_u.up.sql",
            lone("2_l.up.sql", LOCK),
            "25P01",
        ),
        (
            Layout::Prisma,
            "1_u/migration.sql",
            lone("2_l/migration.sql", LOCK),
            "25P01",
        ),
        // One query is one transaction.
        (
            Layout::GolangMigrate,
            "1_u.up.sql",
            lone("2_i.up.sql", &both),
            "25001",
        ),
        (
            Layout::Prisma,
            "1_u/migration.sql",
            lone("2_i/migration.sql", &both),
            "25001",
        ),
        // In a transaction.
        (
            Layout::Diesel,
            "1_u/up.sql",
            lone("2_i/up.sql", BUILD),
            "25001",
        ),
        (
            Layout::Refinery,
            "V1__u.sql",
            lone("V2__i.sql", BUILD),
            "25001",
        ),
        (
            Layout::Flyway,
            "V1__u.sql",
            lone(
                "V2__i.sql",
                &format!("{BUILD}ALTER TABLE users ADD COLUMN IF NOT EXISTS a int;"),
            ),
            "25001",
        ),
    ] {
        let files = vec![SourceFile::new(users, USERS), second];
        let seen = run_as(&server, layout, files).await?;
        assert_eq!(seen.refused, [code], "{layout}");
        assert_eq!(seen.applied, [users], "{layout}");
    }
    // Asked otherwise, refinery and Flyway send it outside.
    let files = vec![
        SourceFile::new("V1__u.sql", USERS),
        SourceFile::new("U2__i.sql", format!("-- +refinery NO TRANSACTION\n{BUILD}")),
    ];
    let seen = run_as(&server, Layout::Refinery, files).await?;
    assert_eq!(
        (seen.applied.len(), seen.same),
        (2, 2),
        "{:?}",
        seen.refused
    );
    let files = vec![
        SourceFile::new("V1__u.sql", USERS),
        SourceFile::new("V2__i.sql", format!("{BUILD}{USERS}")),
        SourceFile::new("V2__i.sql.conf", "executeInTransaction=false"),
    ];
    let seen = run_as(&server, Layout::Flyway, files).await?;
    assert_eq!(
        (seen.applied.len(), seen.same),
        (2, 2),
        "{:?}",
        seen.refused
    );
    server.stop().await
}
