//! The files below a migrations folder, and the set that a runner sees in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rehearsal_lints::{
    MigrationSet, SetError, SourceFile,
    layout::{self, Layout},
};

use super::{Overlay, source};
use crate::{
    failure::failure,
    files,
    project::{Location, name},
};

/// The files of a migrations folder, read when they are needed: what a runner passes over may be anything.
pub(super) struct Files<'a> {
    folder: &'a Location,
    overlay: &'a Overlay,
    /// By name, where each lies; what fixes have added lies nowhere yet.
    places: BTreeMap<String, Option<PathBuf>>,
}

impl<'a> Files<'a> {
    pub(super) fn find(folder: &'a Location, overlay: &'a Overlay) -> anyhow::Result<Self> {
        let mut places = BTreeMap::new();
        for path in files::files_below(&folder.path, &folder.name)? {
            let below = path.strip_prefix(&folder.path).unwrap_or(&path);
            let name = format!("{}/{}", folder.name, name(below));
            if name.ends_with(".sql") || layout::is_companion(&name) {
                places.insert(name, Some(path));
            }
        }
        let prefix = format!("{}/", folder.name);
        for name in overlay.keys().filter(|name| name.starts_with(&prefix)) {
            places.entry(name.clone()).or_insert(None);
        }
        Ok(Self {
            folder,
            overlay,
            places,
        })
    }

    /// The names of the `.sql` files.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.places.keys().map(String::as_str);
        names.filter(|name| name.ends_with(".sql"))
    }

    /// Where the `.sql` files lie.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let places = self
            .places
            .iter()
            .filter(|(name, _)| name.ends_with(".sql"));
        places.filter_map(|(_, path)| path.as_deref())
    }

    pub(super) fn has_sql(&self) -> bool {
        self.names().next().is_some()
    }

    fn is_nested(&self, name: &str) -> bool {
        name[self.folder.name.len() + 1..].contains('/')
    }

    /// What the names and the texts of the folder's own files tell.
    pub(super) fn layout(&self) -> anyhow::Result<Result<Option<Layout>, SetError>> {
        let sources = self.places.iter().map(|(name, path)| {
            match self.is_nested(name) || layout::is_companion(name) {
                true => Ok(SourceFile::new(name, "")),
                false => source(path.as_deref(), name, self.overlay),
            }
        });
        let sources: Vec<_> = sources.collect::<anyhow::Result<_>>()?;
        Ok(Layout::detect(&self.folder.name, &sources))
    }

    /// The set that a runner would see.
    pub(super) fn read(&self, layout: Layout) -> anyhow::Result<Result<MigrationSet, SetError>> {
        let seen = |name: &&String| layout.is_nested() || !self.is_nested(name);
        let sources = self.places.iter().filter(|(name, _)| seen(name));
        let sources = sources.map(|(name, path)| source(path.as_deref(), name, self.overlay));
        let sources: Vec<_> = sources.collect::<anyhow::Result<_>>()?;
        Ok(layout.read(sources))
    }

    /// A `.sql` file that the runner of the set passes over.
    pub(super) fn passed_over(&self, set: &MigrationSet) -> Option<&str> {
        let nested = set.layout.is_none_or(Layout::is_nested);
        let ignored: BTreeSet<&str> = set.ignored.iter().map(|file| file.path.as_str()).collect();
        self.names()
            .find(|name| ignored.contains(name) || (!nested && self.is_nested(name)))
    }

    /// Why there are no migrations.
    pub(super) fn nothing(&self) -> anyhow::Error {
        let folder = &self.folder.name;
        let first = format!("{folder}/20260101000000_create_users.sql");
        match self.names().next() {
            Some(name) => failure(
                format!("no migrations: no runner would take a file of that name, such as {name}"),
                format!(
                    "name it as {first}, or take the files in the order of their names: --layout plain"
                ),
            ),
            None => failure(
                format!("no migrations: {folder} has no .sql file"),
                format!(
                    "name a file <VERSION>_<DESCRIPTION>.sql, such as {first}; `sqlx migrate add` does so"
                ),
            ),
        }
    }
}
