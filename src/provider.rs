//! Where an ephemeral Postgres comes from: a container, binaries on this machine, a downloaded build, or databases on
//! a named server. Each is a `Provider`; [`crate::server::Server::start`] takes the first that works.

mod container;
mod doctor;
#[cfg(unix)]
mod download;
pub(crate) mod keeper;
#[cfg(unix)]
mod local;
mod lock;
mod named;
pub(crate) mod run;
mod settings;
#[cfg(not(unix))]
mod unix_only;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use anyhow::bail;
use sqlx::postgres::PgConnectOptions;

use crate::created::Created;
use crate::provider::keeper::Kept;

pub use crate::provider::doctor::{ProviderProbe, Started, doctor, probe};
pub use crate::provider::settings::ProviderSettings;

/// The Postgres major that is taken when nobody names one.
pub const DEFAULT_MAJOR: u16 = 17;
/// The oldest Postgres major that Rehearsal works with.
pub const OLDEST_MAJOR: u16 = 13;
/// The newest Postgres major that Rehearsal was tried with.
pub const NEWEST_MAJOR: u16 = 18;

/// A way to get a Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProviderKind {
    /// A container of the official image, or of a named one.
    Container,
    /// PostgreSQL binaries of this machine.
    Local,
    /// A downloaded PostgreSQL build.
    Download,
    /// Databases on a running server that the user named.
    Server,
}

/// Shows how far a long step is. The harness never prints: the caller draws.
pub trait Progress: Send + Sync {
    /// What is being done now, such as `pulling postgres:17`.
    fn message(&self, text: &str);
    /// How many bytes of how many are there; `total` is `None` when nobody knows.
    fn bytes(&self, done: u64, total: Option<u64>);
}

/// A [`Progress`] that shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

/// A way to get a Postgres that was tried before the one taken, and why it did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The way.
    pub kind: ProviderKind,
    /// Why it did not work, with what to do about it.
    pub reason: String,
}

/// One way to get a Postgres.
pub(crate) trait Provider: Send + Sync {
    /// What it found, or why it cannot work here. Quick, and starts nothing.
    fn find<'a>(&'a self, settings: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Found>>;

    /// Starts a server, or reaches the named one. It need not answer yet.
    fn start<'a>(
        &'a self,
        settings: &'a ProviderSettings,
        progress: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>>;
}

/// What a provider found.
#[derive(Debug)]
pub(crate) struct Found {
    /// One fact a line.
    pub(crate) facts: Vec<String>,
    /// Whether a start needs nothing from the network.
    pub(crate) ready: bool,
}

/// A server that was started, or reached.
pub(crate) struct Running {
    /// How to reach it as its superuser (or, on a named server, as the role that may create databases).
    pub(crate) admin: PgConnectOptions,
    /// What it came from, such as an image or a folder of binaries.
    pub(crate) origin: String,
    /// The run's id: part of the name of every database.
    pub(crate) run: String,
    /// The databases that the run made.
    pub(crate) created: Created,
    pub(crate) kept: Kept,
}

/// A future behind a pointer, so that a provider can be a trait object.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl ProviderKind {
    /// Every way, in the order in which they are tried.
    pub const ALL: [ProviderKind; 4] = [
        ProviderKind::Container,
        ProviderKind::Local,
        ProviderKind::Download,
        ProviderKind::Server,
    ];

    /// The ways that are tried when the user names none. A named server is never taken unasked.
    pub const AUTO: [ProviderKind; 3] = [
        ProviderKind::Container,
        ProviderKind::Local,
        ProviderKind::Download,
    ];

    pub(crate) fn provider(self) -> &'static dyn Provider {
        match self {
            ProviderKind::Container => &container::Container,
            #[cfg(unix)]
            ProviderKind::Local => &local::Local,
            #[cfg(unix)]
            ProviderKind::Download => &download::Download,
            #[cfg(not(unix))]
            ProviderKind::Local | ProviderKind::Download => &unix_only::UnixOnly,
            ProviderKind::Server => &named::Named,
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProviderKind::Container => "container",
            ProviderKind::Local => "local",
            ProviderKind::Download => "download",
            ProviderKind::Server => "server",
        })
    }
}

impl FromStr for ProviderKind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<ProviderKind> {
        let Some(kind) = ProviderKind::ALL
            .into_iter()
            .find(|kind| kind.to_string() == name)
        else {
            bail!("unknown provider `{name}`: choose auto, container, local, download or server");
        };
        Ok(kind)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options hold a password.
        f.debug_struct("Running")
            .field("origin", &self.origin)
            .field("run", &self.run)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

impl Progress for Quiet {
    fn message(&self, _text: &str) {}
    fn bytes(&self, _done: u64, _total: Option<u64>) {}
}

/// Removes every server of this process that still runs, with its databases, folders and containers, and waits for it.
///
/// A [`crate::server::Server`] does so when it is dropped, and on Unix a process that returns from `main` or calls
/// `std::process::exit` does so for those that are not, such as one in a `static`. For other ways to end, there is this.
pub fn clean_up() {
    keeper::clean_up();
}

#[cfg(test)]
mod tests {
    use super::ProviderKind;

    #[test]
    fn names_read_back() {
        for kind in ProviderKind::ALL {
            assert_eq!(kind.to_string().parse::<ProviderKind>().unwrap(), kind);
        }
        let error = "docker".parse::<ProviderKind>().unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown provider `docker`: choose auto, container, local, download or server"
        );
    }
}
