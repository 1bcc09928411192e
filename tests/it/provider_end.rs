//! Nothing stays, however the process ends. A child process (this test binary again) holds a server and is ended by a
//! signal; a killed one cannot clean up, so its server must end by itself, and the next run sweeps the rest.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;
use sqlx::{ConnectOptions, Connection, PgConnection};
use testcontainers_modules::testcontainers::bollard::query_parameters::ListContainersOptionsBuilder;
use testcontainers_modules::testcontainers::core::client::docker_client_instance;
use tokio::signal::unix::{SignalKind, signal};

use crate::support::{any_server, settings_apart};

/// Set for the child: it holds its server until a signal comes, or until it exits without dropping it.
const CHILD: &str = "REHEARSAL_TEST_CHILD";
/// The child's way to end.
const EXIT: &str = "exit";

/// In the child, the process whose end is watched; by itself, a server that ends because its future is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn dropped_future_drops_its_server() {
    if let Some(way) = env::var_os(CHILD) {
        if way == EXIT {
            exit_without_drop().await;
        }
        let mut terminated = signal(SignalKind::terminate()).unwrap();
        let settings = ProviderSettings::from_env().unwrap();
        tokio::select! {
            () = hold(&settings) => {}
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    let Some((settings, cache)) = settings_apart(ProviderKind::Local).await else {
        return;
    };
    let limit = Duration::from_secs(5);
    assert!(
        tokio::time::timeout(limit, hold(&settings)).await.is_err(),
        "it holds on"
    );
    assert_eq!(runs(cache.path()), 0);
}

/// What a test binary does with a server in a `static`.
async fn exit_without_drop() {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = Server::start(&ProviderSettings::from_env().unwrap(), &Quiet)
        .await
        .unwrap();
    println!(
        "held: {}",
        server.create_database("held").await.unwrap().url()
    );
    SERVER.set(server).unwrap();
    std::process::exit(0);
}

async fn hold(settings: &ProviderSettings) {
    let server = Server::start(settings, &Quiet).await.unwrap();
    let database = server.create_database("held").await.unwrap();
    println!("held: {}", database.url());
    std::future::pending::<()>().await;
}

/// A child that holds a server, and the URL of a database on it.
fn child(settings: &ProviderSettings, way: &str) -> (Child, String) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "provider_end::dropped_future_drops_its_server",
            "--nocapture",
        ])
        .env(CHILD, way)
        .env("REHEARSAL_PROVIDER", settings.kind.unwrap().to_string())
        .env("REHEARSAL_PG", settings.major.to_string())
        .env("REHEARSAL_CACHE_DIR", &settings.cache_dir)
        .env(
            "REHEARSAL_SERVER_URL",
            settings.server_url.as_deref().unwrap_or_default(),
        )
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let url = lines.find_map(|line| Some(line.split_once("held: ")?.1.to_owned()));
    let Some(url) = url else {
        panic!(
            "the child ended before it held a server: {}",
            child.wait().unwrap()
        );
    };
    // A test binary whose output is closed fails.
    thread::spawn(move || lines.for_each(drop));
    (child, url)
}

fn end(mut child: Child, signal: &str) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &pid])
            .status()
            .unwrap()
            .success()
    );
    let status = child.wait().unwrap();
    assert_eq!(status.success(), signal != "-KILL", "{signal}: {status}");
}

/// The number of runs that are not cleaned up.
fn runs(cache: &Path) -> usize {
    fs::read_dir(cache.join("runs")).unwrap().count()
}

async fn is_gone(url: &str) {
    let began = Instant::now();
    while let Ok(connection) = PgConnection::connect(url).await {
        drop(connection);
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the server outlives its owner"
        );
        sleep(Duration::from_millis(20));
    }
}

/// The number of containers of a run, stopped ones included.
async fn containers(run: &str) -> usize {
    let docker = docker_client_instance().await.unwrap();
    let filters = HashMap::from([("label", vec![format!("dev.rehearsal.run={run}")])]);
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters)
        .build();
    docker.list_containers(Some(options)).await.unwrap().len()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

/// Ends children by each signal; after the last, a further run sweeps.
async fn leaves_nothing(settings: ProviderSettings, trace: impl Fn(&str) -> bool) {
    for signal in ["-INT", "-TERM"] {
        let (child, url) = child(&settings, "signal");
        assert!(trace(&url), "the server is there");
        end(child, signal);
        assert!(!trace(&url), "{signal} leaves nothing");
        assert_eq!(runs(&settings.cache_dir), 0, "{signal} leaves nothing");
    }
    let (mut exiting, url) = child(&settings, EXIT);
    assert!(exiting.wait().unwrap().success());
    assert!(!trace(&url), "an exit leaves nothing");
    assert_eq!(runs(&settings.cache_dir), 0, "an exit leaves nothing");

    let (child, url) = child(&settings, "signal");
    end(child, "-KILL");
    if settings.kind != Some(ProviderKind::Server) {
        is_gone(&url).await;
    }
    assert_eq!(runs(&settings.cache_dir), 1, "a killed run cannot clean up");
    Server::start(&settings, &Quiet)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    assert!(!trace(&url), "the next run sweeps");
    assert_eq!(runs(&settings.cache_dir), 0, "the next run sweeps");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_local_binaries() {
    let Some((settings, _cache)) = settings_apart(ProviderKind::Local).await else {
        return;
    };
    leaves_nothing(settings, |url| {
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        PathBuf::from(options.get_socket().unwrap()).exists()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_container() {
    let Some((settings, _cache)) = settings_apart(ProviderKind::Container).await else {
        return;
    };
    leaves_nothing(settings, |url| {
        let run = url
            .rsplit_once("/rehearsal_")
            .unwrap()
            .1
            .split('_')
            .next()
            .unwrap();
        block_on(containers(run)) > 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_databases_on_a_named_server() {
    let Some(site) = any_server().await else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let settings = ProviderSettings {
        kind: Some(ProviderKind::Server),
        server_url: Some(site.admin_options().to_url_lossy().to_string()),
        cache_dir: cache.path().into(),
        ..ProviderSettings::default()
    };
    leaves_nothing(settings, |url| {
        let url = url.to_owned();
        block_on(async move { PgConnection::connect(&url).await.is_ok() })
    })
    .await;
}
