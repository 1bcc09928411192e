//! Reads a git repository by the `git` program: plumbing commands only, which change nothing, ask nothing and obey no
//! setting that would run another program. Paths and revisions come from people and from other people's commits.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use anyhow::{Context, bail};

use crate::failure::failure;

/// A repository, as seen from one of its folders.
#[derive(Debug)]
pub(crate) struct Repository {
    folder: PathBuf,
    /// The path of the folder from the top, with a slash behind it; empty for the top.
    pub(crate) prefix: String,
    /// The top folder.
    pub(crate) top: PathBuf,
}

/// A file of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// From the top.
    pub(crate) path: String,
    /// The name of its content.
    pub(crate) blob: String,
    /// It is a link to another.
    pub(crate) is_link: bool,
}

impl Repository {
    /// The repository that a folder belongs to: the innermost, where one lies within another.
    ///
    /// # Errors
    /// When there is no git, or no repository.
    pub(crate) fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut repository = Self {
            folder: folder.to_owned(),
            prefix: String::new(),
            top: PathBuf::new(),
        };
        let top = repository.run(&["rev-parse", "--show-toplevel"])?;
        if !top.status.success() {
            let said = message(&top);
            if said.contains("not a git repository") || said.contains("must be run in a work tree")
            {
                return Err(failure(
                    format!("{} is in no git repository", folder.display()),
                    "run this in a clone of the project: the schema is compared with that of a commit",
                ));
            }
            return Err(failure(
                format!("git cannot read the repository: {said}"),
                "do what git says, then try again",
            ));
        }
        repository.top = PathBuf::from(line(&top));
        repository.prefix = repository.ask(&["rev-parse", "--show-prefix"])?;
        Ok(repository)
    }

    /// The commit that a revision names; none where it names none.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn commit(&self, revision: &str) -> anyhow::Result<Option<String>> {
        // No revision begins so, but every option does.
        if revision.is_empty() || revision.starts_with('-') {
            return Ok(None);
        }
        let name = format!("{revision}^{{commit}}");
        let output = self.run(&["rev-parse", "--verify", "--quiet", &name])?;
        Ok(output.status.success().then(|| line(&output)))
    }

    /// The newest commit that both have; none where they have none.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> anyhow::Result<Option<String>> {
        let output = self.run(&["merge-base", one, other])?;
        Ok(output.status.success().then(|| line(&output)))
    }

    /// Whether older commits were left out when it was cloned.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn is_shallow(&self) -> anyhow::Result<bool> {
        Ok(self.ask(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// The last commit up to this one that changed a file; none where there is none.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn last_change(&self, commit: &str, path: &str) -> anyhow::Result<Option<String>> {
        let found = self.ask(&["rev-list", "--max-count=1", commit, "--", path])?;
        Ok(Some(found).filter(|found| !found.is_empty()))
    }

    /// Whether a folder holds the same in two commits.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn is_same(&self, one: &str, other: &str, path: &str) -> anyhow::Result<bool> {
        let mut arguments = vec!["diff-tree", "-r", "--name-only", "-z", one, other, "--"];
        arguments.extend(Some(path).filter(|path| !path.is_empty()));
        Ok(self.ask(&arguments)?.is_empty())
    }

    /// The files that lie below a folder. The path ends in a slash, or is empty for the whole repository.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn files(&self, commit: &str, folder: &str) -> anyhow::Result<Vec<Entry>> {
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
        if !folder.is_empty() {
            arguments.extend(["--", folder]);
        }
        self.list(&arguments)
    }

    /// One file of a commit; none where it has no such file.
    ///
    /// # Errors
    /// When git cannot be run, or does not have the content.
    pub(crate) fn file(&self, commit: &str, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let entries = self.list(&["ls-tree", "-z", "--full-tree", commit, "--", path])?;
        let Some(entry) = entries.into_iter().find(|entry| entry.path == path) else {
            return Ok(None);
        };
        let mut contents = self.contents(std::slice::from_ref(&entry))?;
        Ok(contents.pop())
    }

    /// The contents of files, in their order.
    ///
    /// # Errors
    /// When git cannot be run, or does not have a content.
    pub(crate) fn contents(&self, entries: &[Entry]) -> anyhow::Result<Vec<Vec<u8>>> {
        let wanted: String = entries
            .iter()
            .map(|entry| format!("{}\n", entry.blob))
            .collect();
        let mut child = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(no_git)?;
        let mut stdin = child.stdin.take().context("git takes no input")?;
        // While git still reads, it answers already: one of both would wait for ever.
        let writer = thread::spawn(move || stdin.write_all(wanted.as_bytes()));
        let output = child.wait_with_output().context("cannot read from git")?;
        writer
            .join()
            .map_err(|_| anyhow::anyhow!("writing to git panicked"))?
            .context("cannot write to git")?;
        let found = batch(&output.stdout)?;
        let content = |entry: &Entry| {
            found
                .get(entry.blob.as_str())
                .map(|bytes| bytes.to_vec())
                .with_context(|| {
                    format!(
                        "git does not have the content of {}: fetch it, then try again",
                        entry.path
                    )
                })
        };
        entries.iter().map(content).collect()
    }

    fn list(&self, arguments: &[&str]) -> anyhow::Result<Vec<Entry>> {
        let output = self.succeed(arguments)?;
        let entries = output.stdout.split(|byte| *byte == 0);
        Ok(entries
            .filter_map(|entry| parse_entry(&String::from_utf8_lossy(entry)))
            .collect())
    }

    /// The one line that a command prints.
    fn ask(&self, arguments: &[&str]) -> anyhow::Result<String> {
        Ok(line(&self.succeed(arguments)?))
    }

    fn succeed(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let output = self.run(arguments)?;
        if !output.status.success() {
            bail!("git {} fails: {}", arguments[0], message(&output));
        }
        Ok(output)
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(arguments).output().map_err(no_git)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("--literal-pathspecs")
            .args(arguments)
            .current_dir(&self.folder)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn no_git(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return failure(
            "there is no `git` program",
            "install git: the schema is compared with that of a commit",
        );
    }
    anyhow::Error::new(error).context("cannot run git")
}

