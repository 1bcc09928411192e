//! Applies fixes to texts, and shows them as a patch. Pure: who calls reads and writes the files.

use std::{borrow::Cow, fmt::Write as _};

use rehearsal_lints::Edit;
use similar::TextDiff;

/// Applies as many fixes as do not touch each other, each of them whole, in the order given. Returns the new text and
/// how many were applied; the others fit when the text is linted again.
pub(crate) fn apply<'a>(
    text: &str,
    fixes: impl IntoIterator<Item = &'a [Edit]>,
) -> (String, usize) {
    let mut edits: Vec<&Edit> = Vec::new();
    let mut applied = 0;
    for fix in fixes {
        let fits = |edit: &Edit| {
            text.get(edit.span.start..edit.span.end).is_some()
                && edits.iter().all(|other| !touch(edit, other))
        };
        let apart = fix
            .iter()
            .enumerate()
            .all(|(index, edit)| fix[..index].iter().all(|other| !touch(edit, other)));
        if apart && fix.iter().all(fits) {
            edits.extend(fix);
            applied += 1;
        }
    }
    edits.sort_by_key(|edit| edit.span);
    let mut result = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in edits {
        result.push_str(&text[done..edit.span.start]);
        result.push_str(&edit.text);
        done = edit.span.end;
    }
    result.push_str(&text[done..]);
    (result, applied)
}

/// Whether the order of two edits would matter.
fn touch(a: &Edit, b: &Edit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}

/// A patch that `git apply` takes.
pub(crate) fn patch(path: &str, old: &str, new: &str) -> String {
    let lines =
        |text: &'_ str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (old, new) = (lines(old), lines(new));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&old, &new);
    let path = path.trim_start_matches('/');
    let name = |prefix: &str| quote(&format!("{prefix}/{path}")).into_owned();
    diff.unified_diff()
        .header(&name("a"), &name("b"))
        .to_string()
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
    use rehearsal_lints::Span;

    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            span: Span::new(start, end),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_fix_that_touches_another_waits() {
        let fixes = [
            vec![edit(4, 4, " c"), edit(0, 1, "A")],
            vec![edit(4, 4, " d"), edit(2, 2, "x")],
            vec![edit(6, 6, "!")],
        ];
        let (text, applied) = apply("abcd e", fixes.iter().map(Vec::as_slice));
        assert_eq!((text.as_str(), applied), ("Abcd c e!", 2));
    }

    #[test]
    fn a_fix_outside_the_text_is_left_out() {
        let fixes = [vec![edit(1, 1, "x")], vec![edit(0, 9, "x")]];
        assert_eq!(
            apply("é", fixes.iter().map(Vec::as_slice)),
            ("é".to_owned(), 0)
        );
    }

    #[test]
    fn the_patch_keeps_line_ends() {
        assert_eq!(
            patch("a b.sql", "one\r\ntwo", "one\r\ntwo 2"),
            "--- a/a b.sql\t\n+++ b/a b.sql\t\n@@ -1,2 +1,2 @@\n one\r\n-two\n\\ No newline at end of file\n+two 2\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn names_that_would_break_the_patch_are_quoted() {
        assert_eq!(quote("a/x\n\".sql"), "\"a/x\\012\\\".sql\"");
    }
}
