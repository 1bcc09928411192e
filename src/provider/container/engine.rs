//! The Docker engine: whether one answers, what it has, and the containers that dead runs left on it.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use testcontainers_modules::testcontainers::bollard::Docker;
use testcontainers_modules::testcontainers::bollard::errors::Error;
use testcontainers_modules::testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptions, RemoveContainerOptionsBuilder,
};
use testcontainers_modules::testcontainers::core::client::docker_client_instance;
use tokio::time::{sleep, timeout};

use crate::provider::{ProviderKind, run};

/// The label of each container of ours: its run's id.
pub(crate) const RUN: &str = "dev.rehearsal.run";
/// What to do when no engine answers.
const HINT: &str =
    "start one, or set DOCKER_HOST to where it listens: `docker context inspect` shows it";
/// A dead engine address must not hold up the next provider.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long the engine may take to remove a container.
const REMOVAL: Duration = Duration::from_secs(20);

/// A client for the engine that `DOCKER_HOST` names, else for the usual sockets.
pub(crate) async fn client() -> anyhow::Result<Docker> {
    let client = docker_client_instance().await;
    client.with_context(|| format!("find a Docker engine ({HINT})"))
}

/// The engine's own id, which tells it from others. Fails soon when no engine answers.
pub(crate) async fn identify() -> anyhow::Result<String> {
    let docker = client().await?;
    let Ok(info) = timeout(PATIENCE, docker.info()).await else {
        bail!(
            "no Docker engine answers within {} ms ({HINT})",
            PATIENCE.as_millis()
        );
    };
    let info = info.with_context(|| format!("reach a Docker engine ({HINT})"))?;
    Ok(info.id.unwrap_or_else(|| "unknown".to_owned()))
}

/// The engine's version and its Postgres images.
pub(crate) async fn describe() -> anyhow::Result<Vec<String>> {
    identify().await?;
    let docker = client().await?;
    let version = docker
        .version()
        .await
        .context("ask the engine for its version")?;
    let mut found = vec![format!(
        "engine {} (API {})",
        version.version.as_deref().unwrap_or("unknown"),
        version.api_version.as_deref().unwrap_or("unknown")
    )];
    let images = docker
        .list_images(None::<ListImagesOptions>)
        .await
        .context("list the images")?;
    let mut tags: Vec<String> = images
        .into_iter()
        .flat_map(|image| image.repo_tags)
        .collect();
    tags.retain(|tag| tag.split(['/', ':']).any(|part| part == "postgres"));
    tags.sort();
    found.extend(tags.into_iter().map(|tag| format!("image {tag}")));
    Ok(found)
}

/// Removes the containers of dead runs on this engine.
pub(crate) async fn sweep(cache: &Path, engine: &str) -> anyhow::Result<()> {
    let mut dead = run::dead(cache, ProviderKind::Container);
    dead.retain(|run| run.made == engine);
    for run in dead {
        remove_run(&run.id).await?;
        run.finish();
    }
    Ok(())
}

/// Removes all containers of a run, with their volumes.
pub(crate) async fn remove_run(id: &str) -> anyhow::Result<()> {
    let docker = client().await?;
    for container in containers(&docker, id).await? {
        remove(&docker, &container).await?;
    }
    Ok(())
}

/// The container of a run that has one.
pub(crate) async fn only_container(id: &str) -> anyhow::Result<String> {
    let mut containers = containers(&client().await?, id).await?;
    containers
        .pop()
        .with_context(|| format!("the container of run {id} is gone"))
}

/// Removes a container with its volumes, and waits until it is gone.
pub(crate) async fn remove(docker: &Docker, container: &str) -> anyhow::Result<()> {
    let gone = async {
        loop {
            let options = RemoveContainerOptionsBuilder::new()
                .force(true)
                .v(true)
                .build();
            match docker.remove_container(container, Some(options)).await {
                // 409: the engine is removing it already.
                Ok(())
                | Err(Error::DockerResponseServerError {
                    status_code: 409, ..
                }) => {}
                Err(Error::DockerResponseServerError {
                    status_code: 404, ..
                }) => return Ok(()),
                Err(error) => return Err(error),
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(REMOVAL, gone)
        .await
        .map_err(|_| anyhow!("it is still there after {} s", REMOVAL.as_secs()))
        .and_then(|removed| Ok(removed?))
        .with_context(|| format!("remove the container {container}"))
}

async fn containers(docker: &Docker, run: &str) -> anyhow::Result<Vec<String>> {
    let filters = HashMap::from([("label", vec![format!("{RUN}={run}")])]);
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters)
        .build();
    let found = docker
        .list_containers(Some(options))
        .await
        .context("list the containers of a run")?;
    Ok(found
        .into_iter()
        .filter_map(|container| container.id)
        .collect())
}
