//! The few lines of a file that a finding shows. Cut out before rendering, so that a finding in a file of ten megabytes,
//! or in a line of ten megabytes, costs no more than any other.

use std::ops::Range;

use rehearsal_lints::{Edit, SourceFile, Span};

/// Bytes shown of a longer line, before and behind where the finding begins.
const BEFORE: usize = 60;
const BEHIND: usize = 400;
/// Lines shown of a longer finding.
const LINES: usize = 12;

/// A piece of a file with a span in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt<'a> {
    /// The piece.
    pub(crate) text: &'a str,
    /// Its offset in the file.
    pub(crate) start: usize,
    /// The number of its first line.
    pub(crate) line: usize,
    /// The span in the piece, cut to what is shown.
    pub(crate) range: Range<usize>,
    /// Whether the piece begins inside a line, so that columns cannot be counted in it.
    pub(crate) inside_line: bool,
}

impl<'a> Excerpt<'a> {
    /// Cuts out the lines of a span.
    pub(crate) fn new(source: &'a SourceFile, span: Span) -> Self {
        let text = source.text();
        let first = source.position(span.start).line;
        let last = source.position(span.end.max(span.start)).line;
        let last = last.min(first + LINES - 1);
        let mut start = source.line(first).start;
        let mut end = source.line(last).end.max(start);
        let from = span.start.clamp(start, end);
        let inside_line = from - start > BEHIND;
        if inside_line {
            start = text.floor_char_boundary(from - BEFORE);
        }
        end = text.floor_char_boundary(end.min(from + BEHIND.max(LINES * 100)));
        let from = text.floor_char_boundary(from);
        let to = text.floor_char_boundary(span.end.clamp(from, end));
        Self {
            text: &text[start..end],
            start,
            line: first,
            range: from - start..to - start,
            inside_line,
        }
    }

    /// The edits as ranges of this piece; none when one lies outside.
    pub(crate) fn edits<'e>(&self, edits: &[&'e Edit]) -> Option<Vec<(Range<usize>, &'e str)>> {
        edits
            .iter()
            .map(|edit| {
                let start = edit.span.start.checked_sub(self.start)?;
                let end = edit.span.end.checked_sub(self.start)?;
                (start <= end && end <= self.text.len()).then_some((start..end, edit.text.as_str()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, span: Span, line: usize, shown: &str, marked: &str) {
        let source = SourceFile::new("a.sql", text);
        let excerpt = Excerpt::new(&source, span);
        assert_eq!((excerpt.line, excerpt.text), (line, shown));
        assert_eq!(&excerpt.text[excerpt.range], marked);
    }

    #[test]
    fn whole_lines_without_their_neighbours() {
        check("one\r\ntwo\r\nthree", Span::new(5, 8), 2, "two", "two");
        check(
            "one\ntwo\nthree",
            Span::new(5, 10),
            2,
            "two\nthree",
            "wo\nth",
        );
    }

    #[test]
    fn the_end_of_the_file() {
        check("one\n", Span::at(4), 2, "", "");
        check("one", Span::new(3, 99), 1, "one", "");
        check("", Span::at(0), 1, "", "");
    }

    #[test]
    fn a_byte_order_mark_is_not_shown() {
        check("\u{feff}one", Span::new(3, 6), 1, "one", "one");
        check("\u{feff}one", Span::new(0, 6), 1, "one", "one");
    }

    #[test]
    fn a_long_line_is_cut_at_characters() {
        let text = "é".repeat(5_000_000);
        let source = SourceFile::new("a.sql", text);
        let excerpt = Excerpt::new(&source, Span::new(4_000_000, 9_000_000));
        assert!(excerpt.text.len() < 2_000);
        assert_eq!(excerpt.range.start, BEFORE);
        assert_eq!(excerpt.range.end, excerpt.text.len());
    }

    #[test]
    fn a_long_statement_is_cut_at_lines() {
        let text = "x\n".repeat(10_000);
        let source = SourceFile::new("a.sql", text);
        let excerpt = Excerpt::new(&source, Span::new(2, 19_000));
        assert_eq!(excerpt.text.lines().count(), LINES);
    }
}
