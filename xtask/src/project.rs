//! The project that a command works on: its root folder and its settings, options of the command line included.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rehearsal_lints::Settings;

use crate::{
    cli::Options,
    config::{self, Config},
    failure::failure,
    files,
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
    /// The migrations folder, and what messages call it.
    pub(crate) migrations: Folder,
}

/// A folder, and what messages and reports call it.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
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
        let mut settings = config.lint_settings();
        settings.baseline = options.since.or(settings.baseline);
        settings.postgres = options.pg.unwrap_or(settings.postgres);
        let migrations = match &options.migrations {
            Some(path) => Folder {
                path: path.clone(),
                name: name(path),
            },
            None => Folder {
                path: root.join(&config.migrations),
                name: name(Path::new(&config.migrations)),
            },
        };
        Ok(Self {
            root,
            config,
            settings,
            migrations,
        })
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
