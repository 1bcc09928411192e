//! The provider `local`: PostgreSQL binaries of this machine, run by our own spawner on a copy of a cached data folder.

mod binaries;
mod shared_memory;
mod spawn;
mod sweep;
mod template;
mod user;

use anyhow::{Context, bail};
use tokio::task::spawn_blocking;

use crate::created::Created;
use crate::provider::run::Run;
use crate::provider::{Boxed, Found, Progress, Provider, ProviderKind, ProviderSettings, Running};

pub(crate) use crate::provider::local::binaries::{Binaries, complaint, inspect};

/// The provider `local`.
pub(crate) struct Local;

impl Provider for Local {
    fn find<'a>(&'a self, settings: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Found>> {
        Box::pin(async {
            let all = binaries::all(&settings.search_path);
            binaries::choose(&all, settings.major)?;
            Ok(Found {
                facts: all.iter().map(Binaries::to_string).collect(),
                ready: true,
            })
        })
    }

    fn start<'a>(
        &'a self,
        settings: &'a ProviderSettings,
        progress: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>> {
        Box::pin(async {
            let wanted = binaries::wanted(&settings.search_path, settings.major)?;
            start(&wanted, settings, progress).await
        })
    }
}

/// Runs `binaries` on a fresh data folder.
pub(crate) async fn start(
    binaries: &Binaries,
    settings: &ProviderSettings,
    progress: &dyn Progress,
) -> anyhow::Result<Running> {
    let user = user::unprivileged()?;
    if let Some(user) = &user
        && !user::may_enter(&binaries.dir)
    {
        bail!(
            "Postgres must not run as root, and the user `{}` cannot reach {}: put the binaries or the cache folder \
             where other users may enter, or run as another user",
            user.name,
            binaries.dir.display()
        );
    }

    let cache = settings.cache_dir.clone();
    spawn_blocking(move || sweep::sweep(&cache))
        .await
        .context("sweep the left-overs of dead runs")?;

    if !template::exists(binaries, &settings.cache_dir) {
        progress.message(&format!("preparing a data folder with {binaries}"));
    }
    let base = spawn::base_folder();
    let run = Run::begin(&settings.cache_dir, ProviderKind::Local, |id| {
        spawn::folder(&base, id).display().to_string()
    })?;
    let id = run.id.clone();
    let (kept, admin) = crate::provider::keeper::keep(spawn::boot(
        run,
        binaries.clone(),
        settings.cache_dir.clone(),
        user,
    ))
    .await?;
    Ok(Running {
        admin,
        origin: binaries.dir.display().to_string(),
        run: id,
        created: Created::default(),
        kept,
    })
}
