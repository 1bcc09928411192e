//! The migrations and the snapshot as they are at another commit: what the working tree is compared with.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::Path,
};

use anyhow::Context;
use rehearsal_lints::{
    Migration, MigrationSet, SourceFile,
    layout::{self, Layout},
};
use tokio::task;

use crate::{
    config::{self, Config},
    failure::failure,
    files,
    git::{Entry, Repository},
    project::{Project, name},
};

/// What the working tree is compared with.
#[derive(Debug)]
pub(crate) struct Base {
    /// The commit's whole hash.
    pub(crate) commit: String,
    /// Which commit that is, as a reader says it: `the merge base with origin/main`.
    pub(crate) name: String,
    /// Its migrations; none where it has none.
    pub(crate) set: MigrationSet,
    /// Its snapshot.
    pub(crate) snapshot: Option<Snapshot>,
    /// What the reader should know besides.
    pub(crate) notes: Vec<String>,
}

/// The committed schema of a base.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The SQL.
    pub(crate) sql: String,
    /// No migration has changed since it was written, so that it is their schema.
    pub(crate) is_current: bool,
}

impl Base {
    /// The first characters of the commit's hash.
    pub(crate) fn short(&self) -> &str {
        &self.commit[..self.commit.len().min(10)]
    }

    /// The version up to which the base has every migration of the set.
    pub(crate) fn baseline(&self, set: &MigrationSet) -> Option<i64> {
        let merged = set.iter().take_while(|migration| self.has(migration));
        merged.map(|migration| migration.version).last()
    }

    /// Whether the base has this very migration.
    pub(crate) fn has(&self, migration: &Migration) -> bool {
        self.set
            .iter()
            .any(|old| old.version == migration.version && old.up.text() == migration.up.text())
    }
}

/// As [`read`], on a thread of its own, so that an interruption is seen at once.
///
/// # Errors
/// As [`read`].
pub(crate) async fn find(
    project: Project,
    revision: Option<String>,
) -> anyhow::Result<(Project, Base)> {
    task::spawn_blocking(move || {
        let base = read(&project, revision.as_deref())?;
        Ok((project, base))
    })
    .await
    .context("reading the base panicked")?
}

/// Reads the base that was named, or else the merge base with the branch that changes go to.
///
/// # Errors
/// When there is no repository, no such commit, or a file of it cannot be read.
fn read(project: &Project, revision: Option<&str>) -> anyhow::Result<Base> {
    let repository = Repository::of(&project.migrations.path)?;
    let (commit, name) = commit(&repository, revision)?;
    let mut notes = Vec::new();
    let folder = folder(project, &repository, &commit, &mut notes)?;
    let set = migrations(project, &repository, &commit, &folder)?;
    let snapshot = snapshot(project, &repository, &commit, &folder, &mut notes)?;
    if set.is_empty() {
        notes.push(format!(
            "{} has no migrations in {folder}: everything is new",
            &commit[..commit.len().min(10)]
        ));
    }
    Ok(Base {
        commit,
        name,
        set,
        snapshot,
        notes,
    })
}

/// The commit to compare with, and what it is.
fn commit(repository: &Repository, revision: Option<&str>) -> anyhow::Result<(String, String)> {
    if let Some(revision) = revision {
        return match repository.commit(revision)? {
            Some(commit) => Ok((commit, revision.to_owned())),
            None => Err(missing(repository, revision)?),
        };
    }
    let head = repository.commit("HEAD")?.ok_or_else(|| {
        failure(
            "the repository has no commit yet",
            "commit what there is: the schema is compared with that of a commit",
        )
    })?;
    let (branch, tip) = target(repository)?;
    let Some(commit) = repository.merge_base(&head, &tip)? else {
        return Err(match repository.is_shallow()? {
            true => shallow(format!(
                "the commit at which this left {branch} is not here"
            )),
            false => failure(
                format!("HEAD and {branch} have no commit in common"),
                "name the commit to compare with: --base REV",
            ),
        });
    };
    Ok((commit, format!("the merge base with {branch}")))
}

/// The branch that changes go to, and its commit.
fn target(repository: &Repository) -> anyhow::Result<(String, String)> {
    // How GitHub and GitLab name it where they test a request, with nothing checked out but a commit.
    for variable in ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] {
        let Some(branch) = env::var(variable).ok().filter(|branch| !branch.is_empty()) else {
            continue;
        };
        let branch = format!("origin/{branch}");
        return match repository.commit(&format!("refs/remotes/{branch}"))? {
            Some(tip) => Ok((branch, tip)),
            None => Err(missing(repository, &branch)?),
        };
    }
    let candidates = [
        ("origin/HEAD", "refs/remotes/origin/HEAD"),
        ("origin/main", "refs/remotes/origin/main"),
        ("origin/master", "refs/remotes/origin/master"),
        ("main", "refs/heads/main"),
        ("master", "refs/heads/master"),
    ];
    for (branch, reference) in candidates {
        if let Some(tip) = repository.commit(reference)? {
            return Ok((branch.to_owned(), tip));
        }
    }
    Err(failure(
        "there is no branch main or master, and none that origin/HEAD names",
        "name the commit to compare with: --base REV",
    ))
}

fn missing(repository: &Repository, revision: &str) -> anyhow::Result<anyhow::Error> {
    Ok(match repository.is_shallow()? {
        true => shallow(format!("there is no commit `{revision}` here")),
        false => failure(
            format!("there is no commit `{revision}`"),
            "fetch it, or name another with --base: a branch, a tag, a hash",
        ),
    })
}

fn shallow(message: String) -> anyhow::Error {
    failure(
        format!("{message}: this clone is shallow"),
        "fetch the rest: `git fetch --unshallow`; with actions/checkout, set `fetch-depth: 0`",
    )
}

