//! A derived image that holds an initdb'ed data folder, made once for each base image. A container of it copies the
//! folder into memory and starts, where the base image would run `initdb` and a temporary server first.

use std::collections::BTreeMap;

use anyhow::Context;
use sha2::{Digest, Sha256};
use testcontainers_modules::testcontainers::bollard::models::ContainerConfig;
use testcontainers_modules::testcontainers::bollard::query_parameters::{
    CommitContainerOptionsBuilder, StopContainerOptionsBuilder,
};

use crate::provider::container::engine::{self, RUN};
use crate::provider::container::image::{self, Image, Name};
use crate::provider::container::instance::{End, Recipe};
use crate::provider::lock::exclusive;
use crate::provider::{Progress, ProviderSettings, keeper, run};
use crate::server::first_connection;

/// The label of each derived image: its base image's id.
const TEMPLATE: &str = "dev.rehearsal.template";
/// The superuser's password in the derived image. Who can read it may use the engine, and so everything on it.
const PASSWORD: &str = "dev.rehearsal.password";
/// Where the data folder lies in the image: outside the declared volumes, which `commit` leaves out.
const STORED: &str = "/rehearsal/data";
/// Where a container keeps its data.
const MEMORY: &str = "/rehearsal/run";
/// Change it when the derived images change: the old ones are then passed by.
const REVISION: &str = "1";

/// How to run the image: by its derived one, made now if it is not there, or as it is where that cannot be made.
pub(crate) async fn recipe(
    image: &Image,
    engine: &str,
    settings: &ProviderSettings,
    progress: &dyn Progress,
) -> anyhow::Result<Recipe> {
    // An image with a program of its own starts Postgres in its own way.
    if image
        .command
        .first()
        .is_none_or(|program| program != "postgres")
    {
        return Ok(plain(image));
    }
    let name = derived_name(image);
    if let Some(recipe) = existing(image, name.clone()).await? {
        return Ok(recipe);
    }
    let lock = settings
        .cache_dir
        .join("templates")
        .join(format!("image-{}.lock", name.tag));
    let _lock = exclusive(&lock, "the same template", progress).await?;
    if let Some(recipe) = existing(image, name.clone()).await? {
        return Ok(recipe);
    }
    progress.message(&format!("preparing a template of {}, once", image.name));
    if let Err(error) = make(image, &name, engine, settings).await {
        progress.message(&format!("no template of {}: {error:#}", image.name));
        return Ok(plain(image));
    }
    Ok(existing(image, name).await?.unwrap_or_else(|| plain(image)))
}

/// Runs the image as it is, with its volumes in memory.
fn plain(image: &Image) -> Recipe {
    let mut memory = image.volumes.clone();
    memory.push(MEMORY.to_owned());
    Recipe {
        origin: image.name.clone(),
        image: image.name.clone(),
        command: image.command.clone(),
        memory,
        data: format!("{MEMORY}/data"),
        password: random_password(),
        end: End::Remove,
    }
}

async fn existing(image: &Image, name: Name) -> anyhow::Result<Option<Recipe>> {
    let found = keeper::run(async move { image::find(&name).await }).await??;
    Ok(found.and_then(|derived| {
        let password = derived.labels.get(PASSWORD)?.clone();
        // By its id: another machine's run may give the name to another image, with another password.
        Some(Recipe {
            image: Name::parse(&derived.id).ok()?,
            password,
            ..plain(image)
        })
    }))
}

/// Starts the base image once, stops it and commits it.
async fn make(
    image: &Image,
    name: &Name,
    engine: &str,
    settings: &ProviderSettings,
) -> anyhow::Result<()> {
    let recipe = Recipe {
        memory: image.volumes.clone(),
        data: STORED.to_owned(),
        end: End::Stay,
        ..plain(image)
    };
    let changes = changes(image, &recipe.password);
    let running = super::run(recipe, engine, settings).await?;
    // The entry point's temporary server listens on no port: this is the real one.
    drop(first_connection(&running).await?);
    let (run, name) = (running.run.clone(), name.clone());
    keeper::run(async move { stop_and_commit(&run, &name, &changes).await }).await??;
    running.kept.remove().await
}

/// What the derived image has besides its base.
fn changes(image: &Image, password: &str) -> String {
    // The user's own entry point has done its work; `exec` makes the server the first process, which gets the signals.
    let entry = format!(r#"cp -a {STORED} "$PGDATA" && exec "$@""#);
    let entry = serde_json::json!(["/bin/sh", "-c", entry, "sh"]);
    let labels = BTreeMap::from([
        (TEMPLATE, image.id.as_str()),
        (PASSWORD, password),
        (RUN, ""),
    ]);
    let labels: String = labels
        .iter()
        .map(|(key, value)| format!(" {key}=\"{value}\""))
        .collect();
    format!("ENTRYPOINT {entry}\nUSER postgres\nLABEL{labels}")
}

async fn stop_and_commit(run: &str, name: &Name, changes: &str) -> anyhow::Result<()> {
    let docker = engine::client().await?;
    let container = engine::only_container(run).await?;
    let options = StopContainerOptionsBuilder::new().t(30).build();
    docker
        .stop_container(&container, Some(options))
        .await
        .context("stop the template's container")?;
    if image::find(name).await?.is_some() {
        return Ok(()); // Another process with another cache folder was quicker.
    }
    let options = CommitContainerOptionsBuilder::new()
        .container(&container)
        .repo(&name.name)
        .tag(&name.tag)
        .changes(changes)
        .comment("data folder prepared by Rehearsal; remove at will")
        .build();
    docker
        .commit_container(options, ContainerConfig::default())
        .await
        .context("commit the template's container")?;
    Ok(())
}

fn derived_name(image: &Image) -> Name {
    let digest = Sha256::digest(format!("{REVISION} {}", image.id));
    let tag = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Name {
        name: "rehearsal-template".to_owned(),
        tag,
    }
}

fn random_password() -> String {
    run::random_id() + &run::random_id() + &run::random_id()
}
