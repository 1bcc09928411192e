//! Markdown: what breaks first, what nobody notices folded away. It stays below what GitHub takes for one comment.

use rehearsal::diff::{Change, Class};

use crate::{
    command::diff::Comparison,
    render::{
        count,
        diff::{self, Done, OPEN, mermaid},
        markdown::{
            code, fence,
            part::{Block, Part, assemble},
            prose,
        },
    },
};

/// Bytes that are free where the difference is the whole comment: GitHub takes 65,536 characters.
const ROOM: usize = 30_000;

/// Renders a comparison.
pub(crate) fn render(comparison: &Comparison) -> String {
    let text = assemble(ROOM, parts(comparison));
    text.trim_start().to_owned()
}

/// The parts of a comment: the changes by class, the tables as a picture, the SQL.
pub(crate) fn parts(comparison: &Comparison) -> Vec<Part> {
    let Comparison { before, after, .. } = comparison;
    let verdict = sentence(&diff::verdict(&comparison.diff));
    let base = format!("{}, {}", prose(&comparison.name), code(&comparison.commit));
    let mut parts = vec![Part {
        share: 1_500,
        head: format!("\n### {verdict}\n\nCompared with {base}.\n"),
        blocks: comparison
            .notes
            .iter()
            .map(|note| Block::Whole(format!("\n{}\n", prose(note))))
            .chain([Block::Whole(String::new())])
            .collect(),
        noun: "note",
        ..Part::default()
    }];
    for class in diff::CLASSES {
        let changes = comparison
            .diff
            .changes
            .iter()
            .filter(|change| change.class == class);
        let blocks: Vec<Block> = changes.map(|change| Block::Whole(item(change))).collect();
        let part = match class {
            Class::Compatible if blocks.len() > OPEN => {
                Part::folded(&diff::unnoticed(blocks.len()), 4_000, blocks)
            }
            _ => Part {
                share: 5_000,
                head: format!("\n**{}**\n\n", sentence(class.words())),
                blocks,
                ..Part::default()
            },
        };
        parts.push(Part {
            noun: "change",
            ..part
        });
    }
    let diagram = mermaid::diagram(&comparison.diff, before, after);
    let diagram = diagram.map(|(diagram, left)| {
        let mut block = fence("mermaid", &diagram);
        if left > 0 {
            let more = count(left, "more table");
            block.push_str(&format!("\n*{more} not drawn.*\n"));
        }
        Block::Whole(block)
    });
    parts.push(Part::folded(
        "The tables that change",
        8_000,
        Vec::from_iter(diagram),
    ));
    let sql = (!comparison.sql.is_empty()).then(|| Block::Code {
        language: "diff",
        text: comparison.sql.clone(),
        whole: "cargo xtask diff -v",
    });
    parts.push(Part::folded(
        "The schema as SQL, before and after",
        5_500,
        Vec::from_iter(sql),
    ));
    parts
}

/// A change: what, then why it is of its class.
fn item(change: &Change) -> String {
    let name = code(short(&change.object.name));
    let part = change.part.as_ref().map_or(String::new(), |part| {
        format!(", {} {}", part.kind, code(short(&part.name)))
    });
    let Done { words, value, .. } = Done::of(change);
    let value = value.map_or(String::new(), |value| format!(" {}", code(short(&value))));
    let effects = match diff::effects(change) {
        effects if effects.is_empty() => effects,
        effects => format!(" ({effects})"),
    };
    let reason = prose(&change.reason);
    format!(
        "- {} {name}{part}: **{}**{value}\\\n  {reason}{effects}\n",
        change.object.kind,
        prose(&words)
    )
}

/// A name as one says it.
fn short(name: &str) -> &str {
    name.strip_prefix("public.").unwrap_or(name)
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        format!("{}{}", first.to_uppercase(), letters.as_str())
    })
}
