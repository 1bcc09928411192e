//! From paths on the command line to migrations: which files are a set, and which stand alone.

mod folder;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rehearsal_lints::{
    Migration, MigrationSet, SetError, SourceFile, Step, TransactionMode,
    action::{Action, Transaction},
    layout::Layout,
};

use self::folder::Files;
use crate::{
    failure::failure,
    files,
    project::{Location, Project, name},
};

/// One thing to lint, or to say of it.
#[derive(Debug)]
pub(crate) enum Input {
    /// Migrations that follow each other.
    Set {
        /// The migrations, with much that is known of them.
        set: Box<MigrationSet>,
        /// The folder they lie in.
        folder: Location,
        /// The only files whose findings are wanted; all where there are none.
        only: BTreeSet<String>,
        /// The version up to which they are not judged.
        baseline: Option<i64>,
        /// The version up to which they are merged, so that nothing changes them.
        merged: Option<i64>,
    },
    /// A file that is judged by itself.
    File {
        /// Where it is; none for standard input.
        path: Option<PathBuf>,
        /// What reports call it.
        name: String,
    },
    /// What the reader should know of how the others are read.
    Note(String),
}

impl Input {
    fn set(
        project: &Project,
        set: MigrationSet,
        folder: Location,
        only: BTreeSet<String>,
    ) -> anyhow::Result<Self> {
        Ok(Self::Set {
            baseline: project.baseline(&set)?,
            merged: project.merged(&set)?,
            set: Box::new(set),
            folder,
            only,
        })
    }

    /// The migrations of a set.
    pub(crate) fn migrations(&self) -> impl Iterator<Item = &Migration> {
        let set = match self {
            Self::Set { set, .. } => Some(set),
            Self::File { .. } | Self::Note(_) => None,
        };
        set.into_iter().flat_map(|set| set.iter())
    }

    /// The version up to which the migrations of a set are merged.
    pub(crate) fn merged(&self) -> Option<i64> {
        match self {
            Self::Set { merged, .. } => *merged,
            Self::File { .. } | Self::Note(_) => None,
        }
    }
}

/// Texts that stand in for those on disk, by the names of the files: standard input, and what fixes have made.
pub(crate) type Overlay = BTreeMap<String, String>;

/// What reports call standard input.
pub(crate) const STDIN: &str = "<stdin>";

/// Reads the configured migrations folder, and places the baseline in it.
///
/// # Errors
/// When there is no such folder, nothing in it, a file that cannot be read, or a file name that the runner would refuse.
pub(crate) fn migrations(project: &mut Project, overlay: &Overlay) -> anyhow::Result<MigrationSet> {
    let set = configured(project, overlay)?;
    project.settings.baseline = project.baseline(&set)?;
    Ok(set)
}

fn configured(project: &Project, overlay: &Overlay) -> anyhow::Result<MigrationSet> {
    let folder = &project.migrations;
    if !folder.path.is_dir() {
        return Err(failure(
            format!("no migrations: there is no folder {}", folder.name),
            format!(
                "run this in your project, name the folder with --migrations or in rehearsal.toml, or make it: mkdir {}",
                folder.name
            ),
        ));
    }
    let files = Files::find(folder, overlay)?;
    let Some(set) = set(project, &files)? else {
        return Err(files.nothing());
    };
    match set.layout {
        Some(layout) if set.is_empty() => Err(failure(
            format!(
                "no migrations: {} has no file that {layout} would run",
                folder.name
            ),
            format!("name one {}/{}", folder.name, layout.pattern()),
        )),
        _ => Ok(set),
    }
}

/// The set of the runner that was named, or that the files are of; none where no runner would take any.
fn set(project: &Project, files: &Files<'_>) -> anyhow::Result<Option<MigrationSet>> {
    let named = project.layout;
    let layout = match named {
        Some(layout) => Some(layout),
        None => files.layout()?.map_err(|error| refused(&error))?,
    };
    let Some(layout) = layout else {
        return Ok(None);
    };
    let mut set = files.read(layout)?.map_err(|error| refused(&error))?;
    if named.is_none() {
        note_detected(&mut set);
    }
    Ok(Some(set))
}

/// Says whose migrations these are taken for, where nobody said and they are not sqlx's, or may not be.
fn note_detected(set: &mut MigrationSet) {
    let reversible = set.iter().all(|one| one.up.path.ends_with(".up.sql"));
    if set.layout == Some(Layout::Sqlx) && reversible {
        let doubtful = set.iter().find(|one| {
            one.mode == TransactionMode::Wrapped && one.steps.iter().any(wants_no_transaction)
        });
        if let Some(migration) = doubtful {
            set.notes.push(format!(
                "read as migrations of sqlx, which wraps {} in a transaction; if golang-migrate runs it, say so: --layout golang-migrate",
                migration.up.path
            ));
        }
    } else if let Some(layout) = set.layout.filter(|layout| *layout != Layout::Sqlx) {
        set.notes.push(format!(
            "read as migrations of {layout}; --layout names another runner"
        ));
    }
}

