//! Sweeps what a killed run left: its server, if that still runs, its shared memory and its folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::provider::ProviderKind;
use crate::provider::local::shared_memory;
use crate::provider::local::spawn::{data_folder, pid_file, remove_folder};
use crate::provider::run;

/// How long a left-over server may take to end after SIGQUIT.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sweeps the runs of dead owners. What cannot be removed now stays for the next sweep.
pub(crate) fn sweep(cache: &Path) {
    for run in run::dead(cache, ProviderKind::Local) {
        let folder = PathBuf::from(&run.made);
        // Nothing is touched that does not bear the run's name.
        if folder
            .file_name()
            .is_none_or(|name| *name != *format!("rehearsal-{}", run.id))
        {
            continue;
        }
        let data = data_folder(&folder);
        if let Ok(pid_file) = fs::read_to_string(pid_file(&folder)) {
            let pid = pid_file
                .lines()
                .next()
                .and_then(|line| line.parse().ok())
                .and_then(Pid::from_raw);
            if let Some(pid) = pid.filter(|pid| works_in(*pid, &data)) {
                end(pid);
            }
            shared_memory::remove(&pid_file);
        }
        if remove_folder(&folder).is_ok() {
            run.finish();
        }
    }
}

/// Whether the process is the server of this data folder, and not another that got its number.
fn works_in(pid: Pid, data: &Path) -> bool {
    let pid = pid.as_raw_nonzero().to_string();
    if cfg!(target_os = "linux") {
        return fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data);
    }
    let output = Command::new("ps")
        .args(["-o", "command=", "-p", &pid])
        .output();
    output.is_ok_and(|ps| String::from_utf8_lossy(&ps.stdout).contains(&*data.to_string_lossy()))
}

fn end(pid: Pid) {
    let asked = Instant::now();
    let _ = kill_process(pid, Signal::QUIT);
    while test_kill_process(pid).is_ok() && asked.elapsed() < PATIENCE {
        sleep(Duration::from_millis(5));
    }
    let _ = kill_process(pid, Signal::KILL);
}
