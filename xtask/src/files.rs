//! The only place that reads and writes the user's files.

mod write;

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;

pub(crate) use self::write::{Change, hold_writes, write, write_all};
use crate::failure::failure;

/// Reads a text file. `name` is what messages call it.
///
/// # Errors
/// When it cannot be read, or is not UTF-8: names the first bad byte.
pub(crate) fn read(path: &Path, name: &str) -> anyhow::Result<String> {
    if path.is_dir() {
        return Err(failure(
            format!("cannot read {name}: it is a folder"),
            "rename it or move it away: a migration is a file",
        ));
    }
    if let Ok(target) = fs::read_link(path)
        && !path.exists()
    {
        return Err(failure(
            format!(
                "cannot read {name}: it is a link to {}, which is not there",
                target.display()
            ),
            "remove the link, or bring back what it leads to",
        ));
    }
    // A pipe would be waited for without end.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(failure(
            format!("cannot read {name}: it is no regular file"),
            "move it away: a migration is a file",
        ));
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {name}"))?;
    text(bytes, name)
}

/// Reads a text file that may be missing.
///
/// # Errors
/// As [`read`], but none when there is no such file.
pub(crate) fn read_if_there(path: &Path, name: &str) -> anyhow::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => text(bytes, name).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {name}")),
    }
}

/// Reads standard input to its end.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub(crate) fn read_stdin() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    text(bytes, "standard input")
}

/// The text of these bytes.
///
/// # Errors
/// When they are not UTF-8: names the first that is not.
pub(crate) fn text(bytes: Vec<u8>, name: &str) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        failure(
            format!(
                "cannot read {name}: it is not UTF-8 (byte {at}, line {line}, is 0x{:02x})",
                bytes[at]
            ),
            "save the file as UTF-8, such as with `iconv -f latin1 -t utf-8`",
        )
    })
}

/// All `.sql` files of a folder and of the folders in it, sorted; hidden folders and linked ones are passed over.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn sql_files_below(folder: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = files_below(folder, name)?;
    found.retain(|path| is_sql(path));
    Ok(found)
}

/// All files of a folder and of the folders in it, sorted; hidden folders and linked ones are passed over. A folder with the
/// name of a `.sql` file and none in it counts as one, so that whoever reads it says what is wrong.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn files_below(folder: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in entries(folder, name)? {
        let own = display_name(&path);
        if !path.is_dir() {
            found.push(path);
        } else if !own.starts_with('.') && !path.is_symlink() {
            let mut below = files_below(&path, &format!("{name}/{own}"))?;
            match is_sql(&path) && !below.iter().any(|path| is_sql(path)) {
                true => found.push(path),
                false => found.append(&mut below),
            }
        }
    }
    Ok(found)
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sql")
}

/// The file's own name.
pub(crate) fn display_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn entries(folder: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot list {name}");
    let mut paths = fs::read_dir(folder)
        .with_context(cannot)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .with_context(cannot)?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_byte_is_named() {
        let error = text(b"-- a\n-- \xe9\n".to_vec(), "a.sql").expect_err("not UTF-8");
        assert_eq!(
            error.to_string(),
            "cannot read a.sql: it is not UTF-8 (byte 8, line 2, is 0xe9)"
        );
    }
}
