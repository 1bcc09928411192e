//! The committed schema snapshot: a file in insta's own format whose body is the schema's SQL.
//!
//! Written exactly as insta writes it, so that `cargo insta review` and `cargo insta accept` work
//! on it. Looks at no environment: whether to write is the caller's decision.

use std::{
    fs::{self, remove_file},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use similar::TextDiff;

/// The header of a snapshot that no test wrote before.
const HEADER: &str = "source: migrations\nexpression: schema\n";

/// The key in the header's `info` under which a format after the first says its number. Files of the
/// first, which is all that this version knows, do not say it.
const FORMAT: &str = "rehearsal-format";

/// A snapshot as it is in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it lies, usually `tests/snapshots/schema.snap`.
    pub path: PathBuf,
    /// The metadata between the two `---` lines, one `key: value` a line.
    pub header: String,
    /// The SQL, with LF line ends and none at the end, as insta compares it.
    pub body: String,
}

/// Reads the snapshot; `None` if there is none yet.
///
/// # Errors
/// When the file cannot be read, is no insta text snapshot, holds merge conflicts, or is of a later
/// version's format. The error names the file, the line and the way out.
pub fn read(path: &Path) -> anyhow::Result<Option<Snapshot>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    };
    let text = String::from_utf8(bytes).with_context(|| {
        format!(
            "read {} as UTF-8: accept the snapshot anew to replace it",
            path.display()
        )
    })?;
    let snapshot = parse(path, &text).with_context(|| {
        format!(
            "understand {}: repair it, or accept the snapshot anew to replace it",
            path.display()
        )
    })?;
    Ok(Some(snapshot))
}

impl Snapshot {
    /// Whether the body is this SQL, as insta compares: line ends and trailing blank aside.
    #[must_use]
    pub fn matches(&self, sql: &str) -> bool {
        self.body == normalized(sql)
    }

    /// What became of the body, as a unified diff; empty if nothing did.
    #[must_use]
    pub fn diff(&self, sql: &str) -> String {
        let (before, after) = (format!("{}\n", self.body), format!("{}\n", normalized(sql)));
        TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(3)
            .to_string()
    }
}

/// Writes `schema.snap.new` beside the snapshot, for review with `cargo insta review`.
///
/// # Errors
/// When the file or its folder cannot be written.
pub fn write_new(path: &Path, sql: &str) -> anyhow::Result<PathBuf> {
    let new = pending(path);
    write(&new, &serialized(path, sql))?;
    Ok(new)
}

/// Makes this SQL the snapshot, in one step, and removes what was waiting for review.
///
/// # Errors
/// When the file or its folder cannot be written.
pub fn accept(path: &Path, sql: &str) -> anyhow::Result<()> {
    let temporary = path.with_extension("snap.tmp");
    write(&temporary, &serialized(path, sql))?;
    if let Err(error) = fs::rename(&temporary, path) {
        // The first error is the one to tell.
        let _ = remove_file(&temporary);
        return Err(error).with_context(|| format!("replace {}", path.display()));
    }
    discard_new(path)
}

/// Removes `schema.snap.new`, if there is one: the snapshot matches again.
///
/// # Errors
/// When the file is there and cannot be removed.
pub fn discard_new(path: &Path) -> anyhow::Result<()> {
    let new = pending(path);
    match remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", new.display()))
        }
        _ => Ok(()),
    }
}

/// Where a snapshot waits for review.
#[must_use]
pub fn pending(path: &Path) -> PathBuf {
    path.with_extension("snap.new")
}

