//! A run: one server, from before its start until it is gone, known by a short random id. Its file in the cache folder
//! is locked as long as the owner lives, and says what the run made before it makes it. A file that can be locked
//! belongs to a dead owner: the next run sweeps what that one left.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::BuildHasher;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;

use crate::provider::ProviderKind;

/// A file without a word in it belongs to an owner between creating and locking it; after this long, to a dead one.
const BIRTH: Duration = Duration::from_secs(60);
/// How long a run that was kept on purpose is safe from sweeping.
const KEEPING: Duration = Duration::from_secs(60 * 60);
/// The line of a run that was kept on purpose.
const KEPT: &str = "kept";

/// A run of this process, or one of a dead process that is being swept. Holds the lock.
#[derive(Debug)]
pub(crate) struct Run {
    /// Eight letters and digits, in the name of all that the run makes.
    pub(crate) id: String,
    /// What it made: a folder, for `local`. Written before it is made.
    pub(crate) made: String,
    path: PathBuf,
    lock: File,
}

impl Run {
    /// Starts a run that is going to make `made(id)`.
    pub(crate) fn begin(
        cache: &Path,
        kind: ProviderKind,
        made: impl FnOnce(&str) -> String,
    ) -> anyhow::Result<Run> {
        let id = random_id();
        let made = made(&id);
        let path = folder(cache).join(format!("{id}.{kind}"));
        let write = || -> io::Result<File> {
            fs::create_dir_all(folder(cache))?;
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path)?;
            file.lock()?;
            writeln!(file, "{made}")?;
            Ok(file)
        };
        let lock = write().with_context(|| {
            format!(
                "write the run file {}: REHEARSAL_CACHE_DIR names another cache folder",
                path.display()
            )
        })?;
        Ok(Run {
            id,
            made,
            path,
            lock,
        })
    }

    /// What the run made stays for an hour, also after its owner's death.
    pub(crate) fn keep(mut self) -> io::Result<()> {
        writeln!(self.lock, "{KEPT}")
    }

    /// The run left nothing: forget it.
    pub(crate) fn finish(self) {
        // A file that stays is swept by the next run, which finds nothing to remove.
        let _ = fs::remove_file(&self.path);
    }
}

/// The runs of `kind` whose owner is dead.
pub(crate) fn dead(cache: &Path, kind: ProviderKind) -> Vec<Run> {
    let Ok(entries) = fs::read_dir(folder(cache)) else {
        return Vec::new();
    };
    let mut dead: Vec<Run> = entries
        .flatten()
        .filter_map(|entry| take_over(&entry.path(), kind))
        .collect();
    dead.sort_by(|a, b| a.id.cmp(&b.id));
    dead
}

/// A random word of eight letters and digits that starts with a letter.
pub(crate) fn random_id() -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let seed = (std::process::id(), SystemTime::now());
    let mut rest = RandomState::new().hash_one(seed);
    let mut id = String::with_capacity(8);
    for place in 0..8 {
        let choices = if place == 0 { 24 } else { 32 };
        let digit = DIGITS[usize::try_from(rest % choices).expect("below 32")];
        id.push(char::from(digit));
        rest /= choices;
    }
    id
}

fn folder(cache: &Path) -> PathBuf {
    cache.join("runs")
}

fn take_over(path: &Path, kind: ProviderKind) -> Option<Run> {
    let (id, suffix) = path.file_name()?.to_str()?.split_once('.')?;
    if suffix != kind.to_string() {
        return None;
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let mut lines = text.lines();
    let made = lines.next().unwrap_or_default().to_owned();
    let age = file.metadata().ok()?.modified().ok()?.elapsed();
    let kept = lines.next() == Some(KEPT) && age.as_ref().is_ok_and(|age| *age < KEEPING);
    let newborn = made.is_empty() && age.is_ok_and(|age| age < BIRTH);
    // The file may be gone since it was opened, when another process swept the same run.
    if newborn || kept || !path.exists() {
        return None;
    }
    Some(Run {
        id: id.to_owned(),
        made,
        path: path.into(),
        lock: file,
    })
}

#[cfg(test)]
mod tests {
    use super::{Run, dead, random_id};
    use crate::provider::ProviderKind;

    #[test]
    fn what_was_kept_outlives_its_owner() {
        let cache = tempfile::tempdir().unwrap();
        let run = Run::begin(cache.path(), ProviderKind::Local, |id| format!("/x/{id}")).unwrap();
        run.keep().unwrap();
        assert!(dead(cache.path(), ProviderKind::Local).is_empty());
    }

    #[test]
    fn living_owner_is_left_alone_and_dead_one_is_found() {
        let cache = tempfile::tempdir().unwrap();
        let run = Run::begin(cache.path(), ProviderKind::Local, |id| format!("/x/{id}")).unwrap();
        let id = run.id.clone();

        assert!(dead(cache.path(), ProviderKind::Local).is_empty());

        drop(run);
        assert!(dead(cache.path(), ProviderKind::Container).is_empty());
        let found = dead(cache.path(), ProviderKind::Local);
        assert_eq!(found.iter().map(|run| &run.id).collect::<Vec<_>>(), [&id]);
        assert_eq!(found[0].made, format!("/x/{id}"));
    }

    #[test]
    fn finished_run_is_forgotten() {
        let cache = tempfile::tempdir().unwrap();
        let run = Run::begin(cache.path(), ProviderKind::Local, |_| String::new()).unwrap();
        run.finish();
        assert!(dead(cache.path(), ProviderKind::Local).is_empty());
    }

    #[test]
    fn ids_differ_and_start_with_a_letter() {
        let (a, b) = (random_id(), random_id());
        assert_ne!(a, b);
        assert!(a.len() == 8 && a.starts_with(|first: char| first.is_ascii_lowercase()));
    }
}
