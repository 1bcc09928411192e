//! Each single change of a schema shows, and what changes no schema does not.

use rehearsal::{
    schema::{Schema, text_diff},
    server::Server,
};
use sqlx::PgConnection;
use tokio::task::JoinSet;

use crate::schema_support::{for_major, major, run, servers};

#[tokio::test]
async fn each_change_shows() {
    let servers = servers().await;
    let newest = servers.iter().map(major).max();
    let mut tasks = JoinSet::new();
    for server in servers {
        let round_trip = newest == Some(major(&server));
        tasks.spawn(each_change_shows_on(server, round_trip));
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    }
}

/// One major is enough to tell whether each change comes back as well.
async fn each_change_shows_on(server: Server, round_trip: bool) {
    let major = major(&server);
    let database = server.create_database("changes").await.expect("a database");
    let mut connection = database.connect().await.expect("connect");
    let before = base(&mut connection, major).await;
    let empty = server.create_database("empty").await.expect("a database");
    let mut copy = empty.connect().await.expect("connect");
    let changes = for_major(include_str!("fixtures/single_changes.sql"), major);
    let mut hidden = Vec::new();
    for change in changes.lines().filter(|line| !line.starts_with("--")) {
        let after = changed(&mut connection, change).await;
        if before == after || text_diff(&before, &after).is_empty() {
            hidden.push(change);
        }
        let sql = after.to_sql();
        // No statement makes an index invalid.
        if round_trip && !sql.contains("-- INVALID") {
            let loaded = changed(&mut copy, &sql).await;
            assert_eq!(text_diff(&after, &loaded), "", "on {major}: {change}");
        }
    }
    assert!(
        hidden.is_empty(),
        "on {major}, these do not show: {hidden:#?}"
    );
}

#[tokio::test]
async fn what_changes_no_schema_does_not_show() {
    for server in servers().await {
        let major = major(&server);
        let database = server.create_database("changes").await.expect("a database");
        let mut connection = database.connect().await.expect("connect");
        let before = base(&mut connection, major).await;
        let changes = include_str!("fixtures/no_changes.sql");
        for change in changes.lines().filter(|line| !line.starts_with("--")) {
            let after = changed(&mut connection, change).await;
            assert_eq!(text_diff(&before, &after), "", "on {major}: {change}");
            assert!(before == after, "on {major}: {change}");
        }
    }
}

#[tokio::test]
async fn reading_leaves_the_session_as_it_was() {
    let server = crate::schema_support::server().await;
    let database = server.create_database("session").await.expect("a database");
    let mut connection = database.connect().await.expect("connect");
    run(
        &mut connection,
        "set",
        "SET search_path = pg_catalog, public",
    )
    .await;
    Schema::read(&mut connection)
        .await
        .expect("read outside of a transaction");
    assert_eq!(search_path(&mut connection).await, "pg_catalog, public");

    run(
        &mut connection,
        "begin",
        "BEGIN; SET LOCAL search_path = public; CREATE TABLE t ()",
    )
    .await;
    let schema = Schema::read(&mut connection)
        .await
        .expect("read in a transaction");
    assert_eq!(
        schema.to_sql(),
        "CREATE TABLE public.t (\n);\n",
        "it sees what is not committed"
    );
    assert_eq!(search_path(&mut connection).await, "public");
    run(&mut connection, "commit", "COMMIT").await;
    assert_eq!(search_path(&mut connection).await, "pg_catalog, public");
    assert!(
        !Schema::read(&mut connection)
            .await
            .expect("read")
            .is_empty(),
        "it was committed"
    );
}

#[tokio::test]
async fn locked_object_is_an_error_that_says_so() {
    let server = crate::schema_support::server().await;
    let database = server.create_database("locked").await.expect("a database");
    let mut writer = database.connect().await.expect("connect");
    run(
        &mut writer,
        "create",
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t",
    )
    .await;
    run(&mut writer, "lock", "BEGIN; DROP VIEW v").await;
    let mut reader = database.connect().await.expect("connect");
    run(
        &mut reader,
        "begin",
        "BEGIN; SET LOCAL statement_timeout = '100ms'",
    )
    .await;
    let error = Schema::read(&mut reader)
        .await
        .expect_err("the view is locked");
    let error = format!("{error:#}");
    assert!(
        error.contains("something holds a lock on the schema"),
        "{error}"
    );
    // The reader's transaction goes on.
    run(&mut writer, "rollback", "ROLLBACK").await;
    run(&mut reader, "select", "SELECT 1").await;
    Schema::read(&mut reader).await.expect("read");
}

/// Applies the fixture and reads its schema.
async fn base(connection: &mut PgConnection, major: u32) -> Schema {
    let fixture = for_major(include_str!("fixtures/every_kind.sql"), major);
    run(connection, "apply the fixture", &fixture).await;
    Schema::read(connection).await.expect("read the schema")
}

/// Reads the schema with a change, and takes the change back.
async fn changed(connection: &mut PgConnection, change: &str) -> Schema {
    run(connection, change, &format!("BEGIN; {change}")).await;
    let schema = Schema::read(connection).await;
    let schema = schema.unwrap_or_else(|error| panic!("{change}: {error:#}"));
    run(connection, "take it back", "ROLLBACK").await;
    schema
}

async fn search_path(connection: &mut PgConnection) -> String {
    let query = sqlx::query_scalar("SELECT current_setting('search_path')");
    query.fetch_one(connection).await.expect("the search path")
}

#[tokio::test]
async fn what_is_not_covered_is_named() {
    let server = crate::schema_support::server().await;
    let database = server
        .create_database("uncovered")
        .await
        .expect("a database");
    let mut connection = database.connect().await.expect("connect");
    let sql = "CREATE EXTENSION citext;
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE t (a int) SERVER s;
        CREATE OPERATOR FAMILY public.f USING btree";
    run(&mut connection, "create", sql).await;
    let schema = Schema::read(&mut connection).await.expect("read");
    let expected = "\
-- Not covered: foreign data wrapper w
-- Not covered: foreign table public.t
-- Not covered: operator family public.f
-- Not covered: server s

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
";
    assert_eq!(schema.to_sql(), expected);
    assert!(!schema.is_empty());
}

#[tokio::test]
async fn ordinary_role_may_read() {
    let server = crate::schema_support::server().await;
    let database = server
        .create_database("ordinary")
        .await
        .expect("a database");
    let mut connection = database.connect().await.expect("connect");
    let fixture = for_major(include_str!("fixtures/every_kind.sql"), major(&server));
    run(&mut connection, "apply the fixture", &fixture).await;
    let as_owner = Schema::read(&mut connection)
        .await
        .expect("read as the owner");
    run(
        &mut connection,
        "set role",
        "CREATE ROLE nobody_special; SET ROLE nobody_special",
    )
    .await;
    let as_other = Schema::read(&mut connection)
        .await
        .expect("read as another role");
    assert_eq!(as_other.objects, as_owner.objects);
}
