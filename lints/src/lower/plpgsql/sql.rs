//! The SQL in PL/pgSQL: statements with `INTO`, `PERFORM` and `EXECUTE`.

use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use crate::{
    action::Action,
    lower::{
        self, Input,
        cursor::{Cursor, find_word, is_word, literal, span_of_all},
        plpgsql::{code, statements},
        step,
    },
    step::Step,
    token::span_of,
};

/// Reads an SQL statement; one that is not understood is a step that says so.
pub(super) fn statement(input: Input<'_>) -> Vec<Step> {
    lower::read(input).unwrap_or_else(|message| vec![step(Action::Unknown { message }, input.span)])
}

/// Reads `PERFORM …`: a `SELECT` whose result is thrown away.
pub(super) fn perform(input: Input<'_>) -> Vec<Step> {
    let mut tokens = input.tokens.to_vec();
    tokens[0].token = Token::make_keyword("SELECT");
    statement(Input {
        tokens: &tokens,
        ..input
    })
}

/// Reads `EXECUTE string [INTO …] [USING …]`: the statements of a literal, else dynamic SQL.
pub(super) fn execute(input: Input<'_>) -> Vec<Step> {
    let behind = &input.tokens[1..];
    let end = find_word(behind, &["into", "using"]).unwrap_or(behind.len());
    let Some(text) = constant(&behind[..end]) else {
        return vec![step(Action::DynamicSql, input.span)];
    };
    match code::tokens(&text) {
        Ok(tokens) => statements(input, &tokens),
        Err(message) => vec![step(Action::Unknown { message }, span_of(&text))],
    }
}

/// The literal that these tokens are: `'…'`, `('…')`, `'…' || '…'`, or `format('…')` without anything to fill in.
fn constant(tokens: &[TokenWithSpan]) -> Option<TokenWithSpan> {
    match tokens {
        [open, only, close] if open.token == Token::LParen && close.token == Token::RParen => {
            constant(std::slice::from_ref(only))
        }
        [format, open, text, close]
            if is_word(&format.token, "format")
                && open.token == Token::LParen
                && close.token == Token::RParen =>
        {
            constant(std::slice::from_ref(text))
                .filter(|text| literal(&text.token).is_some_and(|value| !value.contains('%')))
        }
        [only] => literal(&only.token).map(|_| only.clone()),
        [first, .., last] => {
            let mut joined = String::new();
            for part in tokens.chunks(2) {
                joined.push_str(literal(&part[0].token)?);
                if part
                    .get(1)
                    .is_some_and(|next| next.token != Token::StringConcat)
                {
                    return None;
                }
            }
            let span = Span::new(first.span.start, last.span.end);
            Some(TokenWithSpan::new(Token::SingleQuotedString(joined), span))
        }
        [] => None,
    }
}

/// Takes `INTO [STRICT] target, …` out of a statement and gives the variables that it names.
///
/// Source: <https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-SQL-ONEROW>: it may stand
/// nearly anywhere; the `INTO` of `INSERT` and `MERGE` names a table.
pub(super) fn without_into(tokens: &[TokenWithSpan]) -> Option<(Vec<TokenWithSpan>, Vec<String>)> {
    let mut from = 0;
    let at = loop {
        let at = from + find_word(&tokens[from..], &["into"])?;
        let names_table = at.checked_sub(1).is_some_and(|before| {
            let before = &tokens[before].token;
            is_word(before, "insert") || is_word(before, "merge")
        });
        if !names_table {
            break at;
        }
        from = at + 1;
    };
    let behind = &tokens[at + 1..];
    let mut cursor = Cursor::new(behind);
    cursor.eat(&["strict"]);
    let mut targets = Vec::new();
    loop {
        targets.push(cursor.ident()?.value);
        while cursor.eat_token(&Token::Period) {
            cursor.ident()?;
        }
        if cursor.eat_token(&Token::LBracket) {
            while !cursor.is_at_end() && !cursor.eat_token(&Token::RBracket) {
                cursor.next();
            }
        }
        if !cursor.eat_token(&Token::Comma) {
            break;
        }
    }
    let rest = [&tokens[..at], cursor.rest()].concat();
    Some((rest, targets))
}

/// The input of a piece of a body.
pub(super) fn piece<'a>(input: Input<'a>, tokens: &'a [TokenWithSpan]) -> Input<'a> {
    Input {
        tokens,
        span: span_of_all(tokens),
        ..input
    }
}
