//! One process at a time: for what several runs would otherwise make at once.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::time::sleep;

use crate::provider::Progress;

/// Locks the file `path`, made if it is not there, until the result is dropped. Asks again and again rather than waits,
/// so that the wait can be given up.
pub(crate) async fn exclusive(
    path: &Path,
    what: &str,
    progress: &dyn Progress,
) -> anyhow::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("lock {}", path.display()));
            }
        }
        if !told {
            progress.message(&format!("waiting for another process that makes {what}"));
            told = true;
        }
        sleep(Duration::from_millis(50)).await;
    }
}
