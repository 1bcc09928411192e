//! What every provider's server does, on every major that is here.

use std::time::{Duration, Instant};

use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::time::sleep;

use crate::support::all_settings;

async fn text(connection: &mut PgConnection, query: &'static str) -> String {
    sqlx::query(query)
        .fetch_one(connection)
        .await
        .unwrap()
        .get(0)
}

/// Databases are made, cloned, reached and dropped; the cluster is quick and careless; what a migration changes outside
/// its database is taken back.
async fn behaves(settings: &ProviderSettings) {
    let kind = settings.kind.unwrap();
    let server = Server::start(settings, &Quiet).await.unwrap();
    assert_eq!(
        (server.kind(), server.version().major()),
        (kind, settings.major)
    );

    let first = server.create_database("First one").await.unwrap();
    assert!(first.name().starts_with("rehearsal_") && first.name().ends_with("_first_one"));
    let mut connection = first.connect().await.unwrap();
    for (query, value) in [
        ("SHOW fsync", "off"),
        ("SHOW synchronous_commit", "off"),
        ("SHOW full_page_writes", "off"),
        ("SHOW autovacuum", "off"),
        ("SHOW jit", "off"),
        ("SHOW statement_timeout", "1min"),
        ("SHOW TimeZone", "UTC"),
        ("SHOW server_encoding", "UTF8"),
        (
            "SELECT datcollate FROM pg_database WHERE datname = current_database()",
            "C",
        ),
    ] {
        assert_eq!(text(&mut connection, query).await, value, "{query}");
    }
    connection
        .execute("CREATE TABLE t AS SELECT 7 AS n")
        .await
        .unwrap();
    connection.close().await.unwrap();

    let clone = server.clone_database(&first, "clone").await.unwrap();
    let mut connection = PgConnection::connect(&clone.url()).await.unwrap();
    assert_eq!(text(&mut connection, "SELECT n::text FROM t").await, "7");
    // Not closed: a database is dropped whoever is connected to it.
    clone.drop().await.unwrap();

    let mut connection = first.connect().await.unwrap();
    for change in [
        "CREATE ROLE app LOGIN",
        "GRANT SELECT ON t TO app",
        "CREATE ROLE reader IN ROLE app",
        "ALTER ROLE postgres SET search_path = app, public",
        "ALTER SYSTEM SET work_mem = '7MB'",
        "CREATE DATABASE further",
        // Neither it nor its slot lets the database go.
        "CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)",
    ] {
        connection.execute(change).await.unwrap();
    }
    connection.close().await.unwrap();
    first.drop().await.unwrap();
    server.reset_cluster().await.unwrap();
    let mut admin = PgConnection::connect_with(&server.admin_options())
        .await
        .unwrap();
    for query in [
        "SELECT count(*)::text FROM pg_roles WHERE rolname IN ('app', 'reader')",
        "SELECT count(*)::text FROM pg_db_role_setting",
        "SELECT count(*)::text FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'",
        "SELECT count(*)::text FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')",
    ] {
        assert_eq!(text(&mut admin, query).await, "0", "{query}");
    }
    admin.close().await.unwrap();
    server.stop().await.unwrap();
}

/// An error that a lost connection caused says that the server has ended, and what it wrote last.
async fn explains_its_end(settings: &ProviderSettings) {
    let server = Server::start(settings, &Quiet).await.unwrap();
    let other = server.explain(anyhow::anyhow!("refused")).await;
    assert_eq!(
        other.to_string(),
        "refused",
        "an error that no lost connection caused"
    );

    let database = server.create_database("dying").await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let end = r#"COPY (SELECT 1) TO PROGRAM 'kill -QUIT "$(head -n 1 postmaster.pid)"'"#;
    let mut error = match connection.execute(end).await {
        Ok(_) => database.connect().await.err(),
        Err(error) => Some(error.into()),
    };
    let began = Instant::now();
    loop {
        // The server waits for its children before it ends.
        if let Some(error) = error {
            let explained = server.explain(error).await.to_string();
            assert!(
                explained.contains("unexpectedly: ") && explained.contains("; its log ends with"),
                "{explained}"
            );
            if explained.starts_with("the server ended") {
                assert!(
                    explained.contains("immediate shutdown request"),
                    "{explained}"
                );
                return;
            }
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the server lives on"
        );
        sleep(Duration::from_millis(20)).await;
        error = database.connect().await.err();
    }
}

#[tokio::test]
async fn of_a_container() {
    for settings in all_settings(ProviderKind::Container).await {
        behaves(settings).await;
        explains_its_end(settings).await;
    }
}

#[tokio::test]
async fn of_local_binaries() {
    for settings in all_settings(ProviderKind::Local).await {
        behaves(settings).await;
        explains_its_end(settings).await;
    }
}

#[tokio::test]
async fn of_a_download() {
    for settings in all_settings(ProviderKind::Download).await {
        behaves(settings).await;
        explains_its_end(settings).await;
    }
}
