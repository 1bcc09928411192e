//! Blocks of lines that goose and sql-migrate send as one statement: elsewhere, a line that ends in a semicolon ends one.

use super::{Layout, sections::words};
use crate::{fix::Edit, migration::Migration, source::Span, token::Comment};

/// An end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockEnd {
    /// `StatementBegin`
    Begin,
    /// `StatementEnd`
    End,
}

/// Which end of a block a comment marks.
pub(crate) fn block_end(comment: &Comment) -> Option<BlockEnd> {
    // Most comments are for people, and are looked at often.
    if !comment.text.trim_start().starts_with('+') {
        return None;
    }
    match words(&comment.text).as_str() {
        "+goose statementbegin" | "+migrate statementbegin" => Some(BlockEnd::Begin),
        "+goose statementend" | "+migrate statementend" => Some(BlockEnd::End),
        _ => None,
    }
}

/// The blocks that comments mark, in their order; one that is not ended goes on without an end.
pub(crate) fn blocks(comments: &[Comment]) -> Vec<Span> {
    let mut blocks = Vec::new();
    let mut open = None;
    for comment in comments {
        match block_end(comment) {
            Some(BlockEnd::Begin) => {
                open.get_or_insert(comment.span.start);
            }
            Some(BlockEnd::End) => {
                let closed = open.take();
                blocks.extend(closed.map(|start| Span::new(start, comment.span.start)));
            }
            None => {}
        }
    }
    blocks.extend(open.map(|start| Span::new(start, usize::MAX)));
    blocks
}

/// Whether what stands at `at` is in a block.
pub(crate) fn is_in_block(migration: &Migration, at: usize) -> bool {
    let blocks = &migration.blocks;
    let next = blocks.partition_point(|block| block.start < at);
    blocks[..next].last().is_some_and(|block| at < block.end)
}

/// What keeps a statement one to its tool that is to hold semicolons.
pub(crate) struct Whole {
    /// What is replaced where the statement begins.
    pub start: Span,
    /// What stands there then, before the statement.
    pub begin: String,
    /// The other end of the block, where it needs one.
    pub end: Option<Edit>,
}

/// How the statement of a span stays one to the runner. None where its lines hold another.
pub(crate) fn keep_whole(
    layout: Option<Layout>,
    migration: &Migration,
    span: Span,
) -> Option<Whole> {
    let as_it_is = || Whole {
        start: Span::at(span.start),
        begin: String::new(),
        end: None,
    };
    let tool = match layout {
        Some(Layout::Goose) => "goose",
        Some(Layout::SqlMigrate) => "migrate",
        _ => return Some(as_it_is()),
    };
    if is_in_block(migration, span.start) {
        return Some(as_it_is());
    }
    let text = migration.up.text();
    let line = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..span.start];
    let rest = text[span.end..].split('\n').next().unwrap_or_default();
    let behind = rest.trim_start().strip_prefix(';')?.trim();
    if !indent.trim().is_empty() || !(behind.is_empty() || behind.starts_with("--")) {
        return None;
    }
    Some(Whole {
        start: Span::new(line, span.start),
        begin: format!("-- +{tool} StatementBegin\n{indent}"),
        end: Some(Edit {
            file: None,
            span: Span::at(span.end + rest.trim_end().len()),
            text: format!("\n-- +{tool} StatementEnd"),
        }),
    })
}
