//! Each single change of a schema shows, and what changes no schema does not.

use rehearsal::{
    schema::{Kind, Schema, text_diff},
    server::Server,
};
use sqlx::PgConnection;
use tokio::task::JoinSet;

use crate::schema_support::{for_major, major, run, servers, try_run};

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
    let (mut hidden, mut lost) = (Vec::new(), Vec::new());
    for change in changes.lines().filter(|line| !line.starts_with("--")) {
        let after = changed(&mut connection, change).await;
        if before == after || text_diff(&before, &after).is_empty() {
            hidden.push(change);
        }
        let sql = after.to_sql();
        // No statement makes an index invalid, a label takes its provider, of a subscription the SQL
        // tells in comments alone, and a role that is there stays as it is. A type that its functions
        // do not fit makes Postgres crash where it is used.
        let untold = ["-- INVALID", "SECURITY LABEL", "-- CREATE SUBSCRIPTION"];
        let stays = ["ALTER ROLE", "UPDATE pg_type SET typbyval"];
        let comes_back = !untold.iter().any(|part| sql.contains(part))
            && !stays.iter().any(|part| change.starts_with(part));
        if round_trip && comes_back {
            match try_changed(&mut copy, &sql).await {
                Ok(loaded) if loaded == after => {}
                Ok(loaded) => lost.push((change, text_diff(&after, &loaded))),
                Err(error) => lost.push((change, error)),
            }
        }
    }
    assert!(
        hidden.is_empty(),
        "on {major}, these do not show: {hidden:#?}"
    );
    assert!(
        lost.is_empty(),
        "on {major}, these do not come back: {lost:#?}"
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
pub(crate) async fn base(connection: &mut PgConnection, major: u32) -> Schema {
    let fixture = for_major(include_str!("fixtures/every_kind.sql"), major);
    run(connection, "apply the fixture", &fixture).await;
    Schema::read(connection).await.expect("read the schema")
}

/// Reads the schema with a change, and takes the change back.
pub(crate) async fn changed(connection: &mut PgConnection, change: &str) -> Schema {
    let schema = try_changed(connection, change).await;
    schema.unwrap_or_else(|error| panic!("{change}: {error}"))
}

async fn try_changed(connection: &mut PgConnection, change: &str) -> Result<Schema, String> {
    let schema = match try_run(connection, &format!("BEGIN; {change}")).await {
        Ok(()) => Schema::read(connection)
            .await
            .map_err(|error| format!("{error:#}")),
        Err(error) => Err(error),
    };
    run(connection, "take it back", "ROLLBACK").await;
    schema
}

async fn search_path(connection: &mut PgConnection) -> String {
    let query = sqlx::query_scalar("SELECT current_setting('search_path')");
    query.fetch_one(connection).await.expect("the search path")
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
    let mut as_owner = Schema::read(&mut connection)
        .await
        .expect("read as the owner");
    run(
        &mut connection,
        "set role",
        "CREATE ROLE nobody_special; SET ROLE nobody_special",
    )
    .await;
    let mut as_other = Schema::read(&mut connection)
        .await
        .expect("read as another role");
    assert!(as_other.objects.keys().eq(as_owner.objects.keys()));
    // The options of a user mapping are for its user alone.
    for schema in [&mut as_owner, &mut as_other] {
        schema.objects.retain(|id, _| id.kind != Kind::UserMapping);
    }
    assert_eq!(text_diff(&as_owner, &as_other), "");
    assert!(as_other.objects == as_owner.objects);
}

#[tokio::test]
async fn unreadable_catalog_is_an_error_that_says_so() {
    let server = crate::schema_support::server().await;
    let database = server
        .create_database("unreadable")
        .await
        .expect("a database");
    let mut connection = database.connect().await.expect("connect");
    let sql = "REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC;
        CREATE ROLE not_for_policies; SET ROLE not_for_policies";
    run(&mut connection, "take the privilege away", sql).await;
    let error = Schema::read(&mut connection)
        .await
        .expect_err("it may not read the policies");
    let error = format!("{error:#}");
    let expected = "read the attachments from the catalogs: connect as a role that may read all of `pg_catalog`: ";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.contains("pg_policy"), "{error}");
    run(&mut connection, "go on", "RESET ROLE").await;
    let sql = Schema::read(&mut connection).await.expect("read").to_sql();
    assert!(
        sql.contains("REVOKE ALL ON TABLE pg_catalog.pg_policy FROM PUBLIC;"),
        "{sql}"
    );
}
