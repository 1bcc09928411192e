//! Migrations that are wrong on purpose, and what the rehearsal sees of each.

use rehearsal::testing;
use rehearsal_lints::Group;
use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Rehearses files of one statement list each, numbered from 1, and compares what was observed.
async fn check(files: &[&str], expected: &[&str]) -> anyhow::Result<()> {
    let migrations = (1..)
        .zip(files)
        .map(|(version, text)| {
            let sql = AssertSqlSafe((*text).to_owned()).into_sql_str();
            let bare = text.starts_with("-- no-transaction");
            Migration::new(version, "m".into(), MigrationType::Simple, sql, bare)
        })
        .collect();
    let checked = testing::check(&Migrator::with_migrations(migrations)).await?;
    let observed: Vec<String> = checked
        .to_string()
        .lines()
        .zip(&checked.findings)
        .filter(|(_, finding)| finding.rule.group == Group::Observed)
        .map(|(line, _)| line.to_owned())
        .collect();
    assert_eq!(observed, expected);
    Ok(())
}

const USERS: &str = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, name text);";

#[tokio::test]
async fn what_runs_twice_is_silent() -> anyhow::Result<()> {
    check(
        &[
            USERS,
            "ALTER TABLE users ADD COLUMN IF NOT EXISTS email text;",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS users_name_idx ON users (name);",
        ],
        &[],
    )
    .await
}

