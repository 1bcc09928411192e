//! Spawns `postgres` on a Unix socket in a folder of its own, on tmpfs where there is one. The server dies with us.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::provider::keeper::{Health, Resource};
use crate::provider::local::Binaries;
use crate::provider::local::shared_memory;
use crate::provider::local::template;
use crate::provider::local::user::{User, command, give};
use crate::provider::run::Run;
use crate::server::OPTIONS;

/// A run copies its template and then grows: a smaller `/dev/shm`, such as a container's 64 MiB, is passed by.
const ROOM: u64 = 1 << 30;
/// The path of a Unix socket fits into about 104 bytes (108 on Linux), `rehearsal-abcdefgh/.s.PGSQL.5432` included.
const LONGEST_BASE: usize = 64;
/// How long a server may take to end after a signal.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the server learns that we have ended.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// The kernel sends it SIGQUIT.
    #[cfg(target_os = "linux")]
    Kernel,
    /// A shell watches a pipe.
    #[cfg(any(test, not(target_os = "linux")))]
    Pipe,
}

#[cfg(target_os = "linux")]
const LINK: Link = Link::Kernel;
#[cfg(not(target_os = "linux"))]
const LINK: Link = Link::Pipe;

/// A running `postgres`, or the shell that watches over it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    folder: PathBuf,
    program: PathBuf,
    user: Option<User>,
    run: Run,
}

/// Where the folders of running servers lie.
pub(crate) fn base_folder() -> PathBuf {
    let shared_memory = Path::new("/dev/shm");
    if cfg!(target_os = "linux")
        && let Ok(found) = rustix::fs::statvfs(shared_memory)
        && found.f_bavail.saturating_mul(found.f_frsize) >= ROOM
        && rustix::fs::access(shared_memory, rustix::fs::Access::WRITE_OK).is_ok()
    {
        return shared_memory.to_path_buf();
    }
    let temporary = std::env::temp_dir();
    if temporary.as_os_str().len() > LONGEST_BASE {
        PathBuf::from("/tmp")
    } else {
        temporary
    }
}

/// The folder of a run.
pub(crate) fn folder(base: &Path, id: &str) -> PathBuf {
    base.join(format!("rehearsal-{id}"))
}

/// Makes the run's folder, fills it from the template and spawns the server, which then needs some 30 ms to answer.
/// Runs on the keeper's thread, since on Linux the server dies with the thread that spawned it.
pub(crate) async fn boot(
    run: Run,
    binaries: Binaries,
    cache: PathBuf,
    user: Option<User>,
) -> anyhow::Result<(Process, PgConnectOptions)> {
    boot_with(run, binaries, cache, user, LINK).await
}

async fn boot_with(
    run: Run,
    binaries: Binaries,
    cache: PathBuf,
    user: Option<User>,
    link: Link,
) -> anyhow::Result<(Process, PgConnectOptions)> {
    let folder = PathBuf::from(&run.made);
    match fill_and_spawn(&folder, &binaries, cache, user.clone(), link).await {
        Ok(child) => {
            let program = binaries.dir.join("postgres");
            let options = PgConnectOptions::new_without_pgpass()
                .socket(&folder)
                .port(5432)
                .username("postgres")
                .database("postgres")
                .ssl_mode(PgSslMode::Disable);
            Ok((
                Process {
                    child,
                    folder,
                    program,
                    user,
                    run,
                },
                options,
            ))
        }
        Err(error) => {
            remove_folder(&folder)?;
            run.finish();
            Err(error)
        }
    }
}

impl Resource for Process {
    async fn inspect(&mut self) -> Health {
        let alive = self.child.try_wait().ok().map(|status| status.is_none());
        Health {
            alive,
            log: fs::read_to_string(log_file(&self.folder)).unwrap_or_default(),
        }
    }