/// Whether a statement is out of place in a transaction of sqlx's, and in place in a file of golang-migrate's, named alike.
fn wants_no_transaction(step: &Step) -> bool {
    match &step.action {
        Action::Transaction(command) => matches!(command, Transaction::Begin | Transaction::Commit),
        Action::CreateIndex(create) => create.concurrently,
        Action::DropObject(drop) => drop.concurrently,
        Action::Reindex { concurrently, .. } => *concurrently,
        Action::Vacuum { .. } => true,
        Action::Other { keywords } => *keywords == "CALL",
        _ => false,
    }
}

fn refused(error: &SetError) -> anyhow::Error {
    failure(error.to_string(), error.help())
}

/// Sorts the paths of the command line: what to lint.
///
/// # Errors
/// When a path does not exist or a set cannot be read.
pub(crate) fn collect(
    project: &Project,
    paths: &[PathBuf],
    overlay: &Overlay,
) -> anyhow::Result<Vec<Input>> {
    if paths.is_empty() {
        let set = configured(project, overlay)?;
        let folder = project.migrations.clone();
        return Ok(vec![Input::set(project, set, folder, BTreeSet::new())?]);
    }
    let home = project.migrations.path.canonicalize().ok();
    // Read once, by the first path that needs it.
    let mut members = None;
    // The whole configured folder was named, or files in it.
    let mut whole = false;
    let mut only = BTreeSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        let given = name(path);
        if path.as_os_str() == "-" {
            inputs.push(Input::File {
                path: None,
                name: STDIN.to_owned(),
            });
        } else if path.is_dir() {
            if path.canonicalize().ok() == home {
                whole = true;
            } else {
                inputs.append(&mut folder(project, path, &given, overlay)?);
            }
        } else if let Some(below) = below(path, home.as_deref())
            && let name = format!("{}/{below}", project.migrations.name)
            && let members = match &members {
                Some(members) => members,
                None => members.insert(ups(project, overlay)?),
            }
            && members.contains(&name)
        {
            only.insert(name);
        } else if path.symlink_metadata().is_ok() {
            inputs.push(Input::File {
                path: Some(path.clone()),
                name: given,
            });
        } else {
            return Err(failure(
                format!("cannot read {given}: there is no such file"),
                "name a file, a folder, or `-` for standard input",
            ));
        }
    }
    if whole {
        only.clear();
    }
    if whole || !only.is_empty() {
        let set = configured(project, overlay)?;
        let folder = project.migrations.clone();
        inputs.insert(0, Input::set(project, set, folder, only)?);
    }
    Ok(inputs)
}

/// The ways up of the configured folder.
fn ups(project: &Project, overlay: &Overlay) -> anyhow::Result<BTreeSet<String>> {
    let files = Files::find(&project.migrations, overlay)?;
    let set = set(project, &files)?.unwrap_or_default();
    Ok(set
        .iter()
        .map(|migration| migration.up.path.clone())
        .collect())
}

/// The path of a file below the configured migrations folder, whose neighbours tell what exists before it.
fn below(path: &Path, home: Option<&Path>) -> Option<String> {
    let path = path.canonicalize().ok()?;
    Some(name(path.strip_prefix(home?).ok()?))
}

/// A folder other than the configured one: a set where all names are one runner's or the runner is named, else each file for
/// itself.
fn folder(
    project: &Project,
    path: &Path,
    given: &str,
    overlay: &Overlay,
) -> anyhow::Result<Vec<Input>> {
    let folder = Location {
        path: path.to_owned(),
        name: given.to_owned(),
    };
    let files = Files::find(&folder, overlay)?;
    if !files.has_sql() {
        return Err(failure(
            format!("nothing to lint: {given} has no .sql file"),
            "name a folder with .sql files",
        ));
    }
    let why = match files.layout()? {
        Err(error) if project.layout.is_none() => Some(format!("{error}; {}", error.help())),
        _ => match set(project, &files)? {
            Some(set) => {
                let other = files.passed_over(&set).filter(|_| project.layout.is_none());
                let (Some(other), Some(layout)) = (other, set.layout) else {
                    return Ok(vec![Input::set(project, set, folder, BTreeSet::new())?]);
                };
                Some(format!(
                    "{layout} would not run {other}; --layout {} reads the others as one set",
                    layout.name()
                ))
            }
            None => None,
        },
    };
    let why = why.map(|why| Input::Note(format!("{given} is read file by file: {why}")));
    let alone = files.paths().map(|path| Input::File {
        name: name(path),
        path: Some(path.to_owned()),
    });
    Ok(why.into_iter().chain(alone).collect())
}

/// Reads a file, or what stands in for it.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn source(
    path: Option<&Path>,
    name: &str,
    overlay: &Overlay,
) -> anyhow::Result<SourceFile> {
    let text = match (overlay.get(name), path) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => files::read(path, name)?,
        (None, None) => files::read_stdin()?,
    };
    Ok(SourceFile::new(name, text))
}
