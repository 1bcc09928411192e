//! One container with a Postgres in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::StreamExt;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use testcontainers_modules::postgres::Postgres;
use testcontainers_modules::testcontainers::bollard::exec::{
    CreateExecOptions, StartExecOptions, StartExecResults,
};
use testcontainers_modules::testcontainers::bollard::models::HostConfig;
use testcontainers_modules::testcontainers::core::logs::LogFrame;
use testcontainers_modules::testcontainers::runners::AsyncRunner;
use testcontainers_modules::testcontainers::{ContainerAsync, ContainerRequest, ImageExt};
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::provider::container::engine::{self, RUN};
use crate::provider::container::image::Name;
use crate::provider::keeper::{Health, Resource};
use crate::provider::run::Run;
use crate::server::{OPTIONS, with_log};

/// Parallel workers share memory there; Docker's 64 MiB run out on a large index build.
const SHARED_MEMORY: u64 = 256 << 20;
/// How long the log of a container that has ended may still be on its way.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How much of the log is kept, in bytes.
const LOG: usize = 16 << 10;

/// What to run.
#[derive(Clone)]
pub(crate) struct Recipe {
    /// The image as the user knows it.
    pub(crate) origin: Name,
    /// The image that is run.
    pub(crate) image: Name,
    /// The image's own command, without our settings.
    pub(crate) command: Vec<String>,
    /// Folders in memory.
    pub(crate) memory: Vec<String>,
    /// The data folder.
    pub(crate) data: String,
    pub(crate) password: String,
    pub(crate) end: End,
}

/// What happens to the container when the server in it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server ends with us, and the engine removes the container.
    Remove,
    /// The container stays, so that it can be committed.
    Stay,
}

/// A running container.
#[derive(Debug)]
pub(crate) struct Instance {
    container: ContainerAsync<Postgres>,
    log: Log,
    watch: Option<Watch>,
    run: Run,
}

/// The program in the container that ends the server when we end.
#[derive(Debug)]
struct Watch {
    task: JoinHandle<()>,
    keep: oneshot::Sender<()>,
}

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<String>>);

/// Creates and starts the container. Whatever goes wrong, nothing stays.
pub(crate) async fn boot(run: Run, recipe: Recipe) -> anyhow::Result<(Instance, PgConnectOptions)> {
    match start(&run, &recipe).await {
        Ok((container, log, options)) => {
            let watch = (recipe.end == End::Remove).then(|| {
                let (keep, kept) = oneshot::channel();
                let task = tokio::spawn(end_with_us(container.id().to_owned(), kept));
                Watch { task, keep }
            });
            Ok((
                Instance {
                    container,
                    log,
                    watch,
                    run,
                },
                options,
            ))
        }
        Err(error) => {
            engine::remove_run(&run.id).await?;
            run.finish();
            Err(error)
        }
    }
}

impl Resource for Instance {
    async fn inspect(&mut self) -> Health {
        // A container that the engine removed is no longer known to it.
        let alive = self.container.is_running().await.unwrap_or(false);
        Health {
            alive: Some(alive),
            log: self.log.text(),
        }
    }

    async fn remove(self) -> anyhow::Result<()> {
        engine::remove(&engine::client().await?, self.container.id()).await?;
        if let Some(watch) = self.watch {
            watch.task.abort();
        }
        // testcontainers asks for the removal too, and takes a container that is gone for removed.
        let _ = self.container.rm().await;
        self.run.finish();
        Ok(())
    }

    async fn keep(self) -> anyhow::Result<()> {
        if let Some(watch) = self.watch {
            let _ = watch.keep.send(());
            watch.task.await.context("release the container")?;
        }
        // Its destructor would remove the container.
        std::mem::forget(self.container);
        self.run.keep().context("mark the container as kept")
    }
}

