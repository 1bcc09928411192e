//! What each provider finds on this machine, and how long it takes to the first query.

use std::time::{Duration, Instant};

use crate::causes;
use crate::provider::{Found, Progress, ProviderKind, ProviderSettings};
use crate::server::{Server, ServerVersion};

/// What [`doctor`] found out about one way to get a Postgres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderProbe {
    /// The way.
    pub kind: ProviderKind,
    /// What is there, one fact a line: the engine and its images, binaries with their folders, downloads, the server.
    /// Or why the way is closed, with what to install.
    pub found: Result<Vec<String>, String>,
    /// How a start went; `None` when nothing is there to start, or only after a download.
    pub started: Option<Result<Started, String>>,
}

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its version.
    pub version: ServerVersion,
    /// What it came from.
    pub origin: String,
    /// From nothing to the first answer, with the caches filled.
    pub first_query: Duration,
}

/// Looks at every provider, and starts and stops a server by each that has all it needs. Downloads and pulls nothing.
pub async fn doctor(settings: &ProviderSettings, progress: &dyn Progress) -> Vec<ProviderProbe> {
    let mut probes = Vec::new();
    for kind in ProviderKind::ALL {
        progress.message(&format!("trying {kind}"));
        probes.push(probe(kind, settings, progress).await);
    }
    probes
}

/// Looks at one provider, as [`doctor`] does at all.
pub async fn probe(
    kind: ProviderKind,
    settings: &ProviderSettings,
    progress: &dyn Progress,
) -> ProviderProbe {
    let Found { facts, ready } = match kind.provider().find(settings).await {
        Ok(found) => found,
        Err(error) => {
            return ProviderProbe {
                kind,
                found: Err(causes(&error)),
                started: None,
            };
        }
    };
    let mut started = None;
    if ready {
        started = Some(
            start(kind, settings, progress)
                .await
                .map_err(|error| causes(&error)),
        );
    }
    ProviderProbe {
        kind,
        found: Ok(facts),
        started,
    }
}

/// Starts twice: the first start may fill the caches.
async fn start(
    kind: ProviderKind,
    settings: &ProviderSettings,
    progress: &dyn Progress,
) -> anyhow::Result<Started> {
    let settings = ProviderSettings {
        kind: Some(kind),
        offline: true,
        ..settings.clone()
    };
    Server::start(&settings, progress).await?.stop().await?;
    let began = Instant::now();
    let server = Server::start(&settings, progress).await?;
    let first_query = began.elapsed();
    let started = Started {
        version: server.version(),
        origin: server.origin().to_owned(),
        first_query,
    };
    server.stop().await?;
    Ok(started)
}