#[tokio::test]
async fn a_refused_statement_is_placed_by_its_position() -> anyhow::Result<()> {
    check(
        &[
            USERS,
            "SELECT 1;\nALTER TABLE users ADD COLUMN born timestampz;",
            "CREATE TABLE never ();",
        ],
        &[r#"2_m.sql:2:35: error[statement-refused]: Postgres refuses this: type "timestampz" does not exist"#],
    )
    .await
}

#[tokio::test]
async fn a_refused_statement_without_position_is_placed_by_its_number() -> anyhow::Result<()> {
    check(
        &[USERS, "SELECT 1;\n\nCREATE TABLE users (id bigint);"],
        &[r#"2_m.sql:3:1: error[statement-refused]: Postgres refuses this: relation "users" already exists"#],
    )
    .await
}

#[tokio::test]
async fn an_error_inside_a_block_is_placed_on_its_line() -> anyhow::Result<()> {
    check(
        &["DO $$\nBEGIN\n    PERFORM 1;\n    RAISE EXCEPTION 'no';\nEND $$;"],
        &["1_m.sql:4:5: error[statement-refused]: Postgres refuses this: no"],
    )
    .await
}

#[tokio::test]
async fn a_second_run_that_fails() -> anyhow::Result<()> {
    check(
        &[USERS, "ALTER TABLE users ADD COLUMN email text,\n    ADD COLUMN phone text;"],
        &[
            r#"2_m.sql:1:1: error[second-run-failed]: a second run of this file fails here: column "email" of relation "users" already exists"#,
        ],
    )
    .await
}

#[tokio::test]
async fn a_second_run_that_fails_at_the_commit() -> anyhow::Result<()> {
    check(
        &[
            "CREATE TABLE IF NOT EXISTS slots (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);",
            "INSERT INTO slots VALUES (1000);",
        ],
        &[
            r#"2_m.sql:1:1: error[second-run-failed]: a second run of this file fails here: duplicate key value violates unique constraint "slots_n_key": Key (n)=(1000) already exists"#,
        ],
    )
    .await
}

#[tokio::test]
async fn a_second_index_of_the_same_kind_is_a_changed_schema() -> anyhow::Result<()> {
    check(
        &[USERS, "SELECT 1;\nCREATE INDEX ON users (name);"],
        &[
            "2_m.sql:2:1: error[second-run-changed-schema]: a second run of this file succeeds and leaves another schema",
        ],
    )
    .await
}

#[tokio::test]
async fn a_second_index_outside_a_transaction_is_seen_too() -> anyhow::Result<()> {
    check(
        &[USERS, "-- no-transaction\nCREATE INDEX CONCURRENTLY ON users (name);"],
        &[
            "2_m.sql:2:1: error[second-run-changed-schema]: a second run of this file succeeds and leaves another schema",
        ],
    )
    .await
}

#[tokio::test]
async fn rows_that_come_twice() -> anyhow::Result<()> {
    check(
        &[
            "CREATE TABLE IF NOT EXISTS tags (name text);",
            "INSERT INTO tags VALUES ('new');",
        ],
        &[
            "2_m.sql:1:1: error[second-run-changed-data]: a second run of this file changes rows: 1 row more in `public.tags`",
        ],
    )
    .await
}

#[tokio::test]
async fn rows_that_come_twice_in_a_transaction_of_the_file() -> anyhow::Result<()> {
    check(
        &[
            "CREATE TABLE IF NOT EXISTS tags (name text);",
            "-- no-transaction\nBEGIN;\nSELECT 1;\nINSERT INTO tags VALUES ('new');\nCOMMIT;",
        ],
        &[
            "2_m.sql:4:1: error[second-run-changed-data]: a second run of this file changes rows: 1 row more in `public.tags`",
        ],
    )
    .await
}

#[tokio::test]
async fn rows_that_a_second_run_loses() -> anyhow::Result<()> {
    check(
        &["DROP TABLE IF EXISTS users;\nCREATE TABLE users (id bigint PRIMARY KEY, name text);"],
        &[
            "1_m.sql:1:1: error[second-run-changed-data]: a second run of this file changes rows: 10 rows fewer in `public.users`",
        ],
    )
    .await
}

#[tokio::test]
async fn values_that_change_twice() -> anyhow::Result<()> {
    check(
        &["CREATE TABLE IF NOT EXISTS counters (n bigint NOT NULL);", "UPDATE counters SET n = n + 1;"],
        &[
            "2_m.sql:1:1: error[second-run-changed-data]: a second run of this file changes rows: values in `public.counters` changed",
        ],
    )
    .await
}

#[tokio::test]
async fn a_required_column_fails_over_rows() -> anyhow::Result<()> {
    check(
        &[USERS, "ALTER TABLE users ADD COLUMN IF NOT EXISTS email text NOT NULL;"],
        &[
            r#"2_m.sql:1:19: error[fails-with-data]: this fails on a table with rows: column "email" of relation "users" contains null values"#,
        ],
    )
    .await
}

#[tokio::test]
async fn a_runner_that_is_robbed_of_its_transaction() -> anyhow::Result<()> {
    check(
        &["SET search_path = nowhere;"],
        &[
            r#"1_m.sql:1:1: error[statement-refused]: sqlx cannot keep its ledger around this migration: relation "_sqlx_migrations" does not exist"#,
        ],
    )
    .await
}

#[tokio::test]
async fn a_ledger_that_a_migration_changes() -> anyhow::Result<()> {
    check(
        &[USERS, "UPDATE _sqlx_migrations SET checksum = '\\x00';"],
        &[
            "2_m.sql:1:1: error[second-run-failed]: sqlx's second run over the migrated database does not end well: migration 1 was previously applied but has been modified",
        ],
    )
    .await
}

#[tokio::test]
async fn a_ledger_that_is_written_and_read_in_different_schemas() -> anyhow::Result<()> {
    let own = "CREATE TABLE IF NOT EXISTS app._sqlx_migrations (LIKE public._sqlx_migrations INCLUDING ALL);";
    check(
        &[
            "CREATE SCHEMA IF NOT EXISTS app;",
            "SET LOCAL search_path TO app, public;\nCREATE TABLE IF NOT EXISTS app.p ();",
            &format!("{own}\nSET LOCAL search_path TO app;\nCREATE TABLE IF NOT EXISTS app.q ();"),
            "SET LOCAL search_path TO app;\nCREATE TABLE IF NOT EXISTS app.r ();",
        ],
        &[
            "3_m.sql:2:1: error[second-run-failed]: sqlx writes down this migration in another `_sqlx_migrations` than it reads, and runs it again next time",
        ],
    )
    .await
}

#[tokio::test]
async fn a_schema_that_depends_on_rows() -> anyhow::Result<()> {
    check(
        &[
            USERS,
            "DO $$ BEGIN IF EXISTS (SELECT FROM users) THEN CREATE TABLE IF NOT EXISTS later (); END IF; END $$;",
        ],
        &[
            "2_m.sql:1:1: error[schema-nondeterministic]: two runs of these migrations end in different schemas: one over empty tables, one over tables with rows",
        ],
    )
    .await
}
