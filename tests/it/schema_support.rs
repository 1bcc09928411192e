//! Servers and databases for the schema tests: one of every major that is at hand.

use rehearsal::{
    provider::{DEFAULT_MAJOR, NEWEST_MAJOR, OLDEST_MAJOR, ProviderKind, ProviderSettings, Quiet},
    server::Server,
};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

/// One server of each major for which this machine has binaries or an image, or the one that the
/// environment names, or failing all that the default.
pub(crate) async fn servers() -> Vec<Server> {
    let mut servers = Vec::new();
    if !is_named() {
        for major in OLDEST_MAJOR..=NEWEST_MAJOR {
            servers.extend(server_at_hand(&settings(), major).await);
        }
    }
    if servers.is_empty() {
        let server = Server::start(&settings(), &Quiet).await;
        servers.push(server.unwrap_or_else(|error| panic!("start a server: {error:#}")));
    }
    servers
}

/// One server: the one that the environment names, or whichever is at hand.
pub(crate) async fn server() -> Server {
    if !is_named() {
        for major in [15, DEFAULT_MAJOR, 18, 16, 14, 13] {
            if let Some(server) = server_at_hand(&settings(), major).await {
                return server;
            }
        }
    }
    let server = Server::start(&settings(), &Quiet).await;
    server.unwrap_or_else(|error| panic!("start a server: {error:#}"))
}

fn settings() -> ProviderSettings {
    ProviderSettings::from_env().expect("settings from the environment")
}

fn is_named() -> bool {
    let names = ["REHEARSAL_PROVIDER", "REHEARSAL_PG", "REHEARSAL_IMAGE"];
    names.iter().any(|name| std::env::var_os(name).is_some())
}

async fn server_at_hand(settings: &ProviderSettings, major: u16) -> Option<Server> {
    for kind in [ProviderKind::Local, ProviderKind::Container] {
        let settings = ProviderSettings {
            kind: Some(kind),
            major,
            offline: true,
            ..settings.clone()
        };
        match Server::start(&settings, &Quiet).await {
            Ok(server) => return Some(server),
            Err(error) => eprintln!("{error:#}"),
        }
    }
    eprintln!("no Postgres {major} at hand: not tested on it");
    None
}

/// The server's major.
pub(crate) fn major(server: &Server) -> u32 {
    server.version().0 / 10_000
}

/// Runs a script in one go; panics with Postgres's message and the place in the script.
pub(crate) async fn run(connection: &mut PgConnection, what: &str, sql: &str) {
    try_run(connection, sql)
        .await
        .unwrap_or_else(|error| panic!("{what}: {error}"));
}

/// Runs a script in one go.
pub(crate) async fn try_run(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let result = connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
        .await;
    let Err(error) = result else { return Ok(()) };
    let place = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
        .and_then(|error| match error.position()? {
            sqlx::postgres::PgErrorPosition::Original(at) => Some(at),
            sqlx::postgres::PgErrorPosition::Internal { .. } => None,
        })
        .map(|at| sql.chars().skip(at - 1).take(60).collect::<String>());
    Err(format!("{error} at {place:?}"))
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
