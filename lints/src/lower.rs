//! Statements become steps.
//!
//! Each kind of statement has one reader, chosen by its leading keywords. Kinds that are made of expressions and
//! queries (`CREATE TABLE`, `ALTER TABLE`, `CREATE INDEX`, DML, queries) go through sqlparser; kinds whose form is
//! regular, most of which sqlparser cannot read, are read from the tokens. Both give the same [`Action`]s.

#[cfg(test)]
mod brief;
pub(crate) mod cursor;
pub(crate) mod parsed;
mod patterns;
mod plpgsql;
mod routine;
mod touched;

use std::collections::HashSet;

use sqlparser::tokenizer::TokenWithSpan;

use crate::{
    action::Action,
    lower::routine::Routines,
    source::{SourceFile, Span},
    statement::Statement,
    step::{Guard, Step},
};

/// One statement as a reader sees it: of a file, or of a `DO` block in it.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    /// The file: the text of any token or span.
    pub(crate) source: &'a SourceFile,
    /// The statement's tokens, with byte offsets into the file.
    pub(crate) tokens: &'a [TokenWithSpan],
    /// From the first token to the last.
    pub(crate) span: Span,
    /// In how many literals it stands: `EXECUTE '…'` in `DO '…'`.
    pub(crate) depth: usize,
    /// The functions and procedures that the file creates, by unqualified name.
    pub(crate) routines: &'a HashSet<String>,
}

/// Reads the statements of a file.
pub(crate) fn lower(source: &SourceFile, statements: &[Statement]) -> Vec<Step> {
    let mut steps = Vec::new();
    let created = routine::created(statements);
    let mut routines = Routines::default();
    let mut behind = 0;
    for (index, statement) in statements.iter().enumerate() {
        let is_last = index + 1 == statements.len();
        let end = match is_last {
            true => source.text().len(),
            false => statement.span.end,
        };
        let nul = nul(source, Span::new(behind, end));
        behind = end;
        let input = Input {
            source,
            tokens: &statement.tokens,
            span: statement.span,
            depth: 0,
            routines: &created,
        };
        let found = match &statement.error {
            Some(message) => Err(message.clone()),
            None => read(input),
        };
        let mut found =
            found.unwrap_or_else(|message| vec![step(Action::Unknown { message }, statement.span)]);
        if let Some(place) = nul {
            if statement.span.contains(place) {
                found.clear();
            }
            let message = "a NUL byte, with which Postgres refuses the whole file".to_owned();
            found.push(step(Action::Unknown { message }, place));
        }
        routines.remember(input, &found);
        steps.extend(routines.follow(found).into_iter().map(|step| Step {
            statement: index,
            ..step
        }));
    }
    touched::check_guards(&mut steps);
    steps
}

/// The first NUL byte of a statement, or of what stands before it: neither a comment nor a string may have one.
fn nul(source: &SourceFile, span: Span) -> Option<Span> {
    let at = span.start + source.slice(span).find('\0')?;
    Some(Span::new(at, at + 1))
}

/// Reads one statement.
///
/// # Errors
/// The parser's words, when nobody understands it.
pub(crate) fn read(input: Input<'_>) -> Result<Vec<Step>, String> {
    let mut steps = patterns::read(input).unwrap_or_else(|| parsed::read(input))?;
    // Behind the readers, whose words tell more.
    cursor::expect_balance(input.tokens)?;
    if steps.iter().any(|step| routine::may_call(&step.action)) {
        steps.extend(routine::calls(input, input.tokens));
    }
    Ok(steps)
}

/// A step that nothing guards; its statement is set by [`lower`].
pub(crate) fn step(action: Action, span: Span) -> Step {
    Step {
        action,
        span,
        statement: 0,
        guard: Guard::default(),
    }
}
