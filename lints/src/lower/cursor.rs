//! Walks over the tokens of a statement.

use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use crate::{
    name::{Ident, ObjectName},
    source::Span,
    token::span_of,
};

/// A place in a statement's tokens.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    tokens: &'a [TokenWithSpan],
    index: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(tokens: &'a [TokenWithSpan]) -> Self {
        Self { tokens, index: 0 }
    }

    /// The token here.
    pub(crate) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.index).map(|token| &token.token)
    }

    /// The token here, and steps over it.
    pub(crate) fn next(&mut self) -> Option<&'a TokenWithSpan> {
        let token = self.tokens.get(self.index)?;
        self.index += 1;
        Some(token)
    }

    /// The tokens from here on.
    pub(crate) fn rest(&self) -> &'a [TokenWithSpan] {
        &self.tokens[self.index..]
    }

    /// The tokens from here up to a later place.
    pub(crate) fn up_to(&self, end: &Self) -> &'a [TokenWithSpan] {
        &self.tokens[self.index..end.index]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.index >= self.tokens.len()
    }

    /// The offset of the token here; behind the last token, its end.
    pub(crate) fn start(&self) -> usize {
        self.tokens
            .get(self.index)
            .map_or_else(|| self.end_of_last(), |token| span_of(token).start)
    }

    /// The offset behind the token before this place.
    pub(crate) fn end_of_last(&self) -> usize {
        self.index
            .checked_sub(1)
            .map_or(0, |last| span_of(&self.tokens[last]).end)
    }

    /// Whether these unquoted words stand here.
    pub(crate) fn at(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, expected)| {
            self.tokens
                .get(self.index + ahead)
                .is_some_and(|token| is_word(&token.token, expected))
        })
    }

    /// Steps over these unquoted words if all of them stand here.
    pub(crate) fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.at(words);
        if found {
            self.index += words.len();
        }
        found
    }

    /// Steps over one of these unquoted words.
    pub(crate) fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(&[word]))
    }

    /// Steps over a token if it stands here.
    pub(crate) fn eat_token(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.index += usize::from(found);
        found
    }

    /// A name, quoted or not.
    pub(crate) fn ident(&mut self) -> Option<Ident> {
        let token = self.tokens.get(self.index)?;
        let Token::Word(word) = &token.token else {
            return None;
        };
        self.index += 1;
        Some(Ident::new(fold(word), span_of(token)))
    }

    /// `name`, `schema.name` or `database.schema.name`.
    pub(crate) fn object_name(&mut self) -> Option<ObjectName> {
        let mut schema = None;
        let mut ident = self.ident()?;
        while self.peek() == Some(&Token::Period) {
            self.index += 1;
            schema = Some(std::mem::replace(&mut ident, self.ident()?).value);
        }
        Some(ObjectName::new(schema, ident))
    }

    /// The table of `table.column` or `schema.table.column`.
    pub(crate) fn column_table(&mut self) -> Option<ObjectName> {
        let mut parts = vec![self.ident()?];
        while self.eat_token(&Token::Period) {
            parts.push(self.ident()?);
        }
        parts.pop();
        let table = parts.pop()?;
        Some(ObjectName::new(
            parts.pop().map(|schema| schema.value),
            table,
        ))
    }

    /// A name that has to stand here.
    ///
    /// # Errors
    /// What stands here instead.
    pub(crate) fn expect_ident(&mut self, what: &str) -> Result<Ident, String> {
        let found = self.expected(what);
        self.ident().ok_or(found)
    }

    /// A possibly qualified name that has to stand here.
    ///
    /// # Errors
    /// What stands here instead.
    pub(crate) fn expect_name(&mut self, what: &str) -> Result<ObjectName, String> {
        let found = self.expected(what);
        self.object_name().ok_or(found)
    }

    /// The tokens inside the parentheses that have to stand here.
    ///
    /// # Errors
    /// What stands here instead, or that they are never closed.
    pub(crate) fn expect_group(&mut self) -> Result<&'a [TokenWithSpan], String> {
        if self.peek() != Some(&Token::LParen) {
            return Err(self.expected("("));
        }
        self.group().ok_or_else(|| self.expected(")"))
    }

    /// Says what should stand here and what does.
    pub(crate) fn expected(&self, what: &str) -> String {
        match self.peek() {
            Some(token) => format!("expected {what}, found `{}`", shorten(&token.to_string())),
            None => format!("expected {what}, found the end of the statement"),
        }
    }

    /// Nothing may be left here.
    ///
    /// # Errors
    /// What is left.
    pub(crate) fn expect_end(&self) -> Result<(), String> {
        if self.is_at_end() {
            Ok(())
        } else {
            Err(self.expected("the end of the statement"))
        }
    }

    /// Steps behind the next place outside parentheses where one of these words stands, and gives the tokens before it.
    pub(crate) fn until(&mut self, words: &[&str]) -> Option<&'a [TokenWithSpan]> {
        let rest = self.rest();
        let at = find_word(rest, words)?;
        self.index += at + 1;
        Some(&rest[..at])
    }

    /// Steps over a parenthesised group and gives the tokens inside.
    pub(crate) fn group(&mut self) -> Option<&'a [TokenWithSpan]> {
        if self.peek() != Some(&Token::LParen) {
            return None;
        }
        let first = self.index + 1;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(&self.tokens[first..self.index - 1]);
            }
        }
        None
    }
}