/// Standard output without the line break at its end.
fn line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// What git complains of, in one line.
fn message(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let first = text.lines().next().unwrap_or("it says nothing");
    first.trim_start_matches("fatal: ").to_owned()
}

/// `<mode> <type> <object>\t<path>`; none for a folder or a submodule.
fn parse_entry(text: &str) -> Option<Entry> {
    let (facts, path) = text.split_once('\t')?;
    let mut facts = facts.split(' ');
    let (mode, kind, blob) = (facts.next()?, facts.next()?, facts.next()?);
    (kind == "blob").then(|| Entry {
        path: path.to_owned(),
        blob: blob.to_owned(),
        is_link: mode == "120000",
    })
}

/// Takes the answers of `cat-file --batch` apart: `<object> <type> <size>`, a line break, the content, a line break.
fn batch(mut answers: &[u8]) -> anyhow::Result<HashMap<&str, &[u8]>> {
    let mut found = HashMap::new();
    while let Some(end) = answers.iter().position(|byte| *byte == b'\n') {
        let head = str::from_utf8(&answers[..end]).context("cannot understand git's answer")?;
        answers = &answers[end + 1..];
        let mut words = head.split(' ');
        let (Some(blob), Some("blob"), Some(size)) = (words.next(), words.next(), words.next())
        else {
            // `missing`.
            continue;
        };
        let size: usize = size.parse().context("cannot understand git's answer")?;
        let content = answers.get(..size).context("git's answer ends too early")?;
        found.insert(blob, content);
        answers = answers.get(size + 1..).unwrap_or_default();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let answers = b"aa blob 3\na\nb\nbb missing\ncc blob 0\n\n";
        let found = batch(answers).expect("it is git's form");
        assert_eq!(found["aa"], b"a\nb");
        assert_eq!(found["cc"], b"");
        assert_eq!(found.len(), 2);
        assert!(batch(b"aa blob 9\nabc").is_err());
    }

    #[test]
    fn folders_and_submodules_are_no_files() {
        let path = |text| parse_entry(text).map(|entry| (entry.path, entry.is_link));
        assert_eq!(
            path("100644 blob aa\ta\tb\nc.sql"),
            Some(("a\tb\nc.sql".to_owned(), false))
        );
        assert_eq!(path("120000 blob aa\tl"), Some(("l".to_owned(), true)));
        assert_eq!(path("040000 tree aa\tt"), None);
        assert_eq!(path("160000 commit aa\ts"), None);
    }
}
