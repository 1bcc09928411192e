//! Reads suppression comments and finds out what each covers.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    lower::cursor::is_word,
    migration::Migration,
    source::{SourceFile, Span},
    statement::Statement,
    token::{self, Comment, span_of},
};

/// The word that addresses the tool, at the start of a comment.
const ADDRESS: &str = "rehearsal:";

/// A comment that addresses the tool.
pub(super) enum Parsed<'a> {
    /// `allow(…)` or `allow-file(…)`.
    Allow(Allow<'a>),
    /// Anything else.
    Broken(Span),
}

/// A suppression as written.
pub(super) struct Allow<'a> {
    /// The names in the parentheses.
    pub(super) rules: Vec<&'a str>,
    /// What stands behind the second colon.
    pub(super) reason: &'a str,
    /// The whole comment.
    pub(super) comment: Span,
    /// Where findings are allowed.
    pub(super) covers: Span,
}

/// All comments of a migration that address the tool, those in the bodies of `DO` blocks included.
pub(super) fn find(migration: &Migration) -> Vec<Parsed<'_>> {
    let source = &migration.up;
    if !source.text().contains(ADDRESS) {
        return Vec::new();
    }
    let mut found: Vec<_> = migration
        .comments
        .iter()
        .filter_map(|comment| {
            parse(source, comment.span, || {
                covered_in_file(migration, comment.span)
            })
        })
        .collect();
    for statement in &migration.statements {
        let Some((body, base)) = do_body(source, statement) else {
            continue;
        };
        if !body.contains(ADDRESS) {
            continue;
        }
        let tokens = token::tokenize(body, base);
        found.extend(tokens.comments.iter().filter_map(|Comment { span, .. }| {
            parse(source, *span, || {
                covered_in_body(source, &tokens.code, *span)
            })
        }));
    }
    found
}

fn parse<'a>(
    source: &'a SourceFile,
    comment: Span,
    covers: impl FnOnce() -> Span,
) -> Option<Parsed<'a>> {
    let written = source.slice(comment);
    let text = match written.strip_prefix("/*") {
        Some(block) => block.strip_suffix("*/").unwrap_or(block),
        None => written.trim_start_matches('-'),
    };
    let order = text.trim().strip_prefix(ADDRESS)?.trim();
    let whole_file = order.strip_prefix("allow-file");
    let Some((rules, rest)) = whole_file
        .or_else(|| order.strip_prefix("allow"))
        .and_then(|rest| rest.trim_start().strip_prefix('('))
        .and_then(|rest| rest.split_once(')'))
    else {
        return Some(Parsed::Broken(comment));
    };
    Some(Parsed::Allow(Allow {
        rules: rules.split(',').map(str::trim).collect(),
        reason: rest.trim_start().strip_prefix(':').map_or("", str::trim),
        comment,
        covers: match whole_file {
            Some(_) => Span::new(0, source.text().len()),
            None => covers(),
        },
    }))
}

/// The statement that a comment outside of `DO` bodies speaks of.
fn covered_in_file(migration: &Migration, comment: Span) -> Span {
    let statements = &migration.statements;
    let behind = statements.partition_point(|statement| statement.span.start < comment.start);
    if let Some(before) = behind.checked_sub(1).map(|index| statements[index].span) {
        let inside = comment.start < before.end;
        if inside || same_line(&migration.up, before.end, comment.start) {
            return before;
        }
    }
    statements
        .get(behind)
        .map_or(comment, |statement| statement.span)
}

/// The part of a `DO` body, from semicolon to semicolon, that a comment in it speaks of.
fn covered_in_body(source: &SourceFile, code: &[TokenWithSpan], comment: Span) -> Span {
    let behind = code.partition_point(|token| span_of(token).start < comment.start);
    let end = |from: usize| {
        code[from..]
            .iter()
            .find(|token| token.token == Token::SemiColon)
            .map_or(comment.end, |token| span_of(token).start)
    };
    let Some(last) = behind
        .checked_sub(1)
        .filter(|&index| same_line(source, span_of(&code[index]).end, comment.start))
    else {
        return Span::new(comment.end, end(behind));
    };
    let start = code[..last]
        .iter()
        .rposition(|token| token.token == Token::SemiColon)
        .map_or(0, |index| index + 1);
    Span::new(span_of(&code[start]).start, end(last))
}

fn same_line(source: &SourceFile, from: usize, to: usize) -> bool {
    !source.slice(Span::new(from, to)).contains('\n')
}

/// The text between the dollar quotes of a `DO` block, and where it begins.
fn do_body<'a>(source: &'a SourceFile, statement: &Statement) -> Option<(&'a str, usize)> {
    let (first, rest) = statement.tokens.split_first()?;
    if !is_word(&first.token, "do") {
        return None;
    }
    rest.iter().find_map(|token| {
        let Token::DollarQuotedString(quoted) = &token.token else {
            return None;
        };
        let span = span_of(token);
        let delimiter = quoted.tag.as_ref().map_or(0, String::len) + "$$".len();
        let body = Span::new(span.start + delimiter, span.end.checked_sub(delimiter)?);
        Some((source.slice(body), body.start))
    })
}
