//! Kinds of statements that are made of expressions and queries.
//!
//! Their frames are regular and read from the tokens, so that places are exact and nothing that a new Postgres adds
//! hides the rest; the expressions and queries in them are read from sqlparser's syntax tree.

mod alter;
mod antijoin;
mod clause;
mod column;
pub(crate) mod constraint;
mod dml;
pub(crate) mod expr;
mod index;
mod query;
mod repeats;
mod syntax;
mod table;
pub(crate) mod types;
mod walk;

use crate::{
    action::Action,
    lower::{Input, cursor::Cursor, step},
    step::Step,
};

/// Reads one statement.
///
/// # Errors
/// The parser's words, when it does not understand the statement.
pub(crate) fn read(input: Input<'_>) -> Result<Vec<Step>, String> {
    table::read(input)
        .or_else(|| index::read(input))
        .or_else(|| alter::read(input))
        .unwrap_or_else(|| rows(input))
}

/// `EXPLAIN` and `CALL` of, and plain statements that read and change rows.
fn rows(input: Input<'_>) -> Result<Vec<Step>, String> {
    let mut cursor = Cursor::new(input.tokens);
    if cursor.eat(&["call"]) {
        return Ok(vec![step(query::call(cursor.rest())?, input.span)]);
    }
    if cursor.eat(&["explain"]) {
        let analyze = cursor.group().map_or_else(
            || {
                let analyze = cursor.eat(&["analyze"]) || cursor.eat(&["analyse"]);
                cursor.eat(&["verbose"]);
                analyze
            },
            |options| {
                let mut options = Cursor::new(options);
                while !options.is_at_end() && !options.at(&["analyze"]) {
                    options.next();
                }
                options.eat(&["analyze"])
                    && !["off", "false"].iter().any(|word| options.at(&[word]))
            },
        );
        if !analyze {
            let keywords = "EXPLAIN";
            return Ok(vec![step(Action::Other { keywords }, input.span)]);
        }
    }
    dml::read(cursor.rest(), 0)
}
