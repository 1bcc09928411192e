//! Keeps what a run started, and takes it away again. One thread lives as long as the process and owns every running
//! server: a spawned Postgres dies with the *thread* that spawned it (`PR_SET_PDEATHSIG`), and a Docker connection
//! belongs to the runtime that opened it, so neither may hang on the caller's runtime, which comes and goes.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc as blocking};
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};

/// Something that runs until it is taken away: a process, a container, databases on a named server.
pub(crate) trait Resource: Send + 'static {
    /// Whether it still runs, and the tail of its log.
    fn inspect(&mut self) -> impl Future<Output = Health> + Send;
    /// Takes it away with all that belongs to it.
    fn remove(self) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// Lets it run on after this process, for a while.
    fn keep(self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What [`Resource::inspect`] saw.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// `None` when nobody can tell.
    pub(crate) alive: Option<bool>,
    /// The last lines of the server's log, empty when there is none to read.
    pub(crate) log: String,
}

/// A resource in the keeper's hands. Dropping it removes the resource and waits until it is gone.
#[derive(Debug)]
pub(crate) struct Kept {
    key: u64,
    requests: mpsc::UnboundedSender<Request>,
}

enum Request {
    Inspect(oneshot::Sender<Health>),
    Remove(Answer),
    Keep(Answer),
}

type Answer = Box<dyn FnOnce(anyhow::Result<()>) + Send>;

/// All that is kept now, for [`clean_up`].
static KEPT: Mutex<BTreeMap<u64, mpsc::UnboundedSender<Request>>> = Mutex::new(BTreeMap::new());

static THREAD: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs a few file descriptors, and a process without them cannot go on");
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("rehearsal-keeper".to_owned())
        .spawn(move || runtime.block_on(pending::<()>()))
        .expect("one thread per process");
    clean_up_at_exit();
    handle
});

/// Runs `future` on the keeper's thread; dropping the returned future aborts it.
pub(crate) async fn run<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> anyhow::Result<T> {
    struct Abort<T>(tokio::task::JoinHandle<T>);
    impl<T> Drop for Abort<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let mut task = Abort(THREAD.spawn(future));
    (&mut task.0).await.context("the keeper's task ended early")
}

/// Boots a resource on the keeper's thread. `boot` is never cut short: when the caller gives up half-way, the resource
/// is removed as soon as it is there, and dropping the returned future waits for that. So `boot` must be quick.
pub(crate) async fn keep<R: Resource, T: Send + 'static>(
    boot: impl Future<Output = anyhow::Result<(R, T)>> + Send + 'static,
) -> anyhow::Result<(Kept, T)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (requests, mut inbox) = mpsc::unbounded_channel();
    let (ready, booted) = oneshot::channel();
    let kept = Kept {
        key: NEXT.fetch_add(1, Ordering::Relaxed),
        requests,
    };
    lock_kept().insert(kept.key, kept.requests.clone());

    THREAD.spawn(async move {
        let mut resource = match boot.await {
            Ok((resource, detail)) => {
                // Nobody listens when the caller gave up; its `Kept` then asks for the removal.
                let _ = ready.send(Ok(detail));
                resource
            }
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        while let Some(request) = inbox.recv().await {
            match request {
                Request::Inspect(answer) => {
                    let _ = answer.send(resource.inspect().await);
                }
                Request::Remove(answer) => {
                    answer(resource.remove().await);
                    return;
                }
                Request::Keep(answer) => {
                    answer(resource.keep().await);
                    return;
                }
            }
        }
    });

    let detail = booted
        .await
        .map_err(|_| anyhow!("the server's start was aborted"))??;
    Ok((kept, detail))
}

/// Runs `future` on the keeper's thread to its end, even when the caller gives up half-way: dropping the returned future
/// waits for it. For what would leave something behind if it were cut short.
#[cfg(unix)]
pub(crate) async fn finish<T: Send + 'static>(
    future: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    let (_done, result) = keep(async { Ok((Done, future.await?)) }).await?;
    Ok(result)
}

/// What [`finish`] leaves in the keeper's hands: nothing.
#[cfg(unix)]
struct Done;

#[cfg(unix)]
impl Resource for Done {
    async fn inspect(&mut self) -> Health {
        Health::default()
    }

    async fn remove(self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn keep(self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Removes everything that is still kept, and waits for it. For a process that is about to end without dropping its
/// servers, such as one that holds them in a `static`.
pub(crate) fn clean_up() {
    let waiting: Vec<_> = lock_kept()
        .values()
        .filter_map(|requests| {
            let (answer, gone) = blocking::channel();
            let answer = Box::new(move |result| answer.send(result).unwrap_or_default());
            requests.send(Request::Remove(answer)).ok().map(|()| gone)
        })
        .collect();
    for gone in waiting {
        // Asked again and again: at the process's exit, what a blocking wait needs of this thread may be gone.
        while let Err(blocking::TryRecvError::Empty) = gone.try_recv() {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Has the process clean up when it ends by `exit` or by returning from `main`.
fn clean_up_at_exit() {
    #[cfg(unix)]
    {
        extern "C" fn at_exit() {
            clean_up();
        }
        // SAFETY: the handler is a plain function that lives as long as the process and does not unwind: it locks, sends
        // and sleeps, and no lock it takes is held by a thread that has ended.
        unsafe { libc::atexit(at_exit) };
    }
}

impl Kept {
    /// Whether the resource still runs, and its log.
    pub(crate) async fn inspect(&self) -> Health {
        let (answer, health) = oneshot::channel();
        if self.requests.send(Request::Inspect(answer)).is_err() {
            return Health {
                alive: Some(false),
                log: String::new(),
            };
        }
        health.await.unwrap_or_default()
    }

    /// Lets the resource run on after this process, and waits until it can.
    ///
    /// # Errors
    /// When it could not be kept; it is gone then.
    pub(crate) fn keep(&self) -> anyhow::Result<()> {
        let (answer, kept) = blocking::channel();
        let answer = Box::new(move |result| answer.send(result).unwrap_or_default());
        if self.requests.send(Request::Keep(answer)).is_err() {
            return Err(anyhow!("it has ended before"));
        }
        kept.recv().context("the keeper's task ended early")?
    }

    /// Removes the resource.
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        let (answer, gone) = oneshot::channel();
        let request = Request::Remove(Box::new(move |result| {
            let _ = answer.send(result);
        }));
        if self.requests.send(request).is_err() {
            return Ok(()); // Removed before.
        }
        gone.await.unwrap_or(Ok(()))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let (answer, gone) = blocking::channel();
        let answer = Box::new(move |result| answer.send(result).unwrap_or_default());
        if self.requests.send(Request::Remove(answer)).is_ok() {
            // An error here has nobody to go to; what could not be removed is swept by the next run.
            let _ = gone.recv();
        }
        lock_kept().remove(&self.key);
    }
}

fn lock_kept() -> std::sync::MutexGuard<'static, BTreeMap<u64, mpsc::UnboundedSender<Request>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}
