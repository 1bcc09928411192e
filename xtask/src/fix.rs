//! Shows what fixes change as a patch.

use std::{borrow::Cow, fmt::Write as _};

use similar::TextDiff;

/// A patch that `git apply` takes; one without an old text adds the file.
pub(crate) fn patch(path: &str, old: Option<&str>, new: &str) -> String {
    let path = path.trim_start_matches('/');
    let name = |prefix: &str| quote(&format!("{prefix}/{path}")).into_owned();
    let before = match old {
        Some(_) => name("a"),
        None => "/dev/null".to_owned(),
    };
    unified(old.unwrap_or_default(), new, Some((&before, &name("b"))))
}

/// What changes between two texts: the hunks alone.
pub(crate) fn hunks(old: &str, new: &str) -> String {
    unified(old, new, None)
}

fn unified(old: &str, new: &str, header: Option<(&str, &str)>) -> String {
    let lines =
        |text: &'_ str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (old, new) = (lines(old), lines(new));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&old, &new);
    let mut unified = diff.unified_diff();
    if let Some((before, after)) = header {
        unified.header(before, after);
    }
    unified.to_string()
}

/// A path as git spells it in a patch: in quotes where it has characters that end it.
fn quote(path: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if path.chars().all(plain) {
        // git takes the tab for the end of a name with spaces in it.
        return if path.contains(' ') {
            format!("{path}\t").into()
        } else {
            path.into()
        };
    }
    let mut quoted = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if c.is_control() => {
                for byte in c.to_string().bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_keeps_line_ends() {
        assert_eq!(
            patch("a b.sql", Some("one\r\ntwo"), "one\r\ntwo 2"),
            "--- a/a b.sql\t\n+++ b/a b.sql\t\n@@ -1,2 +1,2 @@\n one\r\n-two\n\\ No newline at end of file\n+two 2\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_new_file_comes_from_nowhere() {
        assert_eq!(
            patch("a.sql", None, "one\n"),
            "--- /dev/null\n+++ b/a.sql\n@@ -0,0 +1 @@\n+one\n"
        );
    }

    #[test]
    fn names_that_would_break_the_patch_are_quoted() {
        assert_eq!(quote("a/x\n\".sql"), "\"a/x\\012\\\".sql\"");
    }
}
