//! Code in string literals: `DO` blocks and the bodies of functions that a file itself runs.

mod asked;
mod block;
mod code;
mod condition;
mod depends;
mod sql;
#[cfg(test)]
mod tests;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::Action,
    lower::{
        Input,
        cursor::{Cursor, fold, literal, span_of_all},
        step,
    },
    step::Step,
    token::span_of,
};

/// How deep literals may nest in literals; deeper ones are taken for built strings.
const MAX_DEPTH: usize = 16;

/// Reads what stands behind `DO`.
///
/// # Errors
/// What is not understood of the block's structure; a statement in it that is not understood is a step.
pub(super) fn do_block(input: Input<'_>, mut cursor: Cursor<'_>) -> Result<Vec<Step>, String> {
    let mut language = None;
    let mut body = None;
    while !cursor.is_at_end() {
        if cursor.eat(&["language"]) {
            language = cursor.next().and_then(name);
        } else {
            let problem = cursor.expected("the code in quotes");
            body = cursor
                .next()
                .filter(|token| literal(&token.token).is_some());
            if body.is_none() {
                return Err(problem);
            }
        }
    }
    let body = body.ok_or_else(|| cursor.expected("the code in quotes"))?;
    if language.is_some_and(|language| language != "plpgsql") {
        return Ok(vec![step(Action::DynamicSql, input.span)]);
    }
    let mut steps = plpgsql(input, body)?;
    if steps.is_empty() {
        steps.push(step(Action::Other { keywords: "DO" }, input.span));
    }
    Ok(steps)
}

/// Reads the body of a function or procedure from the statement that creates it.
///
/// # Errors
/// What is not understood of the body's structure.
pub(super) fn routine(create: Input<'_>) -> Result<Vec<Step>, String> {
    let tokens = create.tokens;
    let after = |word| {
        let mut cursor = Cursor::new(tokens);
        cursor.until(&[word])?;
        cursor.next()
    };
    let language = after("language").and_then(name);
    if let Some(body) = after("as").filter(|token| literal(&token.token).is_some()) {
        return match language.as_deref() {
            Some("plpgsql") => plpgsql(create, body),
            Some("sql") => Ok(statements(create, &code::tokens(body)?)),
            _ => Ok(vec![step(Action::DynamicSql, span_of(body))]),
        };
    }
    let mut cursor = Cursor::new(tokens);
    if cursor.until(&["atomic"]).is_some()
        && let [body @ .., _end] = cursor.rest()
    {
        return Ok(statements(create, body));
    }
    Ok(Vec::new())
}

fn plpgsql(input: Input<'_>, body: &TokenWithSpan) -> Result<Vec<Step>, String> {
    let Some(input) = deeper(input) else {
        return Ok(vec![step(Action::DynamicSql, span_of(body))]);
    };
    block::read(input, &code::tokens(body)?)
}

/// The input of code in a literal; none where literals nest too deep.
fn deeper(input: Input<'_>) -> Option<Input<'_>> {
    (input.depth < MAX_DEPTH).then_some(Input {
        depth: input.depth + 1,
        ..input
    })
}

/// Reads SQL statements between semicolons. One that is not understood is a step that says so.
fn statements(input: Input<'_>, tokens: &[TokenWithSpan]) -> Vec<Step> {
    let Some(input) = deeper(input) else {
        return vec![step(Action::DynamicSql, span_of_all(tokens))];
    };
    let mut steps = Vec::new();
    let mut depth = 0_i32;
    let parts = tokens.split(|token| {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        depth <= 0 && token.token == Token::SemiColon
    });
    for tokens in parts.filter(|part| !part.is_empty()) {
        steps.extend(sql::statement(Input {
            tokens,
            span: span_of_all(tokens),
            ..input
        }));
    }
    steps
}

/// A language's name, quoted in any way.
fn name(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) => Some(fold(word)),
        token => literal(token).map(str::to_lowercase),
    }
}
