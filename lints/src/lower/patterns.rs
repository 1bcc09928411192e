//! Kinds of statements whose form is regular: read from the tokens.

mod alter;
mod alter_type;
mod create;
mod create_routine;
mod create_type;
mod drop;
mod grant;
mod kind;
mod maintenance;
mod misc;
mod policy;
mod role;
mod session;
mod signature;
#[cfg(test)]
mod tests;
mod transaction;
mod view;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::Action,
    lower::{Input, cursor::Cursor, step},
    step::Step,
    token::span_of,
};

/// What the reader of one kind of statement gives: its steps, or what it does not understand.
pub(crate) type Reading = Result<Vec<Step>, String>;

/// Reads one statement; none when it is of no kind that is read here.
pub(crate) fn read(input: Input<'_>) -> Option<Reading> {
    let first = input.tokens.first()?;
    // `\set x`, and `SELECT … \gset`: Postgres has no backslash outside quotes.
    if input
        .tokens
        .iter()
        .any(|token| token.token == Token::Backslash)
    {
        return Some(one(input, Action::PsqlCommand));
    }
    if has_placeholder(input.tokens) {
        return Some(one(input, Action::Placeholder));
    }
    let Token::Word(word) = &first.token else {
        return None;
    };
    if word.quote_style.is_some() {
        return None;
    }
    let mut cursor = Cursor::new(input.tokens);
    cursor.next();
    let reading = match word.value.to_ascii_lowercase().as_str() {
        "create" => return create::read(input, cursor),
        "alter" => return alter::read(input, cursor),
        "drop" => drop::read(input, cursor),
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            transaction::read(input)
        }
        "prepare" if cursor.at(&["transaction"]) => transaction::read(input),
        "set" => session::set(input, cursor),
        "reset" => session::reset(input, cursor),
        "truncate" => maintenance::truncate(input, cursor),
        "lock" => maintenance::lock(input, cursor),
        "analyze" | "analyse" => maintenance::analyze(input, cursor),
        "vacuum" => maintenance::vacuum(input, cursor),
        "cluster" => maintenance::cluster(input, cursor),
        "reindex" => maintenance::reindex(input, cursor),
        "refresh" => maintenance::refresh(input, cursor),
        "copy" => maintenance::copy(input, cursor),
        "comment" => misc::comment(input, cursor),
        "security" => misc::security_label(input, cursor),
        "grant" => grant::read(input, cursor, false),
        "revoke" => grant::read(input, cursor, true),
        word => return misc::other(input, word, cursor),
    };
    Some(reading)
}

/// One step over the whole statement.
fn one(input: Input<'_>, action: Action) -> Reading {
    Ok(vec![step(action, input.span)])
}

/// Whether a template's `{{ name }}`, `${name}` or `$%name%$`, or psql's `:name`, stands outside quotes: Postgres has no such
/// token.
fn has_placeholder(tokens: &[TokenWithSpan]) -> bool {
    let mut brackets = 0_i32;
    tokens.iter().enumerate().any(|(index, token)| {
        match &token.token {
            Token::LBrace => return true,
            Token::Placeholder(text) if text == "$" => {
                return tokens.get(index + 1).is_some_and(|next| {
                    next.token == Token::Mod && span_of(next).start == span_of(token).end
                });
            }
            Token::LBracket => brackets += 1,
            Token::RBracket => brackets -= 1,
            // A slice `a[1:n]` has a colon, too.
            Token::Colon if brackets == 0 => {
                return tokens.get(index + 1).is_some_and(|next| {
                    span_of(next).start == span_of(token).end
                        && matches!(next.token, Token::Word(_) | Token::SingleQuotedString(_))
                });
            }
            _ => {}
        }
        false
    })
}
