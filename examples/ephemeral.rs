//! Gets a Postgres, says how long it took, and with `--keep` keeps it until Ctrl-C.
//!
//! ```sh
//! REHEARSAL_PROVIDER=local REHEARSAL_PG=15 cargo run --example ephemeral
//! ```

use std::time::Instant;

use rehearsal::provider::{ProviderSettings, Quiet};
use rehearsal::server::Server;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tokio::select! {
        // First, so that no signal is missed; dropping the other branch then takes the server away.
        biased;
        () = signal() => Ok(()),
        result = serve() => result,
    }
}

async fn serve() -> anyhow::Result<()> {
    let began = Instant::now();
    let server = Server::start(&ProviderSettings::from_env()?, &Quiet).await?;
    let started = began.elapsed();
    let database = server.create_database("example").await?;
    let created = began.elapsed() - started;
    println!(
        "{} {} from {}: started in {started:.0?}, database created in {created:.0?}",
        server.kind(),
        server.version(),
        server.origin()
    );
    for way in server.skipped() {
        println!("passed by {}: {}", way.kind, way.reason);
    }
    println!("{}", database.url());

    if std::env::args().any(|argument| argument == "--keep") {
        std::future::pending::<()>().await;
    }
    let began = Instant::now();
    server.stop().await?;
    println!("stopped in {:.0?}", began.elapsed());
    Ok(())
}

/// Ctrl-C, and where there are such things, SIGTERM.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminated = signal(SignalKind::terminate()).expect("a handler for SIGTERM");
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
