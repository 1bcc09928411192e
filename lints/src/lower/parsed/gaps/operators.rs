//! Operators that sqlparser does not know, and types before their literals.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan},
};

use super::ends_with;
use crate::lower::cursor::{Cursor, is_word};

/// Types that are words of SQL besides, before a literal of theirs.
const TYPES: &[&str] = &[
    "bit", "bytea", "char", "json", "jsonb", "name", "text", "uuid", "varchar", "xml",
];

/// Replaces an operator that the tokenizer takes for several, and leaves out one before its only operand and a type before its
/// literal.
pub(super) fn replace(closed: &mut Vec<TokenWithSpan>, cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.rest();
    if let [name, literal, ..] = rest
        && matches!(literal.token, Token::SingleQuotedString(_))
        && let Token::Word(word) = &name.token
        && (word.keyword == Keyword::NoKeyword && !is_word(&name.token, "uescape")
            || TYPES.iter().any(|of| is_word(&name.token, of)))
        && !ends_with(closed, &["as"])
    {
        cursor.next();
        return true;
    }
    let touching = rest
        .windows(2)
        .take_while(|pair| pair[0].span.end == pair[1].span.start && is_operator(&pair[1].token));
    let length = match rest.first() {
        Some(first) if is_operator(&first.token) => 1 + touching.count(),
        _ => return false,
    };
    let text: String = rest[..length]
        .iter()
        .map(|token| token.token.to_string())
        .collect();
    // A sign is one of its own behind an operator without any of these: `a=-1`.
    let is_own = text.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']);
    let is_signed = text.ends_with(['+', '-']) && !is_own;
    let is_binary = closed.last().is_some_and(|last| ends_operand(&last.token));
    // `a @@ ANY (b)`: sqlparser wants a comparison there.
    let before_any = is_binary && Cursor::new(&rest[length..]).eat_any(&["any", "all", "some"]);
    // `count(*)`, `-1`, and what sqlparser reads itself.
    let is_known = length == 1 && !before_any && (is_binary || !is_own) || is_signed;
    if is_known {
        return false;
    }
    let first = &rest[0];
    if is_binary {
        closed.push(TokenWithSpan {
            token: match before_any {
                true => Token::Eq,
                false => Token::CustomBinaryOperator(text),
            },
            span: first.span,
        });
    }
    for _ in 0..length {
        cursor.next();
    }
    true
}

fn is_operator(token: &Token) -> bool {
    if matches!(
        token,
        Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::Placeholder(_)
    ) {
        return false;
    }
    let text = token.to_string();
    !text.is_empty() && text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c))
}

/// Whether an operator behind the token has an operand before it.
fn ends_operand(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            word.quote_style.is_some()
                || !matches!(
                    word.keyword,
                    Keyword::SELECT
                        | Keyword::WHERE
                        | Keyword::AND
                        | Keyword::OR
                        | Keyword::NOT
                        | Keyword::ON
                        | Keyword::WHEN
                        | Keyword::THEN
                        | Keyword::ELSE
                        | Keyword::CASE
                        | Keyword::BY
                        | Keyword::HAVING
                        | Keyword::RETURNING
                        | Keyword::DISTINCT
                        | Keyword::BETWEEN
                        | Keyword::IN
                )
        }
        Token::LParen | Token::LBracket | Token::Comma => false,
        token => !is_operator(token),
    }
}
