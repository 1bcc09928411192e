//! The provider `container`: testcontainers' Postgres on any Docker engine, near or far, made quick by a derived image
//! that holds an initdb'ed data folder.

mod engine;
mod image;
mod instance;
mod template;

use anyhow::bail;

use crate::created::Created;
use crate::provider::container::image::{Image, Name};
use crate::provider::container::instance::Recipe;
use crate::provider::keeper;
use crate::provider::run::Run;
use crate::provider::{Boxed, Found, Progress, Provider, ProviderKind, ProviderSettings, Running};

/// The provider `container`.
pub(crate) struct Container;

impl Provider for Container {
    fn find<'a>(&'a self, settings: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Found>> {
        Box::pin(async {
            let name = Name::parse(&settings.image())?;
            let mut facts = keeper::run(engine::describe()).await??;
            let wanted = name.clone();
            let ready = keeper::run(async move { image::find(&wanted).await })
                .await??
                .is_some();
            if !ready {
                facts.push(format!("not the image {name}: `docker pull {name}`"));
            }
            Ok(Found { facts, ready })
        })
    }

    fn start<'a>(
        &'a self,
        settings: &'a ProviderSettings,
        progress: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>> {
        Box::pin(async {
            let name = Name::parse(&settings.image())?;
            let engine = keeper::run(engine::identify()).await??;
            let (cache, here) = (settings.cache_dir.clone(), engine.clone());
            keeper::run(async move { engine::sweep(&cache, &here).await }).await??;

            let image = obtain(&name, settings.offline, progress).await?;
            let recipe = template::recipe(&image, &engine, settings, progress).await?;
            run(recipe, &engine, settings).await
        })
    }
}

/// Runs a recipe; the server need not answer yet.
async fn run(recipe: Recipe, engine: &str, settings: &ProviderSettings) -> anyhow::Result<Running> {
    let origin = format!("image {}", recipe.origin);
    let run = Run::begin(&settings.cache_dir, ProviderKind::Container, |_| {
        engine.to_owned()
    })?;
    let id = run.id.clone();
    let (kept, admin) = keeper::keep(instance::boot(run, recipe)).await?;
    Ok(Running {
        admin,
        origin,
        run: id,
        created: Created::default(),
        kept,
    })
}

/// The image, pulled when the engine does not have it.
async fn obtain(name: &Name, offline: bool, progress: &dyn Progress) -> anyhow::Result<Image> {
    let find = |name: Name| keeper::run(async move { image::find(&name).await });
    if let Some(image) = find(name.clone()).await?? {
        return Ok(image);
    }
    let ways = format!(
        "pull it (`docker pull {name}`), name another in the settings, or take another provider, such as `local`"
    );
    if offline {
        bail!(
            "the engine does not have the image {name}, and pulling it is forbidden (offline): {ways}"
        );
    }
    progress.message(&format!("pulling {name}"));
    let wanted = name.clone();
    if let Err(error) = keeper::run(async move { image::pull(&wanted).await }).await? {
        bail!("the engine does not have the image {name} and cannot pull it ({error:#}): {ways}");
    }
    let Some(image) = find(name.clone()).await?? else {
        bail!("the engine pulled the image {name}, but does not have it: {ways}");
    };
    Ok(image)
}