async fn start(
    run: &Run,
    recipe: &Recipe,
) -> anyhow::Result<(ContainerAsync<Postgres>, Log, PgConnectOptions)> {
    let log = Log::default();
    let container = request(run, recipe, log.clone())
        .start()
        .await
        .with_context(|| format!("start a container of {}", recipe.image))?;
    let (host, port) = match address(&container).await {
        Ok(address) => address,
        Err(error) if container.is_running().await.unwrap_or(false) => return Err(error),
        Err(_) => {
            sleep(LAST_WORDS).await;
            bail!(with_log(
                "the container ended as soon as it started",
                &log.text()
            ));
        }
    };
    let options = PgConnectOptions::new_without_pgpass()
        // `localhost` may be ::1 first, where the engine need not listen.
        .host(if host == "localhost" {
            "127.0.0.1"
        } else {
            &host
        })
        .port(port)
        .username("postgres")
        .password(&recipe.password)
        .database("postgres")
        .ssl_mode(PgSslMode::Disable);
    Ok((container, log, options))
}

/// Where the engine lets its port be reached.
async fn address(container: &ContainerAsync<Postgres>) -> anyhow::Result<(String, u16)> {
    let host = container
        .get_host()
        .await
        .context("ask for the container's host")?;
    let port = container
        .get_host_port_ipv4(5432)
        .await
        .context("ask for the container's port")?;
    Ok((host.to_string(), port))
}

fn request(run: &Run, recipe: &Recipe, log: Log) -> ContainerRequest<Postgres> {
    let settings = OPTIONS.iter().flat_map(|setting| ["-c", setting]);
    let command = recipe.command.iter().map(String::as_str).chain(settings);
    let memory: HashMap<String, String> = recipe
        .memory
        .iter()
        .map(|folder| (folder.clone(), "mode=1777".to_owned()))
        .collect();
    let auto_remove = recipe.end == End::Remove;
    Postgres::default()
        .with_password(&recipe.password)
        .with_name(&recipe.image.name)
        .with_tag(&recipe.image.tag)
        .with_cmd(command)
        .with_env_var("PGDATA", &recipe.data)
        // As for `local`: no locale, small WAL segments.
        .with_env_var(
            "POSTGRES_INITDB_ARGS",
            "-E UTF8 --no-locale --no-sync --wal-segsize=1",
        )
        // The password is random and lives as long as the server; hashing it in debug builds takes longer than the rest
        // of a connection.
        .with_env_var("POSTGRES_HOST_AUTH_METHOD", "password")
        .with_label(RUN, &run.id)
        .with_label(
            "dev.rehearsal.owner",
            format!("process {}", std::process::id()),
        )
        .with_shm_size(SHARED_MEMORY)
        .with_log_consumer(move |frame: &LogFrame| log.add(frame))
        // The caller connects until it succeeds, which is sooner than the log says so.
        .with_ready_conditions(Vec::new())
        .with_host_config_modifier(move |host: &mut HostConfig| {
            host.tmpfs = Some(memory.clone());
            host.auto_remove = Some(auto_remove);
        })
}

/// Holds a program in the container that waits for its input to close, which happens however we end, and then ends the
/// server. The engine removes the container after that. When the container is kept, the program is told to leave.
async fn end_with_us(container: String, kept: oneshot::Receiver<()>) {
    const WATCH: &str =
        "read -r word; test \"$word\" = keep && exit; while kill -QUIT 1; do sleep 1; done";
    let hold = async {
        let docker = engine::client().await?;
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            cmd: Some(vec!["/bin/sh", "-c", WATCH]),
            ..CreateExecOptions::default()
        };
        let exec = docker.create_exec(&container, options).await?;
        let started = docker
            .start_exec(&exec.id, None::<StartExecOptions>)
            .await?;
        if let StartExecResults::Attached {
            mut input,
            mut output,
        } = started
        {
            if kept.await.is_err() {
                std::future::pending::<()>().await;
            }
            input.write_all(b"keep\n").await?;
            input.flush().await?;
            while output.next().await.is_some() {}
        }
        anyhow::Ok(())
    };
    // Without it, a container of a killed run stays until the next run sweeps it.
    let _ = hold.await;
}

impl Log {
    fn add(&self, frame: &LogFrame) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(&String::from_utf8_lossy(frame.bytes()));
        if text.len() > 2 * LOG {
            let cut = text.ceil_char_boundary(text.len() - LOG);
            text.drain(..cut);
        }
    }

    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
