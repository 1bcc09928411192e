//! The provider `container`.

use std::time::Duration;

use rehearsal::apply;
use rehearsal::provider::{ProviderKind, ProviderSettings, Quiet};
use rehearsal::server::Server;
use rehearsal_lints::{SourceFile, layout};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::support::settings;

#[tokio::test]
async fn absent_image_that_may_not_be_pulled_is_named_with_the_ways_out() {
    let Some(settings) = settings(ProviderKind::Container).await else {
        return;
    };
    let image = Some("rehearsal.invalid/postgres:99".to_owned());
    let settings = ProviderSettings { image, ..settings };
    let error = format!("{:#}", Server::start(&settings, &Quiet).await.unwrap_err());
    assert!(
        error.contains("does not have the image rehearsal.invalid/postgres:99"),
        "{error}"
    );
    assert!(
        error.contains("`docker pull rehearsal.invalid/postgres:99`"),
        "{error}"
    );

    let settings = ProviderSettings {
        offline: false,
        ..settings
    };
    let error = format!("{:#}", Server::start(&settings, &Quiet).await.unwrap_err());
    assert!(error.contains("cannot pull it"), "{error}");
    // Whatever the engine said about it is there.
    assert!(error.contains("rehearsal.invalid"), "{error}");
    assert!(
        error.contains("another provider, such as `local`"),
        "{error}"
    );
}

#[tokio::test]
async fn image_without_a_tag_is_refused() {
    let settings = ProviderSettings {
        kind: Some(ProviderKind::Container),
        image: Some("postgres".to_owned()),
        ..ProviderSettings::default()
    };
    let error = format!("{:#}", Server::start(&settings, &Quiet).await.unwrap_err());
    assert!(
        error.ends_with("the image `postgres` has no tag: write one, such as `postgres:17`"),
        "{error}"
    );
}

/// Nothing waits for ever for a server that fell silent: its connections stay open.
#[tokio::test]
async fn a_server_that_falls_silent_ends_the_run() {
    let Some(settings) = settings(ProviderKind::Container).await else {
        return;
    };
    let settings = ProviderSettings {
        statement_timeout: Duration::from_secs(600),
        ..settings
    };
    let server = Server::start(&settings, &Quiet).await.unwrap();
    let file = SourceFile::new("1_wait.sql", "SELECT pg_sleep(600);");
    let set = layout::sqlx::read(vec![file]).unwrap();
    let pause = async {
        sleep(Duration::from_secs(2)).await;
        let port = format!("publish={}", server.admin_options().get_port());
        let container = docker(&["ps", "--quiet", "--filter", &port]).await;
        docker(&["pause", &container]).await;
    };
    let run = timeout(Duration::from_secs(120), apply(&server, &set, &Quiet));
    let (run, ()) = tokio::join!(run, pause);
    let error = format!("{:#}", run.expect("the run ends").unwrap_err());
    assert!(error.contains("the server does not answer"), "{error}");
    server
        .stop()
        .await
        .expect("the container goes all the same");
}

async fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .await
        .unwrap();
    let (said, wrong) = (
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(output.status.success(), "{arguments:?}: {wrong}");
    String::from_utf8(said).unwrap().trim().to_owned()
}
