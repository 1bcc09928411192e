//! How much memory a process took at most.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Context;

/// The most memory that this process had, in MiB; none where the system does not tell.
pub(crate) fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

/// Runs this program with `--peak-memory`; gives what it says, such as `42 MiB`.
pub(super) fn of(
    program: &Path,
    arguments: &[impl AsRef<std::ffi::OsStr>],
) -> anyhow::Result<String> {
    let output = Command::new(program)
        .arg("--peak-memory")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let peak = errors
        .lines()
        .find_map(|line| line.strip_prefix("peak memory: "));
    Ok(peak.unwrap_or("unknown").to_owned())
}
