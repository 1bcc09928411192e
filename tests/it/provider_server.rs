//! The provider `server`: it touches only what it made.

use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;
use rehearsal::{RehearsalOptions, apply, rehearse};
use rehearsal_lints::{MigrationSet, SourceFile, layout::plain};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

use crate::support::any_server;

/// Names that stand in a catalog of the server.
async fn names(admin: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(admin).await.unwrap()
}

const DATABASES: &str = "SELECT datname::text FROM pg_database ORDER BY 1";
const ROLES: &str = "SELECT rolname::text FROM pg_roles ORDER BY 1";

fn named(site: &Server, cache: &std::path::Path) -> ProviderSettings {
    ProviderSettings {
        kind: Some(ProviderKind::Server),
        server_url: Some(site.admin_options().to_url_lossy().to_string()),
        cache_dir: cache.into(),
        ..ProviderSettings::default()
    }
}

/// The same as a new role with these attributes.
async fn named_as(
    role: &str,
    attributes: &str,
    site: &Server,
    cache: &std::path::Path,
) -> ProviderSettings {
    let mut admin = PgConnection::connect_with(&site.admin_options())
        .await
        .unwrap();
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'hush' {attributes}");
    admin.execute(AssertSqlSafe(create)).await.unwrap();
    let url = site.admin_options().username(role).password("hush");
    ProviderSettings {
        server_url: Some(url.to_url_lossy().to_string()),
        ..named(site, cache)
    }
}

fn migrations(files: &[&str]) -> MigrationSet {
    let sources = (1..).zip(files);
    plain::read(
        sources
            .map(|(number, text)| SourceFile::new(format!("{number}_m.sql"), *text))
            .collect(),
    )
}

