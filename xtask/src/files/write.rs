//! Writes files: each at once, so that a reader sees the old text or the new one, and several of them all or none.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;

use super::{display_name, read};
use crate::failure::failure;

/// Held while files are replaced, and for good once the user interrupts: nothing is left half done.
static WRITING: Mutex<()> = Mutex::new(());

/// Waits for a write that is under way; while the guard lives, none begins.
pub(crate) fn hold_writes() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Replaces a file, or makes it. The permissions stay, and a symbolic link still points to the file.
///
/// # Errors
/// When the folder or the file cannot be written; the file is then as it was.
pub(crate) fn write(path: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let _writing = hold_writes();
    Staged::new(path, text)
        .and_then(Staged::replace)
        .with_context(|| format!("cannot write {name}"))
}

/// A file to be replaced or added.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What messages call it.
    pub(crate) name: &'a str,
    /// The text that is replaced; none where there is to be no such file yet.
    pub(crate) old: Option<&'a str>,
    /// The new text.
    pub(crate) new: &'a str,
}

/// Makes all changes, or none.
///
/// # Errors
/// When a file cannot be written, is read-only or has changed since it was read, or when one to be added is there
/// already; all files are then as they were.
pub(crate) fn write_all(changes: &[Change<'_>]) -> anyhow::Result<()> {
    let _writing = hold_writes();
    // Whatever can go wrong should go wrong before the first file is touched.
    let mut folders = MadeFolders::default();
    let mut staged = Vec::new();
    for change in changes {
        check(change)?;
        folders
            .make_above(&change.path)
            .with_context(|| format!("cannot write {}", change.name))?;
        let file = Staged::new(&change.path, change.new);
        staged.push(file.with_context(|| format!("cannot write {}", change.name))?);
    }
    for (index, (change, file)) in changes.iter().zip(staged).enumerate() {
        let done = match change.old {
            Some(_) => file.replace(),
            None => file.add(),
        };
        if let Err(error) = done {
            take_back(&changes[..index]);
            return Err(error)
                .with_context(|| format!("cannot write {}; nothing was changed", change.name));
        }
    }
    Ok(())
}

/// Whether a change may be made.
fn check(change: &Change<'_>) -> anyhow::Result<()> {
    let Change { path, name, .. } = change;
    let Some(old) = change.old else {
        if path.symlink_metadata().is_ok() {
            return Err(failure(
                format!("cannot add {name}: there is a file of that name already"),
                "move it away, or make the change by hand",
            ));
        }
        return Ok(());
    };
    if read(path, name)? != old {
        return Err(failure(
            format!("cannot write {name}: it has changed since it was read"),
            "run the command again",
        ));
    }
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {name}"))?;
    if metadata.permissions().readonly() {
        return Err(failure(
            format!("cannot write {name}: it is read-only"),
            "make it writable, such as with `chmod u+w`, or fix the other files alone",
        ));
    }
    Ok(())
}

/// Undoes changes, as far as that goes: what made one fail may also keep this from working.
fn take_back(changes: &[Change<'_>]) {
    for change in changes.iter().rev() {
        let _ = match change.old {
            Some(old) => Staged::new(&change.path, old).and_then(Staged::replace),
            None => fs::remove_file(&change.path),
        };
    }
}

/// Folders that were made for new files: those that are empty when dropped go again.
#[derive(Default)]
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Makes the folders above a path that are not there.
    fn make_above(&mut self, path: &Path) -> io::Result<()> {
        let missing = path.ancestors().skip(1);
        let missing =
            missing.take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        for folder in missing.collect::<Vec<_>>().into_iter().rev() {
            fs::create_dir(folder)?;
            self.0.push(folder.to_owned());
        }
        Ok(())
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // One with a file in it stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A file's new text beside the file, removed when dropped.
struct Staged {
    temporary: PathBuf,
    path: PathBuf,
}

impl Staged {
    fn new(path: &Path, text: &str) -> io::Result<Self> {
        let path = match path.canonicalize() {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let temporary = folder.join(format!(
            ".{}.{}.tmp",
            display_name(&path),
            std::process::id()
        ));
        let staged = Self { temporary, path };
        let mut file = fs::File::create(&staged.temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if let Ok(metadata) = fs::metadata(&staged.path) {
            fs::set_permissions(&staged.temporary, metadata.permissions())?;
        }
        Ok(staged)
    }

    /// Puts it in the file's place.
    fn replace(self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.path)
    }

    /// Puts it where there is no file; one that has come there meanwhile stays.
    fn add(self) -> io::Result<()> {
        match fs::hard_link(&self.temporary, &self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !self.path.exists() => {
                // The file system has no hard links.
                fs::rename(&self.temporary, &self.path)
            }
            done => done,
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // It is gone where it was renamed.
        let _ = fs::remove_file(&self.temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_keeps_permissions_and_leaves_nothing_else() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.sql");
        fs::write(&path, "old")?;
        let mut permissions = fs::metadata(&path)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions)?;
        write(&path, "a.sql", "new")?;
        assert_eq!(fs::read_to_string(&path)?, "new");
        assert!(fs::metadata(&path)?.permissions().readonly());
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    fn change<'a>(folder: &Path, name: &'a str, old: Option<&'a str>, new: &'a str) -> Change<'a> {
        Change {
            path: folder.join(name),
            name,
            old,
            new,
        }
    }

    /// The files of a folder with their texts.
    fn files(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            files.push((
                display_name(&path),
                fs::read_to_string(&path).unwrap_or_default(),
            ));
        }
        files.sort();
        Ok(files)
    }

    #[test]
    fn all_are_written_or_none() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        fs::write(folder.join("a.sql"), "a")?;
        fs::write(folder.join("b.sql"), "b")?;
        let before = files(folder)?;
        let taken = [
            change(folder, "a.sql", Some("a"), "A"),
            change(folder, "b.sql", None, "B"),
        ];
        let error = write_all(&taken).expect_err("b.sql is there");
        assert_eq!(
            error.to_string(),
            "cannot add b.sql: there is a file of that name already"
        );
        assert_eq!(files(folder)?, before);
        let stale = [
            change(folder, "c.sql", None, "C"),
            change(folder, "a.sql", Some("old"), "A"),
        ];
        let error = write_all(&stale).expect_err("a.sql is not what was read");
        assert_eq!(
            error.to_string(),
            "cannot write a.sql: it has changed since it was read"
        );
        assert_eq!(files(folder)?, before);
        write_all(&[
            change(folder, "a.sql", Some("a"), "A"),
            change(folder, "c.sql", None, "C"),
        ])?;
        let after = [("a.sql", "A"), ("b.sql", "b"), ("c.sql", "C")];
        assert_eq!(
            files(folder)?,
            after.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
        Ok(())
    }

    #[test]
    fn what_fails_half_way_is_taken_back() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        fs::write(folder.join("a.sql"), "a")?;
        let before = files(folder)?;
        // Both are staged, and the second finds its place taken by the first.
        let twice = [
            change(folder, "a.sql", Some("a"), "A"),
            change(folder, "b.sql", None, "B"),
            change(folder, "./b.sql", None, "C"),
        ];
        write_all(&twice).expect_err("the place is taken");
        assert_eq!(files(folder)?, before);
        Ok(())
    }

    #[test]
    fn folders_of_new_files_come_and_go_with_them() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        fs::write(folder.join("a.sql"), "a")?;
        let stale = [
            change(folder, "1_b/c/up.sql", None, "B"),
            change(folder, "a.sql", Some("old"), "A"),
        ];
        write_all(&stale).expect_err("a.sql is not what was read");
        assert_eq!(fs::read_dir(folder)?.count(), 1);
        write_all(&stale[..1])?;
        assert_eq!(fs::read_to_string(folder.join("1_b/c/up.sql"))?, "B");
        Ok(())
    }

    #[test]
    fn a_read_only_file_stays() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.sql");
        fs::write(&path, "a")?;
        let mut permissions = fs::metadata(&path)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions)?;
        let error = write_all(&[change(folder.path(), "a.sql", Some("a"), "A")])
            .expect_err("it is read-only");
        assert_eq!(error.to_string(), "cannot write a.sql: it is read-only");
        assert_eq!(fs::read_to_string(&path)?, "a");
        Ok(())
    }
}
