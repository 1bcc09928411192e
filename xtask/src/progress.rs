//! Progress on standard error: only at a terminal, and only once the work takes over a second.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use crate::{cli::Options, render::clean};

/// How long work may take without a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line that shows how far the work is, and is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    show: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins. Must be called inside the runtime.
    pub(crate) fn new(options: &Options) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let wanted = io::stderr().is_terminal() && !options.quiet;
        let show = wanted.then(|| {
            let bar = bar.clone();
            tokio::spawn(async move {
                tokio::time::sleep(PATIENCE).await;
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
            })
        });
        Self { bar, show }
    }
}

impl rehearsal::Progress for Progress {
    fn message(&self, text: &str) {
        self.bar.unset_length();
        self.bar.set_style(ProgressStyle::default_spinner());
        self.bar.set_message(clean(text));
    }

    fn bytes(&self, done: u64, total: Option<u64>) {
        let template = match total {
            Some(_) => "{spinner} {msg} {bytes} of {total_bytes} {wide_bar}",
            None => "{spinner} {msg} {bytes}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(show) = &self.show {
            show.abort();
        }
        self.bar.finish_and_clear();
    }
}
