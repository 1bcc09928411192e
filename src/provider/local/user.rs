//! Postgres refuses to run as root: root's server runs as `postgres`, else as `nobody`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// The user that a server of root runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    uid: u32,
    gid: u32,
}

/// The user to drop to; `None` when we are not root and so need not.
pub(crate) fn unprivileged() -> anyhow::Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd")
        .context("read /etc/passwd to find an unprivileged user")?;
    let user = ["postgres", "_postgres", "nobody"]
        .iter()
        .find_map(|name| entry(&passwd, name));
    let Some(user) = user else {
        bail!("Postgres must not run as root, and there is neither a user `postgres` nor `nobody`");
    };
    Ok(Some(user))
}

/// A command with an empty environment, run from `/` by `user`, deaf to the terminal's Ctrl-C: we stop it ourselves.
pub(crate) fn command(program: &Path, user: Option<&User>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir("/")
        .process_group(0);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Gives `path` to `user`.
pub(crate) fn give(path: &Path, user: Option<&User>) -> std::io::Result<()> {
    user.map_or(Ok(()), |user| chown(path, Some(user.uid), Some(user.gid)))
}

/// Whether every folder on the way may be entered by everybody.
pub(crate) fn may_enter(dir: &Path) -> bool {
    dir.ancestors().all(|dir| {
        fs::metadata(dir)
            .is_ok_and(|found| found.permissions().mode() & 0o001 != 0 || found.uid() != 0)
    })
}

fn entry(passwd: &str, name: &str) -> Option<User> {
    let line = passwd
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    // macOS writes `nobody` as -2.
    let mut number = || fields.next()?.parse::<i64>().ok().map(|id| id as u32);
    Some(User {
        name: name.to_owned(),
        uid: number()?,
        gid: number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn passwd_entry() {
        let passwd = "root:x:0:0::/root:/bin/sh\nnobody:*:-2:-2::/var/empty:/usr/bin/false\n";
        let user = entry(passwd, "nobody").unwrap();
        assert_eq!((user.uid, user.gid), (u32::MAX - 1, u32::MAX - 1));
        assert_eq!(entry(passwd, "postgres"), None);
    }
}
