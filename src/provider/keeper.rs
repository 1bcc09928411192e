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
    let asked: Vec<Asked> = lock_kept()
        .values()
        .filter_map(|requests| Asked::new(requests, Request::Remove))
        .collect();
    for asked in asked {
        // As in a drop: an error has nobody to go to.
        let _ = asked.wait();
    }
}

/// A request that a thread waits for.
struct Asked {
    requests: mpsc::UnboundedSender<Request>,
    answered: blocking::Receiver<anyhow::Result<()>>,
}

impl Asked {
    /// Sends a request; none where the resource's task has ended.
    fn new(
        requests: &mpsc::UnboundedSender<Request>,
        request: impl FnOnce(Answer) -> Request,
    ) -> Option<Self> {
        let (answer, answered) = blocking::channel();
        let answer = Box::new(move |result| answer.send(result).unwrap_or_default());
        requests.send(request(answer)).ok()?;
        Some(Self {
            requests: requests.clone(),
            answered,
        })
    }

    /// The answer; none where the task ended without one. A request that is sent while the task ends may never be read and
    /// yet not be dropped, so that the end of the task has to be looked for besides.
    fn wait(self) -> Option<anyhow::Result<()>> {
        // Asked again and again: at the process's exit, what a blocking wait needs of this thread may be gone.
        const LOOK: Duration = Duration::from_millis(1);
        loop {
            let ended = self.requests.is_closed();
            match self.answered.try_recv() {
                Err(blocking::TryRecvError::Empty) if !ended => thread::sleep(LOOK),
                answer => return answer.ok(),
            }
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
        self.ask(Request::Inspect).await.unwrap_or(Health {
            alive: Some(false),
            log: String::new(),
        })
    }

    /// Lets the resource run on after this process, and waits until it can.
    ///
    /// # Errors
    /// When it could not be kept; it is gone then.
    pub(crate) fn keep(&self) -> anyhow::Result<()> {
        let kept = Asked::new(&self.requests, Request::Keep).and_then(Asked::wait);
        kept.unwrap_or_else(|| Err(anyhow!("it has ended before")))
    }

    /// Removes the resource.
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        let removed = self.ask(|answer| {
            Request::Remove(Box::new(move |result| {
                let _ = answer.send(result);
            }))
        });
        removed.await.unwrap_or(Ok(())) // It was removed before.
    }

    /// What the resource's task answers; none where it has ended.
    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Option<T> {
        let (answer, mut answered) = oneshot::channel();
        self.requests.send(request(answer)).ok()?;
        tokio::select! {
            answer = &mut answered => answer.ok(),
            // As in [`Asked::wait`].
            () = self.requests.closed() => answered.try_recv().ok(),
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // An error here has nobody to go to; what could not be removed is swept by the next run.
        let _ = Asked::new(&self.requests, Request::Remove).map(Asked::wait);
        lock_kept().remove(&self.key);
    }
}

fn lock_kept() -> std::sync::MutexGuard<'static, BTreeMap<u64, mpsc::UnboundedSender<Request>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Done, keep};

    /// Dropped as soon as it is gone: the second request meets a task that is about to end, or has ended.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_removal_that_meets_the_end_of_the_task_ends() {
        for _ in 0..2_000 {
            let (kept, ()) = keep(async { Ok((Done, ())) }).await.unwrap();
            kept.remove().await.unwrap();
        }
    }
}
