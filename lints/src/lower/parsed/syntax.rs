//! The one door to sqlparser: tokens in, an expression or a query out.

use sqlparser::{
    ast,
    dialect::PostgreSqlDialect,
    parser::{Parser, ParserError},
    tokenizer::{Token, TokenWithSpan},
};

use crate::lower::cursor::Cursor;

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

fn parse<T>(
    tokens: &[TokenWithSpan],
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, String> {
    let mut parser = Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens.to_vec());
    let parsed = read(&mut parser).map_err(|error| words(&error))?;
    match &parser.peek_token_ref().token {
        Token::EOF => Ok(parsed),
        found => Err(format!("expected: end of statement, found: {found}")),
    }
}

/// The parser's words without its own line and column, which are of no use here.
fn words(error: &ParserError) -> String {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => "nested too deeply",
    };
    let end = message.rfind(" at Line: ").unwrap_or(message.len());
    let message = &message[..end];
    match message.strip_prefix("Expected") {
        Some(rest) => format!("expected{rest}"),
        None => message.to_owned(),
    }
}

/// The error at a cursor's place, in the parser's form.
pub(super) fn expected<T>(what: &str, cursor: &Cursor<'_>) -> Result<T, String> {
    match cursor.peek() {
        Some(found) => Err(format!("expected: {what}, found: {found}")),
        None => Err(format!("expected: {what}, found: end of statement")),
    }
}

/// What is left at a cursor's place must be nothing.
pub(super) fn end(cursor: &Cursor<'_>) -> Result<(), String> {
    if cursor.is_at_end() {
        Ok(())
    } else {
        expected("end of statement", cursor)
    }
}