#[tokio::test]
async fn only_what_the_run_made_goes() {
    let Some(site) = any_server().await else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let mut admin = PgConnection::connect_with(&site.admin_options())
        .await
        .unwrap();
    for before in [
        "CREATE DATABASE production",
        "CREATE DATABASE rehearsal_lookslikeours_x",
        "CREATE ROLE owner",
        "ALTER ROLE owner SET search_path = \"$user\", public",
    ] {
        admin.execute(before).await.unwrap();
    }
    let before = (
        names(&mut admin, DATABASES).await,
        names(&mut admin, ROLES).await,
    );

    for stop in [true, false] {
        let server = Server::start(&named(&site, cache.path()), &Quiet)
            .await
            .unwrap();
        assert_eq!(server.kind(), ProviderKind::Server);
        let database = server.create_database("one").await.unwrap();
        server.clone_database(&database, "two").await.unwrap();
        let mut connection = database.connect().await.unwrap();
        connection
            .execute("CREATE TABLE t (); CREATE ROLE app; GRANT SELECT ON t TO app")
            .await
            .unwrap();
        connection
            .execute("ALTER ROLE owner SET search_path = app")
            .await
            .unwrap();
        assert_eq!(names(&mut admin, DATABASES).await.len(), before.0.len() + 2);
        if stop {
            server.stop().await.unwrap();
        } else {
            drop(server);
        }
        let after = (
            names(&mut admin, DATABASES).await,
            names(&mut admin, ROLES).await,
        );
        assert_eq!(after, before);
        let settings = names(
            &mut admin,
            "SELECT setconfig::text FROM pg_db_role_setting ORDER BY 1",
        )
        .await;
        assert_eq!(settings, [r#"{"search_path=\"$user\", public"}"#]);
    }
}

#[tokio::test]
async fn role_that_may_not_create_databases_is_refused_and_its_password_kept() {
    let Some(site) = any_server().await else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let settings = named_as("clerk", "", &site, cache.path()).await;
    let error = Server::start(&settings, &Quiet).await.unwrap_err();
    let text = format!("{error:#} {error:?}");
    assert!(
        text.contains("the role `clerk` may not create databases"),
        "{text}"
    );
    assert!(!text.contains("hush"), "{text}");
}

#[tokio::test]
async fn broken_url_is_refused_without_showing_it() {
    let cache = tempfile::tempdir().unwrap();
    for url in [
        "postgres://admin:hush@localhost:port/x",
        "postgres://admin:hush@127.0.0.1:1/x",
    ] {
        let settings = ProviderSettings {
            kind: Some(ProviderKind::Server),
            server_url: Some(url.to_owned()),
            cache_dir: cache.path().into(),
            ..ProviderSettings::default()
        };
        let error = Server::start(&settings, &Quiet).await.unwrap_err();
        assert!(!format!("{error:#} {error:?}").contains("hush"));
    }
}

#[tokio::test]
async fn migration_that_reaches_beyond_its_database_never_runs() {
    let Some(site) = any_server().await else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let mut admin = PgConnection::connect_with(&site.admin_options())
        .await
        .unwrap();
    for before in ["CREATE DATABASE mine", "CREATE ROLE boss PASSWORD 'hush'"] {
        admin.execute(before).await.unwrap();
    }
    const PASSWORD: &str = "SELECT rolpassword FROM pg_authid WHERE rolname = 'boss'";
    let password = names(&mut admin, PASSWORD).await;
    let server = Server::start(&named(&site, cache.path()), &Quiet)
        .await
        .unwrap();
    for statement in [
        "DROP DATABASE IF EXISTS mine",
        "ALTER ROLE boss PASSWORD 'x'",
        "DROP ROLE IF EXISTS boss",
    ] {
        let text = format!("-- no-transaction\n{statement};");
        let set = migrations(&["CREATE ROLE app;", &text]);
        let options = RehearsalOptions::default();
        let errors = [
            rehearse(&server, &set, &options, &Quiet).await.unwrap_err(),
            apply(&server, &set, &Quiet).await.unwrap_err(),
        ];
        for error in errors {
            let error = error.to_string();
            assert!(error.starts_with("2_m.sql:2: "), "{error}");
        }
    }
    assert!(names(&mut admin, DATABASES).await.contains(&"mine".into()));
    assert_eq!(names(&mut admin, PASSWORD).await, password);
    // The first file did not run either.
    assert!(!names(&mut admin, ROLES).await.contains(&"app".into()));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn role_that_a_migration_makes_and_nothing_uses_goes() {
    let Some(site) = any_server().await else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(&named(&site, cache.path()), &Quiet)
        .await
        .unwrap();
    let set = migrations(&["CREATE ROLE idle;"]);
    let rehearsal = rehearse(&server, &set, &RehearsalOptions::default(), &Quiet)
        .await
        .unwrap();
    let rules: Vec<_> = rehearsal
        .findings
        .iter()
        .map(|finding| finding.rule.name)
        .collect();
    assert_eq!(rules, ["second-run-failed"]);
    server.stop().await.unwrap();
    let mut admin = PgConnection::connect_with(&site.admin_options())
        .await
        .unwrap();
    assert!(!names(&mut admin, ROLES).await.contains(&"idle".into()));
}

#[tokio::test]
async fn role_that_may_not_read_every_table_rehearses_the_others() {
    let Some(site) = any_server().await else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let settings = named_as("deployer", "CREATEDB", &site, cache.path()).await;
    let set = migrations(&[
        "CREATE TABLE IF NOT EXISTS plain (id bigint PRIMARY KEY);
         CREATE TABLE IF NOT EXISTS forced (id bigint PRIMARY KEY);
         ALTER TABLE forced ENABLE ROW LEVEL SECURITY;
         ALTER TABLE forced FORCE ROW LEVEL SECURITY;
         CREATE TABLE IF NOT EXISTS revoked (id bigint PRIMARY KEY);
         CREATE SCHEMA IF NOT EXISTS vault;
         CREATE TABLE IF NOT EXISTS vault.locked (id bigint PRIMARY KEY);",
        "REVOKE ALL ON revoked FROM CURRENT_USER;
         REVOKE ALL ON SCHEMA vault FROM CURRENT_USER;
         ALTER TABLE plain ADD COLUMN IF NOT EXISTS name text;",
        "INSERT INTO plain VALUES (1000), (1001) ON CONFLICT DO NOTHING;
         DELETE FROM plain WHERE id = 1000;",
    ]);

    let server = Server::start(&settings, &Quiet).await.unwrap();
    let rehearsal = rehearse(&server, &set, &RehearsalOptions::default(), &Quiet)
        .await
        .unwrap();
    server.stop().await.unwrap();

    let findings: Vec<_> = rehearsal
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(findings, [] as [&str; 0]);
    let unread = |table: &str| {
        format!("rows of {table} are not compared: the role may not read all of them")
    };
    assert_eq!(
        rehearsal.notes,
        ["public.forced", "public.revoked", "vault.locked"].map(unread)
    );
    let sql = rehearsal.schema.to_sql();
    for table in ["public.revoked", "vault.locked"] {
        assert!(sql.contains(&format!("CREATE TABLE {table}")), "{sql}");
    }
}
