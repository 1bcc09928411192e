//! The provider `local`.

use std::fs;
use std::path::PathBuf;

use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;

use crate::support::settings_apart;

/// The folder of a local server: its socket lies there.
fn folder(server: &Server) -> PathBuf {
    server.admin_options().get_socket().unwrap().clone()
}

#[tokio::test]
async fn stop_and_drop_leave_nothing() {
    let Some((settings, cache)) = settings_apart(ProviderKind::Local).await else {
        return;
    };

    let stopped = Server::start(&settings, &Quiet).await.unwrap();
    let dropped = Server::start(&settings, &Quiet).await.unwrap();
    let folders = [folder(&stopped), folder(&dropped)];
    assert!(folders.iter().all(|folder| folder.exists()));
    stopped.stop().await.unwrap();
    drop(dropped);

    assert!(folders.iter().all(|folder| !folder.exists()));
    assert_eq!(fs::read_dir(cache.path().join("runs")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_starts_at_once_make_one_template() {
    let Some((settings, cache)) = settings_apart(ProviderKind::Local).await else {
        return;
    };

    let (one, two) = tokio::join!(
        Server::start(&settings, &Quiet),
        Server::start(&settings, &Quiet)
    );
    one.unwrap().stop().await.unwrap();
    two.unwrap().stop().await.unwrap();

    let templates = fs::read_dir(cache.path().join("templates")).unwrap();
    let folders = templates.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(folders.count(), 1);
}

#[tokio::test]
async fn start_that_nobody_waits_for_leaves_nothing() {
    let Some((settings, cache)) = settings_apart(ProviderKind::Local).await else {
        return;
    };
    // The first start takes longer than this: it is cut short in the middle.
    let limit = std::time::Duration::from_millis(100);
    let cut = tokio::time::timeout(limit, Server::start(&settings, &Quiet)).await;
    assert!(cut.is_err(), "a first start within {limit:?}");
    assert_eq!(fs::read_dir(cache.path().join("runs")).unwrap().count(), 0);
}

#[tokio::test]
async fn missing_major_is_an_error_that_says_what_to_install() {
    let settings = ProviderSettings {
        kind: Some(ProviderKind::Local),
        ..ProviderSettings::default()
    };
    let absent = (13..=18).rev().find(|major| {
        let dir = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"));
        cfg!(target_os = "linux") && !dir.exists()
    });
    let Some(major) = absent else {
        eprintln!("skipped: no major is known to be absent");
        return;
    };
    let error = Server::start(&ProviderSettings { major, ..settings }, &Quiet)
        .await
        .unwrap_err();
    let error = format!("{error:#}");
    assert!(
        error.starts_with(&format!(
            "get a Postgres by `local`: no binaries of Postgres {major} (found "
        )),
        "{error}"
    );
    assert!(
        error.contains(&format!(
            "install them with `apt-get install postgresql-{major}`"
        )),
        "{error}"
    );
}