/// The index of the first of these unquoted words that stands in no parentheses or brackets.
pub(crate) fn find_word(tokens: &[TokenWithSpan], words: &[&str]) -> Option<usize> {
    let mut depth = 0_i32;
    tokens.iter().enumerate().position(|(index, token)| {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth -= 1,
            _ => {}
        }
        depth == 0
            && !is_field(tokens, index)
            && words.iter().any(|word| is_word(&token.token, word))
    })
}

/// Each parenthesis and bracket has its partner: no statement of Postgres lacks one, and an edit around one that does
/// would take in what stands behind it.
///
/// # Errors
/// What has none.
pub(crate) fn expect_balance(tokens: &[TokenWithSpan]) -> Result<(), String> {
    let mut open = Vec::new();
    for token in tokens {
        let closed = match token.token {
            Token::LParen => {
                open.push(Token::RParen);
                continue;
            }
            Token::LBracket => {
                open.push(Token::RBracket);
                continue;
            }
            Token::RParen | Token::RBracket => &token.token,
            _ => continue,
        };
        match open.pop() {
            Some(expected) if expected == *closed => {}
            Some(expected) => return Err(format!("expected `{expected}`, found `{closed}`")),
            None => return Err(format!("`{closed}` closes nothing")),
        }
    }
    match open.pop() {
        Some(expected) => Err(format!(
            "expected `{expected}`, found the end of the statement"
        )),
        None => Ok(()),
    }
}

/// Cuts tokens at the commas that stand in no parentheses or brackets.
pub(crate) fn split_commas(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut depth = 0_i32;
    tokens
        .split(|token| {
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth -= 1,
                _ => {}
            }
            depth == 0 && token.token == Token::Comma
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// The bytes from the first token to the last.
pub(crate) fn span_of_all(tokens: &[TokenWithSpan]) -> Span {
    match tokens {
        [] => Span::default(),
        [first, .., last] => span_of(first).to(span_of(last)),
        [only] => span_of(only),
    }
}

/// A text that fits into a message.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The value of a string literal.
pub(crate) fn literal(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text)
        | Token::EscapedStringLiteral(text)
        | Token::UnicodeStringLiteral(text)
        | Token::NationalStringLiteral(text) => Some(text),
        Token::DollarQuotedString(quoted) => Some(&quoted.value),
        _ => None,
    }
}

/// The name as Postgres compares it: unquoted words in lower case.
pub(crate) fn fold(word: &Word) -> String {
    if word.quote_style.is_some() {
        word.value.clone()
    } else {
        word.value.to_lowercase()
    }
}

/// Whether a token is this word, unquoted, in any case.
///
/// Behind a dot, each word is a name: see [`is_field`].
pub(crate) fn is_word(token: &Token, expected: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(expected))
}

/// Whether the token of that index is a name behind a dot, whatever word it is: `new.case`.
pub(crate) fn is_field(tokens: &[TokenWithSpan], index: usize) -> bool {
    index
        .checked_sub(1)
        .is_some_and(|before| tokens[before].token == Token::Period)
}
