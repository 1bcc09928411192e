//! The one door to sqlparser: tokens in, an expression or a query out.

use sqlparser::{
    ast,
    dialect::PostgreSqlDialect,
    parser::{Parser, ParserError},
    tokenizer::TokenWithSpan,
};

use crate::lower::{
    cursor::{Cursor, shorten},
    parsed::gaps,
};

/// Parses the whole of `tokens` as an expression.
///
/// # Errors
/// The parser's words.
pub(super) fn expression(tokens: &[TokenWithSpan]) -> Result<ast::Expr, String> {
    parse(tokens, |parser| parser.parse_expr())
}

/// Parses the whole of `tokens` as a query: `SELECT`, `VALUES`, `TABLE`, also with a `WITH`.
///
/// # Errors
/// The parser's words.
pub(super) fn query(tokens: &[TokenWithSpan]) -> Result<ast::Query, String> {
    parse(tokens, |parser| parser.parse_query()).map(|query| *query)
}

/// Parses, and tries again without what sqlparser is known not to read.
fn parse<T>(
    tokens: &[TokenWithSpan],
    read: impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, String> {
    parse_whole(tokens, &read).or_else(|message| {
        gaps::close(tokens)
            .and_then(|tokens| parse_whole(&tokens, &read).ok())
            .ok_or(message)
    })
}

fn parse_whole<T>(
    tokens: &[TokenWithSpan],
    read: &impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, String> {
    let mut parser = Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens.to_vec());
    let parsed = read(&mut parser).map_err(|error| words(&error))?;
    Cursor::new(&tokens[parser.index().min(tokens.len())..])
        .expect_end()
        .map(|()| parsed)
}

/// The parser's words in the form of [`Cursor::expected`], without its own line and column, which are of no use here.
fn words(error: &ParserError) -> String {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => return "nested too deeply".to_owned(),
    };
    let end = message.rfind(" at Line: ").unwrap_or(message.len());
    let message = &message[..end];
    let parts = message
        .strip_prefix("Expected: ")
        .and_then(|rest| rest.split_once(", found: "));
    match parts {
        Some((what, "EOF")) => format!("expected {what}, found the end of the statement"),
        Some((what, found)) => format!("expected {what}, found `{}`", shorten(found)),
        None => shorten(message),
    }
}
