//! sqlparser's tokens with byte offsets, comments set apart.
//!
//! sqlparser counts lines and columns. The parser only ever compares and joins these locations, so each token's
//! location is rewritten to *line 1, column = byte offset in the file*: every identifier of the syntax tree then
//! carries byte offsets, also inside the body of a `DO` block, and no place has to be looked up twice.

mod unicode;

use sqlparser::{
    dialect::PostgreSqlDialect,
    tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace},
};

use crate::source::Span;

/// A comment with its delimiters, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The whole comment.
    pub span: Span,
    /// Its text without `--` or `/* */`.
    pub text: String,
}

/// What tokenizing gives: never an error, at worst a rest that could not be read.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// All tokens but white space and comments.
    pub code: Vec<TokenWithSpan>,
    /// All comments.
    pub comments: Vec<Comment>,
    /// Where and why the tokenizer stopped, such as at a quote that is never closed.
    pub error: Option<TokenError>,
}

/// Why the rest of a text has no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenError {
    /// Byte offset of the first byte that is not part of a token.
    pub offset: usize,
    /// The tokenizer's words.
    pub message: String,
}

/// Splits `text` into tokens. `base` is the offset of `text` in its file.
pub(crate) fn tokenize(text: &str, base: usize) -> Tokens {
    let mut offsets = Offsets::new(text, base);
    let mut all = Vec::with_capacity(text.len() / 4);
    let result = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location_into_buf_with_mapper(&mut all, |mut token| {
            // Ends move forward from token to token, and each token starts where the one before it ended.
            token.span.start = place(offsets.advance_to(token.span.start));
            token.span.end = place(offsets.advance_to(token.span.end));
            token
        });
    let end = all
        .last()
        .map_or(base, |last: &TokenWithSpan| span_of(last).end);
    let mut tokens = Tokens {
        error: None,
        ..Tokens::default()
    };
    let mut line_break = false;
    for token in all {
        let span = span_of(&token);
        match token.token {
            Token::Whitespace(Whitespace::Newline) => line_break = true,
            Token::Whitespace(Whitespace::Space | Whitespace::Tab) => {}
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                line_break = true;
                let text = comment.trim_end_matches(['\n', '\r']);
                let end = span.end - (comment.len() - text.len());
                tokens.comments.push(Comment {
                    span: Span::new(span.start, end),
                    text: text.to_owned(),
                });
            }
            Token::Whitespace(Whitespace::MultiLineComment(text)) => {
                tokens.comments.push(Comment { span, text });
            }
            _ => {
                push(&mut tokens.code, token, line_break);
                line_break = false;
            }
        }
    }
    if text.contains("&\"") {
        unicode::join(&mut tokens.code);
    }
    if text.contains("&'") {
        unicode::join_texts(&mut tokens.code);
    }
    tokens.error = result.err().map(|error| TokenError {
        offset: end,
        message: error.message,
    });
    tokens
}

/// The bytes of a token that [`tokenize`] made.
pub(crate) fn span_of(token: &TokenWithSpan) -> Span {
    span(token.span)
}

/// The bytes of a piece of the syntax tree that was parsed from [`tokenize`]'s tokens; `0..0` where sqlparser keeps none.
pub(crate) fn span(span: sqlparser::tokenizer::Span) -> Span {
    Span::new(span.start.column as usize, span.end.column as usize)
}

/// Adds a token; two string literals with a line break between them are one literal.
///
/// Source: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS>
fn push(code: &mut Vec<TokenWithSpan>, token: TokenWithSpan, line_break: bool) {
    if line_break
        && let Token::SingleQuotedString(more) = &token.token
        && let Some(TokenWithSpan {
            token: Token::SingleQuotedString(text),
            span,
        }) = code.last_mut()
    {
        text.push_str(more);
        span.end = token.span.end;
        return;
    }
    code.push(token);
}

fn place(offset: usize) -> Location {
    Location {
        line: 1,
        column: offset as u64,
    }
}

/// Walks a text forward, from sqlparser's lines and columns to bytes.
struct Offsets<'a> {
    rest: std::str::Chars<'a>,
    base: usize,
    length: usize,
    line: u64,
    column: u64,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str, base: usize) -> Self {
        Self {
            rest: text.chars(),
            base,
            length: text.len(),
            line: 1,
            column: 1,
        }
    }

    fn advance_to(&mut self, location: Location) -> usize {
        while (self.line, self.column) < (location.line, location.column) {
            let Some(character) = self.rest.next() else {
                break;
            };
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.base + self.length - self.rest.as_str().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokenize(sql, 0)
            .code
            .iter()
            .map(|token| &sql[span_of(token).start..span_of(token).end])
            .collect()
    }

    #[test]
    fn tokens_know_their_bytes() {
        assert_eq!(
            texts("é -- ü\r\nSELECT 'ö',\n $x$ü\n$x$ /* ß */ ;"),
            ["é", "SELECT", "'ö'", ",", "$x$ü\n$x$", ";"],
        );
    }

    #[test]
    fn literals_on_adjacent_lines_are_one() {
        let tokens = tokenize("'a' -- c\n 'b' 'c'", 0).code;
        assert_eq!(tokens[0].token, Token::SingleQuotedString("ab".into()));
        assert_eq!(span_of(&tokens[0]), Span::new(0, 13));
        assert_eq!(tokens.len(), 2);
    }

    #[test]
    fn an_open_quote_leaves_the_tokens_before_it() {
        let tokens = tokenize("SELECT 1; SELECT 'x", 0);
        assert_eq!(tokens.code.len(), 4);
        assert_eq!(tokens.error.expect("the quote is open").offset, 17);
    }

    #[test]
    fn comments_are_kept_apart_without_their_line_break() {
        let comments = tokenize("-- a\r\n/* b /* c */ */ x", 7).comments;
        assert_eq!(
            comments[0],
            Comment {
                span: Span::new(7, 11),
                text: " a".into()
            }
        );
        assert_eq!(comments[1].text, " b /* c */ ");
    }
}
