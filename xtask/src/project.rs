//! The project that a command works on: its root folder and its settings, options of the command line included.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rehearsal::ProviderSettings;
use rehearsal_lints::{MigrationSet, Settings, layout::Layout};

use crate::{
    cli::Options,
    config::{self, Config},
    failure::failure,
    files, postgres,
};

/// A project.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder that paths in the settings are relative to.
    pub(crate) root: PathBuf,
    /// The settings file, or the defaults where there is none.
    pub(crate) config: Config,
    /// The linter's settings with the command line's options.
    pub(crate) settings: Settings,
    /// The Postgres that is wanted, with the command line's options.
    pub(crate) provider: ProviderSettings,
    /// The migrations folder.
    pub(crate) migrations: Location,
    /// Whose migrations these are, where it is said.
    pub(crate) layout: Option<Layout>,
    /// The version behind which migrations are judged, where the command line says it.
    pub(crate) since: Option<String>,
    /// The schema snapshot.
    pub(crate) snapshot: Location,
    /// The migrations folder of the settings, whose schema the snapshot is.
    configured: PathBuf,
}

/// A folder or file, and what messages and reports call it.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its name: as given, or relative to the root; with forward slashes.
    pub(crate) name: String,
}

impl Project {
    /// Finds the settings and reads them.
    ///
    /// # Errors
    /// When the settings cannot be read or are wrong.
    pub(crate) fn open(options: &Options) -> anyhow::Result<Self> {
        let current = env::current_dir().context("cannot tell the current folder")?;
        let (root, config) = match &options.config {
            Some(path) => {
                let name = path.display().to_string();
                let text = files::read_if_there(path, &name)?.ok_or_else(|| {
                    failure(
                        format!("cannot read {name}: there is no such file"),
                        format!("make one: cargo xtask config > {name}"),
                    )
                })?;
                let folder = current.join(path);
                let root = folder.parent().unwrap_or(&current).to_owned();
                (root, Config::parse(&text, &name)?)
            }
            None => {
                let root = root_above(&current);
                let path = root.join(config::NAME);
                let name = shown(&path, &current);
                let config = match files::read_if_there(&path, &name)? {
                    Some(text) => Config::parse(&text, &name)?,
                    None => Config::default(),
                };
                (root, config)
            }
        };
        let provider = postgres::settings(options, &config)?;
        let mut settings = config.lint_settings();
        let layout = options.layout.or(config.layout);
        let since = options.since.clone();
        settings.postgres = provider.major;
        let in_root = |path: &str| Location {
            path: root.join(path),
            name: name(Path::new(path)),
        };
        let configured = in_root(&config.migrations);
        Ok(Self {
            settings,
            layout,
            since,
            provider,
            snapshot: in_root(&config.snapshot),
            configured: configured.path.clone(),
            migrations: match &options.migrations {
                Some(path) => Location {
                    path: path.clone(),
                    name: name(path),
                },
                None => configured,
            },
            config,
            root,
        })
    }

    /// The version of a set up to which migrations are merged and never change, whatever the command line says.
    ///
    /// # Errors
    /// When the settings' baseline is no version of its runner.
    pub(crate) fn merged(&self, set: &MigrationSet) -> anyhow::Result<Option<i64>> {
        position(set, self.config.baseline.as_deref())
    }

    /// The version of a set up to which migrations are not judged.
    ///
    /// # Errors
    /// When it is no version of the set's runner.
    pub(crate) fn baseline(&self, set: &MigrationSet) -> anyhow::Result<Option<i64>> {
        position(
            set,
            self.since.as_deref().or(self.config.baseline.as_deref()),
        )
    }

    /// Whether the migrations are those of the settings, and not others that the command line names.
    pub(crate) fn has_configured_migrations(&self) -> bool {
        match (
            self.migrations.path.canonicalize(),
            self.configured.canonicalize(),
        ) {
            (Ok(migrations), Ok(configured)) => migrations == configured,
            _ => self.migrations.path == self.configured,
        }
    }
}

fn position(set: &MigrationSet, version: Option<&str>) -> anyhow::Result<Option<i64>> {
    let Some(version) = version else {
        return Ok(None);
    };
    let runner = set.layout.unwrap_or(Layout::Sqlx);
    match set.position(version) {
        Some(position) => Ok(Some(position)),
        None => Err(failure(
            format!("`{version}` is no version of {runner}'s"),
            format!(
                "write it as in the name of a migration: {}",
                runner.pattern()
            ),
        )),
    }
}

/// The nearest folder above that has settings, else the one where the project begins, else the current one.
fn root_above(current: &Path) -> PathBuf {
    for folder in current.ancestors() {
        let has = |name: &str| folder.join(name).exists();
        if has(config::NAME) || has("Cargo.lock") || has(".git") {
            return folder.to_owned();
        }
    }
    current.to_owned()
}

/// A path as reports spell it: with forward slashes, without a leading `./` or a trailing slash.
pub(crate) fn name(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    let mut name = name.trim_end_matches('/');
    while let Some(rest) = name.strip_prefix("./") {
        name = rest;
    }
    match name {
        "" if path.has_root() => "/".to_owned(),
        "" => ".".to_owned(),
        name => name.to_owned(),
    }
}

/// A path below the current folder relative to it, any other as it is.
fn shown(path: &Path, current: &Path) -> String {
    name(path.strip_prefix(current).unwrap_or(path))
}
