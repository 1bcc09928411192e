//! Ctrl-C, and a polite request to end.

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// What ended a run before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, such as from a CI system that cancels a job.
    Terminate,
}

impl Interruption {
    /// The exit status that shells give for it: 128 and the signal's number.
    pub(crate) fn exit_status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Waits until somebody wants this to end.
pub(crate) async fn interrupted() -> Interruption {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        return tokio::select! {
            _ = tokio::signal::ctrl_c() => Interruption::Interrupt,
            _ = terminate.recv() => Interruption::Terminate,
        };
    }
    // Where no handler can be set, the system's own ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        return std::future::pending().await;
    }
    Interruption::Interrupt
}
