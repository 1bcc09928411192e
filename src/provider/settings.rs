//! What the user may decide about the Postgres of a run.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use crate::provider::{DEFAULT_MAJOR, NEWEST_MAJOR, OLDEST_MAJOR, ProviderKind};

/// Which Postgres a run gets, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// The way to get it; `None` tries [`ProviderKind::AUTO`] in order.
    pub kind: Option<ProviderKind>,
    /// The wanted Postgres major, 13 to 18.
    pub major: u16,
    /// Image and tag for `container`; `None` is `postgres:<major>`.
    pub image: Option<String>,
    /// Forbids everything that needs a network: pulling an image, downloading a build.
    pub offline: bool,
    /// Administrator's URL for `server`; `None` takes libpq's `PG*` variables.
    pub server_url: Option<String>,
    /// Where templates and downloaded builds stay between runs.
    pub cache_dir: PathBuf,
    /// Folders in which programs are looked for: the folders of `PATH`.
    pub search_path: Vec<PathBuf>,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl ProviderSettings {
    /// The defaults, changed by the environment: `REHEARSAL_PROVIDER`, `REHEARSAL_PG` (a major), `REHEARSAL_IMAGE`,
    /// `REHEARSAL_OFFLINE` (`1`), `REHEARSAL_SERVER_URL`, `REHEARSAL_CACHE_DIR`, and the user's `PATH` and home.
    ///
    /// # Errors
    /// When a variable holds something that is no such value.
    pub fn from_env() -> anyhow::Result<ProviderSettings> {
        let mut settings = ProviderSettings {
            search_path: env::var_os("PATH")
                .map(|path| {
                    env::split_paths(&path)
                        .filter(|dir| dir.is_absolute())
                        .collect()
                })
                .unwrap_or_default(),
            cache_dir: match env::var_os("REHEARSAL_CACHE_DIR") {
                Some(dir) if !dir.is_empty() => PathBuf::from(dir),
                _ => user_cache_dir(),
            },
            image: variable("REHEARSAL_IMAGE")?,
            server_url: variable("REHEARSAL_SERVER_URL")?,
            ..ProviderSettings::default()
        };
        if let Some(name) = variable("REHEARSAL_PROVIDER")?
            && name != "auto"
        {
            settings.kind = Some(name.parse().context("read REHEARSAL_PROVIDER")?);
        }
        if let Some(major) = variable("REHEARSAL_PG")? {
            settings.major = major.parse().map_err(|_| {
                anyhow!(
                    "read REHEARSAL_PG `{major}`: write a major version, {OLDEST_MAJOR} to {NEWEST_MAJOR}"
                )
            })?;
        }
        settings.offline = match variable("REHEARSAL_OFFLINE")?.as_deref() {
            None | Some("0" | "false") => false,
            Some("1" | "true") => true,
            Some(other) => bail!("read REHEARSAL_OFFLINE `{other}`: write 1 or 0"),
        };
        Ok(settings)
    }

    /// The image that `container` runs.
    #[must_use]
    pub fn image(&self) -> String {
        self.image
            .clone()
            .unwrap_or_else(|| format!("postgres:{}", self.major))
    }

    /// Refuses what no provider can give.
    pub(crate) fn validate(&self) -> anyhow::Result<()> {
        if !(OLDEST_MAJOR..=NEWEST_MAJOR).contains(&self.major) {
            bail!(
                "Postgres {} is not supported: choose {OLDEST_MAJOR} to {NEWEST_MAJOR}",
                self.major
            );
        }
        Ok(())
    }

    /// The first program of one of these names on the search path.
    #[cfg(unix)]
    pub(crate) fn program(&self, names: &[&str]) -> Option<PathBuf> {
        let files = names
            .iter()
            .flat_map(|name| self.search_path.iter().map(move |dir| dir.join(name)));
        files.into_iter().find(|file| file.is_file())
    }
}

impl Default for ProviderSettings {
    /// Reads no environment: nothing is on the search path, and the cache lies in the system's folder for it.
    fn default() -> ProviderSettings {
        ProviderSettings {
            kind: None,
            major: DEFAULT_MAJOR,
            image: None,
            offline: false,
            server_url: None,
            cache_dir: if cfg!(unix) {
                system_cache_dir()
            } else {
                env::temp_dir().join("rehearsal")
            },
            search_path: Vec::new(),
            statement_timeout: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings")
            .field("kind", &self.kind)
            .field("major", &self.major)
            .field("image", &self.image)
            .field("offline", &self.offline)
            // It may hold a password.
            .field("server_url", &self.server_url.as_ref().map(|_| "…"))
            .field("cache_dir", &self.cache_dir)
            .field("search_path", &self.search_path)
            .field("statement_timeout", &self.statement_timeout)
            .finish()
    }
}

fn variable(name: &str) -> anyhow::Result<Option<String>> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => bail!("read {name}: it is not UTF-8"),
    }
}

/// The folder that other users can reach: root's Postgres runs as another user, who must not need root's home.
fn system_cache_dir() -> PathBuf {
    PathBuf::from(if is_root() {
        "/var/cache/rehearsal"
    } else {
        "/tmp/rehearsal-cache"
    })
}

fn user_cache_dir() -> PathBuf {
    if is_root() {
        return system_cache_dir();
    }
    let set = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|dir| dir.is_absolute())
    };
    let home = || set("HOME").unwrap_or_else(env::temp_dir);
    let base = if cfg!(windows) {
        set("LOCALAPPDATA").unwrap_or_else(env::temp_dir)
    } else if cfg!(target_os = "macos") {
        home().join(Path::new("Library/Caches"))
    } else {
        set("XDG_CACHE_HOME").unwrap_or_else(|| home().join(".cache"))
    };
    base.join("rehearsal")
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::ProviderSettings;

    #[test]
    fn debug_hides_the_password() {
        let settings = ProviderSettings {
            server_url: Some("postgres://admin:secret@db.example/postgres".to_owned()),
            ..ProviderSettings::default()
        };
        assert!(!format!("{settings:?}").contains("secret"));
    }

    #[test]
    fn major_out_of_range_is_refused() {
        let settings = ProviderSettings {
            major: 12,
            ..ProviderSettings::default()
        };
        let error = settings.validate().unwrap_err().to_string();
        assert_eq!(error, "Postgres 12 is not supported: choose 13 to 18");
    }
}