    async fn remove(mut self) -> anyhow::Result<()> {
        self.end(Signal::QUIT).await?;
        let folder = self.folder;
        spawn_blocking(move || remove_folder(&folder))
            .await
            .context("remove the server's folder")??;
        self.run.finish();
        Ok(())
    }

    /// A server that dies with us cannot be told to live on: its data folder gets another.
    async fn keep(mut self) -> anyhow::Result<()> {
        self.end(Signal::INT).await?;
        let mut command = command(&self.program, self.user.as_ref());
        command.stdin(Stdio::null());
        serve(&mut command, &self.folder)?;
        self.run.keep().context("mark the server as kept")
    }
}

impl Process {
    /// Ends the server: at once by SIGQUIT, in good order by SIGINT. The watching shell knows only the former.
    async fn end(&mut self, signal: Signal) -> anyhow::Result<()> {
        // A server that is asked to end while it starts takes five seconds for it, and needs far less to start.
        let asked = Instant::now();
        while !self.is_up() && asked.elapsed() < PATIENCE && self.child.try_wait()?.is_none() {
            sleep(Duration::from_millis(1)).await;
        }
        let mut killed = false;
        match self.child.stdin.take() {
            Some(watched) => drop(watched),
            None => {
                // The child is not waited for yet, so that the number is still its own; an error means that it ended.
                let _ = kill_process(Pid::from_child(&self.child), signal);
            }
        }
        let asked = Instant::now();
        while self
            .child
            .try_wait()
            .context("wait for the server to end")?
            .is_none()
        {
            if asked.elapsed() > PATIENCE {
                let _ = self.child.kill();
                killed = true;
            }
            sleep(Duration::from_millis(1)).await;
        }
        if killed && let Ok(pid_file) = fs::read_to_string(pid_file(&self.folder)) {
            spawn_blocking(move || shared_memory::remove(&pid_file)).await?;
        }
        Ok(())
    }

    /// Whether the server has started: line 8 of its pid file says so.
    fn is_up(&self) -> bool {
        fs::read_to_string(pid_file(&self.folder)).is_ok_and(|text| {
            text.lines()
                .nth(7)
                .is_some_and(|status| status.trim_end() == "ready")
        })
    }
}

/// Removes a run's folder with all that is in it.
pub(crate) fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A server's data folder.
pub(crate) fn data_folder(folder: &Path) -> PathBuf {
    folder.join("data")
}

async fn fill_and_spawn(
    folder: &Path,
    binaries: &Binaries,
    cache: PathBuf,
    user: Option<User>,
    link: Link,
) -> anyhow::Result<Child> {
    let create = || -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)?;
        give(folder, user.as_ref())
    };
    create().with_context(|| format!("create {}", folder.display()))?;

    let data = data_folder(folder);
    let fill = {
        let (binaries, data, user) = (binaries.clone(), data.clone(), user.clone());
        spawn_blocking(move || template::fill(&binaries, &cache, &data, user.as_ref()))
    };
    fill.await.context("fill a data folder")??;

    let program = binaries.dir.join("postgres");
    let mut command = match link {
        #[cfg(target_os = "linux")]
        Link::Kernel => signalled(&program, user.as_ref()),
        #[cfg(any(test, not(target_os = "linux")))]
        Link::Pipe => watched(&program, user.as_ref()),
    };
    serve(&mut command, folder)
}

/// Starts `command` as the server of a run's folder.
fn serve(command: &mut Command, folder: &Path) -> anyhow::Result<Child> {
    let log = File::create(log_file(folder)).context("create the server's log")?;
    command
        .arg("-D")
        .arg(data_folder(folder))
        .arg("-k")
        .arg(folder)
        .args(["-p", "5432"]);
    // Parallel workers' memory as files in the data folder, not in /dev/shm: then none outlives a killed server.
    for setting in ["listen_addresses=", "dynamic_shared_memory_type=mmap"]
        .iter()
        .chain(&OPTIONS)
    {
        command.args(["-c", setting]);
    }
    command
        .stdout(log.try_clone().context("share the server's log")?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("start {}", command.get_program().display()))
}

