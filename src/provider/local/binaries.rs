//! Finds PostgreSQL binaries by their major.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use crate::provider::OLDEST_MAJOR;

/// A folder with the binaries of one PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binaries {
    /// The folder, with `postgres` and `initdb` in it.
    pub(crate) dir: PathBuf,
    /// What `postgres -V` says: `postgres (PostgreSQL) 15.14`.
    pub(crate) version: String,
    /// The major of that.
    pub(crate) major: u16,
}

/// Folders that hold one sub-folder a major, and what lies between that and the binaries.
const INSTALLATIONS: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // PGDG on Red Hat's family
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"), // Homebrew on Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
];

/// The binaries of the wanted major, or an error that names what is there.
pub(crate) fn wanted(search_path: &[PathBuf], major: u16) -> anyhow::Result<Binaries> {
    // Asking every installation for its version takes some milliseconds each: first those that say so by their path.
    let text = major.to_string();
    let mut likely = candidates(search_path);
    likely.retain(|dir| search_path.contains(dir) || dir.to_string_lossy().contains(&text));
    if let Some(found) = likely
        .iter()
        .filter_map(|dir| inspect(dir))
        .find(|it| it.major == major)
    {
        return Ok(found);
    }
    choose(&all(search_path), major).cloned()
}

/// All binaries that are there, the first of each major being the one that is used.
pub(crate) fn all(search_path: &[PathBuf]) -> Vec<Binaries> {
    let mut dirs = candidates(search_path);
    dirs.extend(pg_config(search_path));
    let mut found: Vec<Binaries> = Vec::new();
    for binaries in dirs.iter().filter_map(|dir| inspect(dir)) {
        if found.iter().all(|known| known.dir != binaries.dir) {
            found.push(binaries);
        }
    }
    found
}

/// The first of the wanted major.
pub(crate) fn choose(found: &[Binaries], major: u16) -> anyhow::Result<&Binaries> {
    if let Some(binaries) = found.iter().find(|binaries| binaries.major == major) {
        return Ok(binaries);
    }
    let there: Vec<String> = found.iter().map(Binaries::to_string).collect();
    let there = match there.is_empty() {
        true => "none of any version".to_owned(),
        false => there.join(", "),
    };
    let usable = found.iter().find(|other| other.major >= OLDEST_MAJOR);
    let instead = usable.map_or_else(String::new, |other| {
        format!(", or take what is there: `--pg {}`", other.major)
    });
    bail!(
        "no binaries of Postgres {major} (found {there}): install them with {}{instead}",
        hint(major)
    );
}

/// What `postgres -V` says about a folder's binaries; `None` when it holds none, or none that run.
pub(crate) fn inspect(dir: &Path) -> Option<Binaries> {
    let postgres = dir.join("postgres");
    if !postgres.is_file() || !dir.join("initdb").is_file() {
        return None;
    }
    // Debian and Homebrew link to the real folder, and two ways to one are one.
    let dir = postgres.canonicalize().ok()?.parent()?.to_path_buf();
    let output = Command::new(&postgres).arg("-V").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    Some(Binaries {
        dir,
        major: digits.parse().ok()?,
        version,
    })
}

/// What `postgres -V` complains of, such as a library that is missing.
pub(crate) fn complaint(dir: &Path) -> String {
    match Command::new(dir.join("postgres")).arg("-V").output() {
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}

impl fmt::Display for Binaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.version.trim_start_matches("postgres (PostgreSQL) ");
        let number = number.split(' ').next().unwrap_or(number);
        write!(f, "{number} in {}", self.dir.display())
    }
}

fn candidates(search_path: &[PathBuf]) -> Vec<PathBuf> {
    let mut dirs = search_path.to_vec();
    for (parent, prefix, suffix) in INSTALLATIONS {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        let mut here: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path().join(suffix))
            .filter(|dir| dir.join("postgres").is_file())
            .collect();
        here.sort();
        dirs.extend(here);
    }
    dirs
}

fn pg_config(search_path: &[PathBuf]) -> Option<PathBuf> {
    let program = search_path
        .iter()
        .map(|dir| dir.join("pg_config"))
        .find(|file| file.is_file())?;
    let output = Command::new(program).arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn hint(major: u16) -> String {
    if cfg!(target_os = "macos") {
        format!("`brew install postgresql@{major}`")
    } else {
        format!("`apt-get install postgresql-{major}` or your system's like")
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Binaries, choose};

    #[test]
    fn missing_major_names_what_is_there() {
        let found = [Binaries {
            dir: PathBuf::from("/usr/lib/postgresql/15/bin"),
            version: "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)".to_owned(),
            major: 15,
        }];
        let error = choose(&found, 17).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "no binaries of Postgres 17 (found 15.14 in /usr/lib/postgresql/15/bin): install"
            ),
            "{error}"
        );
        assert!(
            error.ends_with("or take what is there: `--pg 15`"),
            "{error}"
        );
        assert_eq!(choose(&found, 15).unwrap(), &found[0]);
    }
}