/// The folder of the migrations at a commit: where its settings say so, where it is now, or where the same files were.
fn folder(
    project: &Project,
    repository: &Repository,
    commit: &str,
    notes: &mut Vec<String>,
) -> anyhow::Result<String> {
    let now = &repository.prefix;
    let is_there = |folder: &str| -> anyhow::Result<bool> {
        let files = repository.files(commit, folder)?;
        Ok(files.iter().any(|file| is_sql(&file.path)))
    };
    if let Some(configured) = configured(project, repository, commit, notes)?
        && configured != *now
        && is_there(&configured)?
    {
        notes.push(format!("the migrations were in {configured}"));
        return Ok(configured);
    }
    if is_there(now)? {
        return Ok(now.clone());
    }
    let home = &project.migrations;
    let here: BTreeSet<String> = files::sql_files_below(&home.path, &home.name)?
        .iter()
        .map(|path| name(path.strip_prefix(&home.path).unwrap_or(path)))
        .collect();
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    for entry in repository.files(commit, "")? {
        // A migration may be a file, or a folder with one.
        let slashes = entry.path.rmatch_indices('/').map(|(at, _)| at + 1).take(2);
        for start in slashes.chain([0]) {
            if here.contains(&entry.path[start..]) {
                *folders.entry(entry.path[..start].to_owned()).or_default() += 1;
                break;
            }
        }
    }
    match folders.into_iter().max_by_key(|(_, count)| *count) {
        Some((folder, _)) => {
            notes.push(format!("the migrations were in {folder}"));
            Ok(folder)
        }
        None => Ok(now.clone()),
    }
}

/// The migrations folder of the settings at a commit, where they can be read.
fn configured(
    project: &Project,
    repository: &Repository,
    commit: &str,
    notes: &mut Vec<String>,
) -> anyhow::Result<Option<String>> {
    let Some(root) = root(project, repository)? else {
        return Ok(None);
    };
    if !project.has_configured_migrations() {
        return Ok(None);
    }
    let path = format!("{}{}", root.prefix, config::NAME);
    let Some(bytes) = root.file(commit, &path)? else {
        return Ok(None);
    };
    let parsed = files::text(bytes, &path).and_then(|text| Config::parse(&text, &path));
    let Ok(config) = parsed else {
        notes.push(format!(
            "{path} of the base cannot be understood: today's settings are taken"
        ));
        return Ok(None);
    };
    let folder = name(Path::new(&config.migrations));
    let is_plain = Path::new(&folder).is_relative() && !folder.split('/').any(|part| part == "..");
    Ok(is_plain.then(|| format!("{}{folder}/", root.prefix)))
}

/// The repository as seen from the project's root, where that is the one of the migrations.
fn root(project: &Project, repository: &Repository) -> anyhow::Result<Option<Repository>> {
    let root = Repository::of(&project.root);
    Ok(root.ok().filter(|root| root.top == repository.top))
}

fn is_sql(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "sql")
}

fn migrations(
    project: &Project,
    repository: &Repository,
    commit: &str,
    folder: &str,
) -> anyhow::Result<MigrationSet> {
    let files = repository.files(commit, folder)?;
    let files: Vec<Entry> = files
        .into_iter()
        .filter(|file| is_sql(&file.path) || layout::is_companion(&file.path))
        .collect();
    if let Some(link) = files.iter().find(|file| file.is_link) {
        return Err(failure(
            format!(
                "{} is a link at the base: where it leads is not known",
                link.path
            ),
            "name a base that has the file itself: --base REV",
        ));
    }
    let mut sources = Vec::new();
    for (file, bytes) in files.iter().zip(repository.contents(&files)?) {
        let own = &file.path[folder.len()..];
        let name = format!("{}/{own}", project.migrations.name);
        let text = files::text(bytes, &name)
            .with_context(|| format!("cannot read the migrations of {commit}"))?;
        sources.push(SourceFile::new(name, text));
    }
    let refused = |error| {
        failure(
            format!("the migrations of {commit} are no set: {error}"),
            "name another base: --base REV",
        )
    };
    let layout = match project.layout {
        Some(layout) => Some(layout),
        None => Layout::detect(&project.migrations.name, &sources).map_err(refused)?,
    };
    let Some(layout) = layout else {
        return Ok(MigrationSet::default());
    };
    if !layout.is_nested() {
        let folder = project.migrations.name.len() + 1;
        sources.retain(|source| !source.path[folder..].contains('/'));
    }
    layout.read(sources).map_err(refused)
}

fn snapshot(
    project: &Project,
    repository: &Repository,
    commit: &str,
    folder: &str,
    notes: &mut Vec<String>,
) -> anyhow::Result<Option<Snapshot>> {
    let Some(root) = root(project, repository)?.filter(|_| project.has_configured_migrations())
    else {
        return Ok(None);
    };
    let path = format!("{}{}", root.prefix, project.snapshot.name);
    let Some(bytes) = root.file(commit, &path)? else {
        return Ok(None);
    };
    let parsed = files::text(bytes, &path)
        .and_then(|text| rehearsal::snapshot::parse(Path::new(&path), &text));
    let snapshot = match parsed {
        Ok(snapshot) => snapshot,
        Err(error) => {
            notes.push(format!("{path} of the base is not used: {error:#}"));
            return Ok(None);
        }
    };
    // A shallow clone takes its oldest commit for the one that wrote everything.
    let written = match root.is_shallow()? {
        true => None,
        false => root.last_change(commit, &path)?,
    };
    let is_current = match written {
        Some(written) => root.is_same(&written, commit, folder)?,
        None => false,
    };
    Ok(Some(Snapshot {
        sql: snapshot.body,
        is_current,
    }))
}
