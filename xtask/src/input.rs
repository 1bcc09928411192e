//! From paths on the command line to migrations: which files are a set, and which stand alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rehearsal_lints::{MigrationSet, SourceFile, layout::Layout};

use crate::{
    failure::failure,
    files,
    project::{Location, Project, name},
};

/// One thing to lint.
#[derive(Debug)]
pub(crate) enum Input {
    /// Migrations that follow each other.
    Set {
        /// The migrations.
        set: MigrationSet,
        /// The folder they lie in.
        folder: Location,
        /// The only files whose findings are wanted; all where there are none.
        only: BTreeSet<String>,
    },
    /// A file that is judged by itself.
    File {
        /// Where it is; none for standard input.
        path: Option<PathBuf>,
        /// What reports call it.
        name: String,
    },
}

/// Texts that stand in for those on disk, by the names of the files: standard input, and what fixes have made.
pub(crate) type Overlay = BTreeMap<String, String>;

/// What reports call standard input.
pub(crate) const STDIN: &str = "<stdin>";

/// Reads the configured migrations folder.
///
/// # Errors
/// When there is no such folder, nothing in it, a file that cannot be read, or a file name that sqlx would refuse.
pub(crate) fn migrations(project: &Project, overlay: &Overlay) -> anyhow::Result<MigrationSet> {
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
    let set = read_set(folder, overlay)?;
    if set.is_empty() {
        let first = format!("{}/{}_create_users.sql", folder.name, "20260101000000");
        return Err(failure(
            format!(
                "no migrations: {} has no file that sqlx would run",
                folder.name
            ),
            format!(
                "name a file <VERSION>_<DESCRIPTION>.sql, such as {first}; `sqlx migrate add` does so"
            ),
        ));
    }
    Ok(set)
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
        return Ok(vec![Input::Set {
            set: migrations(project, overlay)?,
            folder: project.migrations.clone(),
            only: BTreeSet::new(),
        }]);
    }
    let home = project.migrations.path.canonicalize().ok();
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
                inputs.append(&mut folder(path, &given, overlay)?);
            }
        } else if is_member(path, home.as_deref()) {
            only.insert(format!(
                "{}/{}",
                project.migrations.name,
                files::display_name(path)
            ));
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
        inputs.insert(
            0,
            Input::Set {
                set: migrations(project, overlay)?,
                folder: project.migrations.clone(),
                only,
            },
        );
    }
    Ok(inputs)
}

/// Whether a file is one of the configured migrations, whose neighbours tell what exists before it.
fn is_member(path: &Path, home: Option<&Path>) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let name = files::display_name(&path);
    path.parent() == home && is_sqlx(&name) && !name.ends_with(".down.sql")
}

/// A folder other than the configured one: a set where all names are sqlx's, else each file for itself.
fn folder(path: &Path, given: &str, overlay: &Overlay) -> anyhow::Result<Vec<Input>> {
    let all = files::sql_files_below(path, given)?;
    if all.is_empty() {
        return Err(failure(
            format!("nothing to lint: {given} has no .sql file"),
            "name a folder with .sql files",
        ));
    }
    let flat = |file: &PathBuf| file.parent() == Some(path);
    if all
        .iter()
        .all(|file| flat(file) && is_sqlx(&files::display_name(file)))
    {
        let folder = Location {
            path: path.to_owned(),
            name: given.to_owned(),
        };
        return Ok(vec![Input::Set {
            set: read_set(&folder, overlay)?,
            folder,
            only: BTreeSet::new(),
        }]);
    }
    Ok(all
        .into_iter()
        .map(|path| Input::File {
            name: name(&path),
            path: Some(path),
        })
        .collect())
}

fn is_sqlx(name: &str) -> bool {
    name.split_once('_')
        .is_some_and(|(version, _)| version.parse::<i64>().is_ok())
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

fn read_set(folder: &Location, overlay: &Overlay) -> anyhow::Result<MigrationSet> {
    let mut sources = Vec::new();
    let mut names = BTreeSet::new();
    for path in files::sql_files(&folder.path, &folder.name)? {
        let name = format!("{}/{}", folder.name, files::display_name(&path));
        sources.push(source(Some(&path), &name, overlay)?);
        names.insert(name);
    }
    // What fixes have added lies nowhere yet.
    let added = overlay.iter().filter(|(name, _)| {
        let inside = name
            .rsplit_once('/')
            .is_some_and(|(parent, _)| parent == folder.name);
        inside && !names.contains(*name)
    });
    sources.extend(added.map(|(name, text)| SourceFile::new(name, &**text)));
    Layout::Sqlx
        .read(sources)
        .map_err(|error| failure(error.to_string(), error.help()))
}
