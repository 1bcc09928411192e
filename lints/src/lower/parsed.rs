//! Kinds of statements that are made of expressions and queries.
//!
//! Their frames are regular and read from the tokens, so that places are exact and nothing that a new Postgres adds
//! hides the rest; the expressions and queries in them are read from sqlparser's syntax tree.

mod alter;
mod antijoin;
mod bound;
mod clause;
mod column;
pub(crate) mod constraint;
mod dml;
pub(crate) mod expr;
mod gaps;
mod given;
mod index;
mod literals;
pub(crate) mod mentions;
pub(crate) mod query;
mod repeats;
mod scope;
mod stack;
mod syntax;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod types;
mod walk;

use crate::{
    action::Action,
    lower::{
        self, Input,
        cursor::{Cursor, split_commas},
        step,
    },
    step::Step,
};

/// Reads one statement.
///
/// # Errors
/// The parser's words, when it does not understand the statement.
pub(crate) fn read(input: Input<'_>) -> Result<Vec<Step>, String> {
    stack::deep_enough(input.tokens, || {
        table::read(input)
            .or_else(|| index::read(input))
            .or_else(|| alter::read(input))
            .unwrap_or_else(|| rows(input))
    })
}

/// `EXPLAIN` and `CALL`, and plain statements that read and change rows.
fn rows(input: Input<'_>) -> Result<Vec<Step>, String> {
    let mut cursor = Cursor::new(input.tokens);
    if cursor.eat(&["call"]) {
        return Ok(vec![step(query::call(cursor.rest())?, input.span)]);
    }
    if cursor.eat(&["explain"]) {
        return explain(cursor, input);
    }
    dml::read(cursor.rest(), 0)
}

/// What stands behind `EXPLAIN`: with `ANALYZE` the statement is run.
fn explain(mut cursor: Cursor<'_>, input: Input<'_>) -> Result<Vec<Step>, String> {
    let mut runs = false;
    if let Some(options) = cursor.group() {
        for option in split_commas(options) {
            let mut option = Cursor::new(option);
            if option.eat_any(&["analyze", "analyse"]) {
                runs = !option.eat_any(&["off", "false"]);
            }
        }
    } else {
        runs = cursor.eat_any(&["analyze", "analyse"]);
        cursor.eat(&["verbose"]);
    }
    if cursor.is_at_end() || cursor.at(&["explain"]) {
        return Err(cursor.expected("a statement to explain"));
    }
    let steps = lower::read(Input {
        tokens: cursor.rest(),
        ..input
    })?;
    if runs {
        return Ok(steps);
    }
    let keywords = "EXPLAIN";
    Ok(vec![step(Action::Other { keywords }, input.span)])
}
