//! A data folder that `initdb` made once and no server ever started on: every run gets a copy, which is ten times
//! quicker than `initdb`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::provider::local::Binaries;
use crate::provider::local::user::{User, command, give};

/// 1 MiB WAL segments: with the usual 16 the copy takes eight times as long on a disk. No locale: every provider's
/// cluster sorts in the same way. `--no-sync`: a template that a power cut breaks lies half-copied, not renamed.
const OPTIONS: [&str; 8] = [
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-locale",
    "--wal-segsize=1",
];

/// Whether [`fill`] has only to copy.
pub(crate) fn exists(binaries: &Binaries, cache: &Path) -> bool {
    path(binaries, cache).exists()
}

/// Fills `data`, which must not be there, with a copy of the template; the first run makes that. Two processes at once
/// make it once.
pub(crate) fn fill(
    binaries: &Binaries,
    cache: &Path,
    data: &Path,
    user: Option<&User>,
) -> anyhow::Result<()> {
    let template = path(binaries, cache);
    let copy = || {
        copy_folder(&template, data, user)
            .with_context(|| format!("copy {} to {}", template.display(), data.display()))
    };
    if template.exists() {
        return copy();
    }
    let folder = cache.join("templates");
    fs::create_dir_all(&folder)
        .with_context(|| format!("create the cache folder {}", folder.display()))?;
    let lock = File::create(template.with_extension("lock"))
        .with_context(|| format!("create a lock file in {}", folder.display()))?;
    lock.lock()
        .with_context(|| format!("lock {}", folder.display()))?;
    if template.exists() {
        return copy();
    }

    initdb(binaries, data, user)?;
    let unfinished = template.with_extension("new");
    let keep = || -> io::Result<()> {
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        copy_folder(data, &unfinished, None)?;
        fs::rename(&unfinished, &template)
    };
    keep().with_context(|| format!("copy a new data folder to {}", template.display()))
}

/// Copies the folder `from` to `to`, which must not be there, and gives the copy to `user`.
fn copy_folder(from: &Path, to: &Path, user: Option<&User>) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target, user)?;
        } else {
            fs::copy(entry.path(), &target)?;
            give(&target, user)?;
        }
    }
    give(to, user)
}

fn path(binaries: &Binaries, cache: &Path) -> PathBuf {
    let mut key = Sha256::new();
    for part in [
        &binaries.version,
        &binaries.dir.to_string_lossy().into_owned(),
    ] {
        key.update(part);
        key.update([0]);
    }
    for option in OPTIONS {
        key.update(option);
        key.update([0]);
    }
    let key: String = key
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    cache
        .join("templates")
        .join(format!("{}-{key}", binaries.major))
}

fn initdb(binaries: &Binaries, data: &Path, user: Option<&User>) -> anyhow::Result<()> {
    let output = command(&binaries.dir.join("initdb"), user)
        .args(OPTIONS)
        .arg("--no-sync")
        .arg("-D")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("run initdb of {binaries}"))?;
    if !output.status.success() {
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        bail!(
            "initdb of {binaries} failed: {}{}",
            stdout.trim(),
            stderr.trim()
        );
    }
    Ok(())
}
