//! A comment has an end: GitHub refuses more than 65,536 characters. Each part has its share of them, and passes on what it
//! does not need; what does not fit is left out whole and counted, so that no table, fence or fold stays open.

use crate::render::{count, markdown::fence};

/// Bytes of the line that says how much is left out.
const LEFT_OUT: usize = 120;

/// A part of a comment.
#[derive(Default)]
pub(crate) struct Part {
    /// How many bytes it may take besides those that the parts before it left over.
    pub(crate) share: usize,
    /// Stands before the blocks.
    pub(crate) head: String,
    /// What it says; without any, there is no such part.
    pub(crate) blocks: Vec<Block>,
    /// Stands behind the blocks.
    pub(crate) foot: &'static str,
    /// What a block is.
    pub(crate) noun: &'static str,
}

/// A piece of a part.
pub(crate) enum Block {
    /// Stands whole or not at all.
    Whole(String),
    /// A text in a block of code, of which the first lines are enough.
    Code {
        /// How it is highlighted.
        language: &'static str,
        /// The text.
        text: String,
        /// The command that shows all of it.
        whole: &'static str,
    },
}

impl Part {
    /// A part that is folded away until the reader asks for it.
    pub(crate) fn folded(summary: &str, share: usize, blocks: Vec<Block>) -> Self {
        Self {
            share,
            head: format!("\n<details><summary>{summary}</summary>\n\n"),
            blocks,
            foot: "\n</details>\n",
            noun: "block",
        }
    }

    fn fit(self, room: usize) -> String {
        let blocks = self.blocks.len();
        let fixed = self.head.len() + self.foot.len() + LEFT_OUT;
        let Some(mut left) = room.checked_sub(fixed).filter(|_| blocks > 0) else {
            return String::new();
        };
        let mut text = self.head;
        let mut shown = 0;
        for block in self.blocks {
            let Some(block) = block.fit(left) else {
                break;
            };
            left -= block.len();
            text.push_str(&block);
            shown += 1;
        }
        if shown < blocks {
            let missing = count(blocks - shown, &format!("more {}", self.noun));
            text.push_str(&format!(
                "\n*{missing} left out here: the comment would be too long.*\n"
            ));
        }
        text.push_str(self.foot);
        text
    }
}

impl Block {
    fn fit(self, room: usize) -> Option<String> {
        match self {
            Self::Whole(text) => (text.len() <= room).then_some(text),
            Self::Code {
                language,
                text,
                whole,
            } => {
                // Neutral text is longer than what it was made of; by how much, only making it tells.
                let mut most = room;
                while most > 0 {
                    let (lines, missing) = first_lines(&text, most);
                    let mut block = fence(language, lines);
                    if missing > 0 {
                        let missing = count(missing, "more line");
                        block.push_str(&format!("\n*{missing}: `{whole}` shows all.*\n"));
                    }
                    if block.len() <= room {
                        return Some(block);
                    }
                    most = most * 3 / 4;
                }
                None
            }
        }
    }
}

/// The parts one behind the other, in no more bytes than this room and their shares together.
pub(crate) fn assemble(mut room: usize, parts: impl IntoIterator<Item = Part>) -> String {
    let mut text = String::new();
    for part in parts {
        room += part.share;
        let fitted = part.fit(room);
        room -= fitted.len();
        text.push_str(&fitted);
    }
    text
}

/// The first lines of a text that fit into so many bytes, and how many lines are left.
fn first_lines(text: &str, bytes: usize) -> (&str, usize) {
    if text.len() <= bytes {
        return (text, 0);
    }
    let end = text[..text.floor_char_boundary(bytes)]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    (&text[..end], text[end..].lines().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(share: usize, blocks: usize) -> Part {
        Part {
            share,
            head: "<details>\n".to_owned(),
            blocks: (0..blocks)
                .map(|_| Block::Whole("- block\n".to_owned()))
                .collect(),
            foot: "</details>\n",
            noun: "block",
        }
    }

    #[test]
    fn what_does_not_fit_is_counted_and_nothing_stays_open() {
        let text = assemble(0, [part(160, 9)]);
        assert_eq!(
            text,
            "<details>\n- block\n- block\n\n*7 more blocks left out here: the comment would be too long.*\n</details>\n"
        );
        assert!(text.len() <= 160);
    }

    #[test]
    fn what_one_part_does_not_need_goes_to_the_next() {
        let text = assemble(0, [part(500, 1), part(100, 20)]);
        assert!(!text.contains("left out"), "{text}");
        assert_eq!(assemble(0, [part(100, 1)]), "");
    }

    #[test]
    fn code_is_cut_and_its_block_ends() {
        let block = |room| {
            let text = "-\0\n".repeat(100);
            let language = "diff";
            Block::Code {
                language,
                text,
                whole: "git diff",
            }
            .fit(room)
        };
        let text = block(120).expect("a part of it fits");
        assert!(
            text.len() <= 120 && text.starts_with("```diff\n-␀\n"),
            "{text}"
        );
        assert!(
            text.ends_with("\n```\n\n*88 more lines: `git diff` shows all.*\n"),
            "{text}"
        );
        assert_eq!(block(20), None);
    }

    #[test]
    fn long_texts_end_at_a_line() {
        assert_eq!(first_lines("a\nbc\nd\n", 4), ("a\n", 2));
        assert_eq!(first_lines("a\nbc\nd\n", 7), ("a\nbc\nd\n", 0));
        assert_eq!(first_lines("éé", 3), ("", 1));
    }
}
