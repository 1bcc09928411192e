//! Databases for the schema tests, on every Postgres that is at hand.

use sqlx::{Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};

/// A server of one major.
pub(crate) struct TestServer {
    pub(crate) major: u32,
    options: PgConnectOptions,
}

/// The servers to test on.
pub(crate) async fn servers() -> Vec<TestServer> {
    let urls = std::env::var("REHEARSAL_SCHEMA_SERVERS").expect("servers");
    let mut servers = Vec::new();
    for url in urls.split_whitespace() {
        let options: PgConnectOptions = url.parse().expect("url");
        let mut connection = PgConnection::connect_with(&options).await.expect("connect");
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&mut connection)
            .await
            .expect("version");
        servers.push(TestServer {
            major: version as u32 / 10_000,
            options,
        });
    }
    servers
}

impl TestServer {
    /// A new, empty database.
    pub(crate) async fn database(&self, name: &str) -> PgConnection {
        let mut admin = PgConnection::connect_with(&self.options)
            .await
            .expect("connect");
        let name = format!("schema_test_{name}");
        for statement in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            admin
                .execute(sqlx::AssertSqlSafe(statement))
                .await
                .expect("create database");
        }
        PgConnection::connect_with(&self.options.clone().database(&name))
            .await
            .expect("connect")
    }
}

/// Keeps the lines for this major: those that end in `--@14` are for Postgres 14 and later.
pub(crate) fn for_major(sql: &str, major: u32) -> String {
    let fits = |line: &&str| {
        line.rsplit_once("--@")
            .is_none_or(|(_, from)| from.parse::<u32>().is_ok_and(|n| n <= major))
    };
    sql.lines()
        .filter(fits)
        .flat_map(|line| [line, "\n"])
        .collect()
}
