//! Ctrl-C, and a polite request to end.

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// The exit status that shells give for Ctrl-C: 128 and SIGINT's number.
pub(crate) const EXIT: u8 = 130;

/// Waits until the user wants this to end.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Where no handler can be set, the system's own ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
