//! Finds where a clause of a statement begins and ends.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::lower::cursor::{Cursor, is_field, is_word};

/// The index of the first token at which `stop` holds, outside of parentheses, brackets and `CASE … END`; the length
/// where there is none.
pub(super) fn find(tokens: &[TokenWithSpan], mut stop: impl FnMut(usize) -> bool) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if is_field(tokens, index) {
            continue;
        }
        if depth == 0 && stop(index) {
            return index;
        }
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            token if is_word(token, "case") => depth += 1,
            token if is_word(token, "end") => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// The index of the first of these unquoted words, outside of parentheses; the length where there is none. The `FROM`
/// of `IS DISTINCT FROM` begins no clause.
pub(super) fn find_word(tokens: &[TokenWithSpan], words: &[&str]) -> usize {
    find(tokens, |index| {
        words.iter().any(|word| is_word(&tokens[index].token, word))
            && !(is_word(&tokens[index].token, "from")
                && index > 0
                && is_word(&tokens[index - 1].token, "distinct"))
    })
}

/// Steps over `count` tokens and gives them.
pub(super) fn take<'a>(cursor: &mut Cursor<'a>, count: usize) -> &'a [TokenWithSpan] {
    let rest = cursor.rest();
    for _ in 0..count {
        cursor.next();
    }
    &rest[..count.min(rest.len())]
}

/// Steps over the tokens before the first of these words and gives them.
pub(super) fn take_until<'a>(cursor: &mut Cursor<'a>, words: &[&str]) -> &'a [TokenWithSpan] {
    let count = find_word(cursor.rest(), words);
    take(cursor, count)
}
