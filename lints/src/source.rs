//! A file's text, places in it, and how a byte offset becomes the line and column that a person reads.

use std::fmt;

/// A half-open range of bytes of one file's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, not including, `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty place before the byte at `offset`: where a fix inserts.
    pub const fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Where a person finds a byte: both numbers count from 1, columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One file's text under the name by which reports call it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as the user gave it or relative to the project's root, with forward slashes; never read from here.
    pub path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Takes a file's whole text, a byte order mark included: offsets are the file's own.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        // Editors show no byte order mark: the first line and its columns begin behind it.
        let first = if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        let line_starts = std::iter::once(first)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|&(_, byte)| byte == b'\n')
                    .map(|(at, _)| at + 1),
            )
            .collect();
        Self {
            path: path.into(),
            text,
            line_starts,
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span, empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The line and column of a byte; an offset behind the end gives the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self
            .text
            .floor_char_boundary(offset.min(self.text.len()))
            .max(self.line_starts[0]);
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1];
        Position {
            line,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// The span of a line without its line break. Lines count from 1; a line behind the end is empty.
    pub fn line(&self, line: usize) -> Span {
        let Some(&start) = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index))
        else {
            return Span::at(self.text.len());
        };
        let end = self
            .line_starts
            .get(line)
            .map_or(self.text.len(), |&next| next - 1);
        Span::new(
            start,
            start + self.text[start..end].trim_end_matches('\r').len(),
        )
    }

    /// The byte offset of the `n`-th character of a span, counted from 1 as Postgres counts an error's position.
    pub fn offset_of_character(&self, span: Span, n: usize) -> usize {
        let text = self.slice(span);
        text.char_indices()
            .nth(n.saturating_sub(1))
            .map_or(span.end, |(offset, _)| span.start + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let file = SourceFile::new("a.sql", "é1\n\nü");
        assert_eq!(file.position(2), Position { line: 1, column: 2 });
        assert_eq!(file.position(4), Position { line: 2, column: 1 });
        assert_eq!(file.position(99), Position { line: 3, column: 2 });
    }

    #[test]
    fn a_byte_order_mark_is_no_character() {
        let file = SourceFile::new("a.sql", "\u{feff}a");
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.position(4), Position { line: 1, column: 2 });
        assert_eq!(file.slice(file.line(1)), "a");
    }

    #[test]
    fn an_offset_inside_a_character_gives_that_character() {
        assert_eq!(
            SourceFile::new("a.sql", "é").position(1),
            Position { line: 1, column: 1 }
        );
    }

    #[test]
    fn lines_end_before_their_break() {
        let file = SourceFile::new("a.sql", "one\r\ntwo");
        assert_eq!(file.slice(file.line(1)), "one");
        assert_eq!(file.slice(file.line(2)), "two");
        assert_eq!(file.slice(file.line(3)), "");
    }

    #[test]
    fn postgres_counts_characters_from_one() {
        let file = SourceFile::new("a.sql", "-- é\nSELECT");
        assert_eq!(file.offset_of_character(Span::new(0, 12), 6), 6);
    }
}
