//! A statement with its comments, cut out of its file.

use crate::{
    fix::{Edit, edit},
    layout::{BlockEnd, block_end, is_marker, sqlx::NO_TRANSACTION},
    migration::Migration,
    rule::Context,
    source::Span,
    step::Step,
    token::Comment,
};

/// A statement with its comments, cut out of its file.
pub(crate) struct Cutting {
    /// What is cut out.
    pub span: Span,
    /// The text, changed as wished, ending in a line break.
    pub text: String,
}

/// Cuts out the statement of a step, with the comments that stand right above it and behind it. None where it does more than
/// the step, or where a comment there speaks to this tool about this file.
pub(crate) fn cut(context: &Context<'_>, step: &Step, changes: &[Edit]) -> Option<Cutting> {
    let migration = context.migration;
    if !is_whole(context, step) {
        return None;
    }
    let text = migration.up.text();
    let statement = context.statement(step).span;
    let start = with_comments(migration, statement.start);
    let semicolon = with_semicolon(text, statement).end;
    let line_end = text[semicolon..]
        .find('\n')
        .map_or(text.len(), |at| semicolon + at);
    let behind = migration
        .comments
        .partition_point(|comment| comment.span.start < semicolon);
    let trailing = migration.comments.get(behind).filter(|comment| {
        let between = text.get(semicolon..comment.span.start);
        comment.span.start < line_end && between.is_some_and(|between| between.trim().is_empty())
    });
    let end = trailing.map_or(semicolon, |comment| comment.span.end);
    let mut changes: Vec<Edit> = changes.to_vec();
    if semicolon == statement.end {
        changes.push(Edit {
            file: None,
            span: Span::at(statement.end),
            text: ";".to_owned(),
        });
    }
    let span = without_block(
        migration,
        Span::new(start, end),
        statement.start,
        &mut changes,
    );
    if text[span.start..span.end].contains("rehearsal:") {
        return None;
    }
    for change in &mut changes {
        change.span = Span::new(change.span.start - span.start, change.span.end - span.start);
    }
    Some(Cutting {
        span: with_blank_lines(text, span),
        text: edit(&text[span.start..span.end], &changes).replace("\r\n", "\n") + "\n",
    })
}

/// A span that begins with the comments of the statement at `statement`, with the whole of the block that it stands in by itself,
/// of which the changes then leave out the ends. A block that holds more keeps its ends.
fn without_block(
    migration: &Migration,
    span: Span,
    statement: usize,
    changes: &mut Vec<Edit>,
) -> Span {
    let text = migration.up.text();
    let is = |comment: &&Comment, wanted: BlockEnd| block_end(comment) == Some(wanted);
    let attached = |comment: &&Comment| (span.start..statement).contains(&comment.span.start);
    let above = migration.comments.iter().rev().filter(attached);
    let Some(begin) = above
        .into_iter()
        .find(|comment| is(comment, BlockEnd::Begin))
    else {
        return span;
    };
    let next = migration
        .comments
        .partition_point(|comment| comment.span.start < span.end);
    let end = migration.comments.get(next).filter(|comment| {
        is(comment, BlockEnd::End) && text[span.end..comment.span.start].trim().is_empty()
    });
    let line = |comment: &Comment| {
        let rest = &text[comment.span.end..];
        let line_break = rest.find('\n').map_or(rest.len(), |at| at + 1);
        Span::new(comment.span.start, comment.span.end + line_break)
    };
    let Some(end) = end else {
        return Span::new(line(begin).end, span.end);
    };
    let leave_out = |span| Edit {
        file: None,
        span,
        text: String::new(),
    };
    changes.push(leave_out(line(begin)));
    changes.push(leave_out(Span::new(span.end, end.span.end)));
    Span::new(span.start, end.span.end)
}

/// Whether the step is all that its statement does.
pub(crate) fn is_whole(context: &Context<'_>, step: &Step) -> bool {
    let neighbours = [context.index.wrapping_sub(1), context.index + 1];
    let mut others = neighbours
        .iter()
        .filter_map(|&index| context.migration.steps.get(index));
    others.all(|other| other.statement != step.statement) && !context.in_do_block(step)
}

/// Where the comments right above a statement begin: what they say is about it. One that a blank line sets apart is about
/// the file, and the line that asks for no transaction stays the first.
pub(crate) fn with_comments(migration: &Migration, start: usize) -> usize {
    let text = migration.up.text();
    let above = migration
        .comments
        .partition_point(|comment| comment.span.start < start);
    let mut start = start;
    for comment in migration.comments[..above].iter().rev() {
        let directive = comment.span.start == 0 && text.starts_with(NO_TRANSACTION);
        let attached = text
            .get(comment.span.end..start)
            .is_some_and(|between| between.trim().is_empty() && between.matches('\n').count() < 2);
        let line = text[..comment.span.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let own_line = text[line..comment.span.start].trim_matches(['\u{feff}', ' ', '\t']);
        if !attached || directive || is_marker(comment) || !own_line.is_empty() {
            break;
        }
        start = comment.span.start;
    }
    start
}

/// The indentation of what stands at `at`, where it is the first of its line: what comes to stand on a line below keeps it.
pub(crate) fn line_start(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = text[line..at].trim_start_matches('\u{feff}');
    match before.trim().is_empty() {
        true => before,
        false => "",
    }
}

/// A statement with the semicolon behind it, where there is one.
pub(crate) fn with_semicolon(text: &str, span: Span) -> Span {
    let rest = &text[span.end..];
    let blank = rest.len() - rest.trim_start().len();
    match rest[blank..].starts_with(';') {
        true => Span::new(span.start, span.end + blank + 1),
        false => span,
    }
}

/// A piece of a text with the rest of its lines, and with so many of the blank lines around it that none is doubled.
pub(crate) fn with_blank_lines(text: &str, span: Span) -> Span {
    let before = &text[..span.start];
    let indent = before.trim_end_matches([' ', '\t']);
    if !(indent.is_empty() || indent.ends_with('\n')) {
        return span;
    }
    let behind = &text[span.end..];
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t', '\r']).len();
    let rest = blanks(behind);
    if behind[rest..].trim().is_empty() {
        // The last of the file: blank lines before it go, too.
        let kept = indent.trim_end().len();
        let kept = text[kept..].find('\n').map_or(kept, |at| kept + at + 1);
        return Span::new(kept.min(span.start), text.len());
    }
    if !behind[rest..].starts_with('\n') {
        return span;
    }
    let mut end = span.end + rest + 1;
    let alone = indent.is_empty() || indent.ends_with("\n\n") || indent.ends_with("\n\r\n");
    let next = blanks(&text[end..]);
    if alone && text[end + next..].starts_with('\n') {
        end += next + 1;
    }
    Span::new(indent.len(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn left(text: &str, piece: &str, expected: &str) {
        let start = text.find(piece).expect("the piece is there");
        let span = with_blank_lines(text, Span::new(start, start + piece.len()));
        let left = format!("{}{}", &text[..span.start], &text[span.end..]);
        assert_eq!(left, expected);
    }

    #[test]
    fn blank_lines_do_not_add_up() {
        left("a;\n\nb;\n\nc;\n", "b;", "a;\n\nc;\n");
        left("a;\nb;\nc;\n", "b;", "a;\nc;\n");
        left("a;\r\n\r\n  b;\r\n\r\nc;", "b;", "a;\r\n\r\nc;");
        left("b;\n\nc;\n", "b;", "c;\n");
        left("a;\n\nb;\n", "b;", "a;\n");
        left("a;\n\nb;", "b;", "a;\n");
        left("a; b; c;\n", "b;", "a;  c;\n");
    }
}