/// Understands the text of a snapshot, wherever it was read.
///
/// # Errors
/// When it is no insta text snapshot, or holds merge conflicts.
pub fn parse(path: &Path, text: &str) -> anyhow::Result<Snapshot> {
    for (number, line) in text.lines().enumerate() {
        let markers = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
        if markers.iter().any(|marker| line.starts_with(marker)) {
            bail!("line {} is a merge conflict's marker", number + 1);
        }
    }
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        bail!("line 1 is not `---`, where insta's header begins");
    }
    let mut header = String::new();
    for number in 2.. {
        let Some(line) = lines.next().map(str::trim_end) else {
            bail!("line {number} is missing: the header has no end, a line `---`");
        };
        if line == "---" {
            break;
        }
        if let Some(format) = line.trim_start().strip_prefix(FORMAT) {
            let format = format.trim_start_matches([':', ' ']);
            bail!(
                "line {number} says that a later version of rehearsal wrote it, in the format {format}: update \
                 rehearsal"
            );
        }
        let key = line.split_once(':').map(|(key, _)| key);
        match key {
            Some("snapshot_kind") if line.ends_with("binary") => {
                bail!("line {number} says that it is a binary snapshot, not a text");
            }
            // Which line of a test made it is for review alone; insta drops it as well.
            Some("assertion_line") => continue,
            Some(_) => {}
            None if line.starts_with([' ', '-']) => {}
            None => bail!("line {number}, `{line}` in the header, is no `key: value`"),
        }
        header.push_str(line);
        header.push('\n');
    }
    let body = normalized(&lines.collect::<Vec<_>>().join("\n"));
    Ok(Snapshot {
        path: path.to_owned(),
        header,
        body,
    })
}

/// The file that holds this SQL. Keeps the header of the snapshot that it replaces: a test of the
/// user's own may have written it.
fn serialized(path: &Path, sql: &str) -> String {
    let header = match read(path) {
        Ok(Some(snapshot)) => snapshot.header,
        _ => HEADER.to_owned(),
    };
    format!("---\n{header}---\n{}\n", normalized(sql))
}

/// As insta compares text: no blank at the end, LF line ends.
fn normalized(text: &str) -> String {
    text.trim_end().replace("\r\n", "\n")
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{parse, read};

    const GOOD: &str =
        "---\nsource: tests/it/main.rs\nassertion_line: 3\nexpression: schema\n---\nA;\nB;\n";

    fn error(text: &str) -> String {
        parse(Path::new("schema.snap"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn header_and_body() {
        let snapshot = parse(Path::new("schema.snap"), GOOD).unwrap();
        assert_eq!(
            snapshot.header,
            "source: tests/it/main.rs\nexpression: schema\n"
        );
        assert_eq!(snapshot.body, "A;\nB;");
        assert_eq!(
            parse(Path::new("schema.snap"), &GOOD.replace('\n', "\r\n")).unwrap(),
            snapshot
        );
    }

    #[test]
    fn comparison_is_instas() {
        let snapshot = parse(Path::new("schema.snap"), GOOD).unwrap();
        assert!(snapshot.matches("A;\r\nB;\n\n"));
        assert_eq!(snapshot.diff("A;\nB;\n"), "");
        assert!(!snapshot.matches("\nA;\nB;\n"));
        assert_eq!(
            snapshot.diff("A;\nC;\n"),
            "@@ -1,2 +1,2 @@\n A;\n-B;\n+C;\n"
        );
    }

    #[test]
    fn broken_files_are_told_apart() {
        assert_eq!(
            error(""),
            "line 1 is not `---`, where insta's header begins"
        );
        assert_eq!(
            error("---\nsource: a\n"),
            "line 3 is missing: the header has no end, a line `---`"
        );
        assert_eq!(
            error("---\nsource\n---\n"),
            "line 2, `source` in the header, is no `key: value`"
        );
        let conflict = GOOD.replace("B;", "<<<<<<< HEAD\nB;\n=======\nC;\n>>>>>>> main");
        assert_eq!(error(&conflict), "line 7 is a merge conflict's marker");
        let binary = GOOD.replace(
            "expression: schema",
            "extension: bin\nsnapshot_kind: binary",
        );
        assert_eq!(
            error(&binary),
            "line 5 says that it is a binary snapshot, not a text"
        );
        let later = GOOD.replace("---\nA;", "info:\n  rehearsal-format: 2\n---\nA;");
        assert_eq!(
            error(&later),
            "line 6 says that a later version of rehearsal wrote it, in the format 2: update rehearsal"
        );
    }

    #[test]
    fn error_names_the_file_and_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schema.snap");
        std::fs::write(&path, GOOD.replace("B;", ">>>>>>> main")).unwrap();
        let expected = format!(
            "understand {}: repair it, or accept the snapshot anew to replace it: line 7 is a merge conflict's marker",
            path.display()
        );
        assert_eq!(format!("{:#}", read(&path).unwrap_err()), expected);
    }

    #[test]
    fn no_snapshot_yet() {
        assert_eq!(read(Path::new("no/such/schema.snap")).unwrap(), None);
    }
}