/// `postgres` itself; the kernel sends it SIGQUIT when the thread that spawns it ends.
#[cfg(target_os = "linux")]
fn signalled(program: &Path, user: Option<&User>) -> Command {
    use std::os::unix::process::CommandExt;

    use rustix::process::{getppid, set_parent_process_death_signal};

    let mut command = command(program, user);
    command.stdin(Stdio::null());
    let parent = rustix::process::getpid();
    let ask = move || {
        set_parent_process_death_signal(Some(Signal::QUIT))?;
        // We may have died before the kernel was asked.
        if getppid() == Some(parent) {
            Ok(())
        } else {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. `ask` makes two system calls and
    // allocates nothing (an `io::Error` of a number or a kind is not boxed). It runs after the change of user, which
    // would reset the signal.
    unsafe { command.pre_exec(ask) };
    command
}

/// A shell that runs `postgres` and sends it SIGQUIT when the pipe to us closes, which it does however we end.
#[cfg(any(test, not(target_os = "linux")))]
fn watched(program: &Path, user: Option<&User>) -> Command {
    // A shell's background job ignores SIGQUIT until it handles it, which Postgres does soon: so ask again and again.
    const WATCH: &str = r#"
        exec 3<&0
        "$0" "$@" </dev/null 3<&- &
        server=$!
        (read -r _ <&3; while kill -QUIT "$server" 2>/dev/null; do sleep 0.1; done) &
        exec 3<&- </dev/null
        wait "$server"
    "#;
    let mut command = command(Path::new("/bin/sh"), user);
    command
        .stdin(Stdio::piped())
        .args(["-c", WATCH])
        .arg(program);
    command
}

/// Where a server writes its number, its shared memory and its state.
pub(crate) fn pid_file(folder: &Path) -> PathBuf {
    data_folder(folder).join("postmaster.pid")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("log")
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Child;
    use std::time::{Duration, Instant};

    use sqlx::{Connection, PgConnection};
    use tokio::time::sleep;

    use super::{Link, Process, boot_with, watched};
    use crate::provider::ProviderKind;
    use crate::provider::keeper::Resource;
    use crate::provider::local::{binaries, user};
    use crate::provider::run::Run;

    async fn ends(child: &mut Child) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if child.try_wait().unwrap().is_some() {
                return true;
            }
            sleep(Duration::from_millis(5)).await;
        }
        false
    }

    /// The way of systems without a parent-death signal; it works here as well.
    #[tokio::test]
    async fn watched_server_ends_when_the_pipe_closes() {
        let Some(binaries) = binaries::all(&[]).pop() else {
            eprintln!("skipped: no PostgreSQL binaries are installed");
            return;
        };
        let cache = tempfile::tempdir().unwrap();
        let base = super::base_folder();
        let run = Run::begin(cache.path(), ProviderKind::Local, |id| {
            super::folder(&base, id).display().to_string()
        });
        let user = user::unprivileged().unwrap();
        let booted = boot_with(
            run.unwrap(),
            binaries,
            cache.path().into(),
            user,
            Link::Pipe,
        )
        .await;
        let (mut process, options): (Process, _) = booted.unwrap();
        let began = Instant::now();
        while PgConnection::connect_with(&options).await.is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{}",
                process.inspect().await.log
            );
            sleep(Duration::from_millis(5)).await;
        }

        drop(process.child.stdin.take());
        assert!(ends(&mut process.child).await, "it outlives the pipe");
        assert!(
            process
                .inspect()
                .await
                .log
                .contains("immediate shutdown request")
        );
        let folder = process.folder.clone();
        process.remove().await.unwrap();
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn watching_shell_ends_with_its_program() {
        let mut child = watched(Path::new("/bin/sleep"), None)
            .arg("0.01")
            .spawn()
            .unwrap();
        assert!(ends(&mut child).await, "the shell outlives its program");
    }
}
