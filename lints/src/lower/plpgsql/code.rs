//! The tokens of code in a string literal, at their places in the file.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    lower::cursor::literal,
    token::{span_of, tokenize},
};

/// Tokenizes what a literal holds. Where the file's text differs from the literal's value by more than doubled quotes
/// (`E'\n'`, a literal in a literal), each token has the place of the whole literal.
///
/// # Errors
/// The tokenizer's words, such as for a quote that is never closed.
pub(super) fn tokens(quoted: &TokenWithSpan) -> Result<Vec<TokenWithSpan>, String> {
    let text = literal(&quoted.token).unwrap_or_default();
    let span = span_of(quoted);
    let (open, close) = match &quoted.token {
        Token::DollarQuotedString(dollars) => {
            let tag = dollars.tag.as_ref().map_or(0, String::len) + 2;
            (tag, tag)
        }
        Token::SingleQuotedString(_) => (1, 1),
        // `E'`, `N'`
        _ => (2, 1),
    };
    let written = (span.end - span.start).saturating_sub(open + close);
    let mut result = tokenize(text, span.start + open);
    if let Some(error) = result.error {
        return Err(error.message);
    }
    if written == text.len() {
        return Ok(result.code);
    }
    let quotes: Vec<usize> = text.match_indices('\'').map(|(at, _)| at).collect();
    let doubled = matches!(quoted.token, Token::SingleQuotedString(_))
        && written == text.len() + quotes.len();
    for token in &mut result.code {
        if doubled {
            for location in [&mut token.span.start, &mut token.span.end] {
                let at = location.column as usize - span.start - open;
                let before = quotes.partition_point(|&quote| quote < at);
                location.column += before as u64;
            }
        } else {
            token.span = quoted.span;
        }
    }
    Ok(result.code)
}
