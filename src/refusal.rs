//! What Postgres said when it refused a statement, and where in the file that is.

use rehearsal_lints::{Migration, Span, TransactionMode, statement::Statement};
use sqlx::{
    Connection, Either, PgConnection,
    postgres::{PgDatabaseError, PgErrorPosition},
};

use futures_util::StreamExt;

/// A statement that Postgres refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The five characters of the error code.
    ///
    /// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    pub sqlstate: String,
    /// Postgres's primary message.
    pub message: String,
    /// Postgres's details.
    pub detail: Option<String>,
    /// Postgres's own hint.
    pub hint: Option<String>,
    /// The table that the error is about.
    pub table: Option<String>,
    /// The column that the error is about.
    pub column: Option<String>,
    /// The place: the position that Postgres gave, else the statement that failed, else the whole file.
    pub span: Span,
}

/// How the text of a migration ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every statement succeeded.
    Done,
    /// Postgres refused one.
    Refused(Box<Refusal>),
}

/// Sends the whole text of a migration as one query, as sqlx does, or statement by statement where its runner does so, and
/// finds the statement that fails. The transaction around it is the caller's.
///
/// # Errors
/// When the connection is lost: anything that Postgres itself says is an outcome.
pub(crate) async fn execute(
    connection: &mut PgConnection,
    migration: &Migration,
) -> Result<Outcome, sqlx::Error> {
    let mut done = 0;
    let queries: Vec<&str> = match migration.mode {
        TransactionMode::Autocommit => migration
            .statements
            .iter()
            .map(|statement| migration.up.slice(statement.span))
            .collect(),
        TransactionMode::Wrapped | TransactionMode::Unwrapped => vec![migration.script()],
    };
    for query in queries {
        let sql = sqlx::AssertSqlSafe(query.to_owned());
        let mut results = sqlx::raw_sql(sql).fetch_many(&mut *connection);
        while let Some(result) = results.next().await {
            match result {
                Ok(Either::Left(_)) => done += 1,
                Ok(Either::Right(_)) => {}
                Err(error) => {
                    let refusal = refusal(&error, migration, Some(done)).ok_or(error)?;
                    return Ok(Outcome::Refused(Box::new(refusal)));
                }
            }
        }
    }
    Ok(Outcome::Done)
}

/// Reads an error of Postgres; none when the error is the connection's.
///
/// `done` is the number of statements that had succeeded before, where it is known.
pub(crate) fn refusal(
    error: &sqlx::Error,
    migration: &Migration,
    done: Option<usize>,
) -> Option<Refusal> {
    if let sqlx::Error::Protocol(message) = error {
        // Such as a notification that a migration sends to itself: sqlx's migrator stops there too.
        return Some(Refusal {
            sqlstate: "08P01".to_owned(),
            message: format!("sqlx cannot go on: {message}"),
            detail: None,
            hint: None,
            table: None,
            column: None,
            span: whole(migration),
        });
    }
    let error = error
        .as_database_error()?
        .try_downcast_ref::<PgDatabaseError>()?;
    // A crash, or a server that starts or stops: no statement is at fault. What ends its own backend is.
    if error.code().starts_with("57P") && error.code() != "57P01" {
        return None;
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Some(Refusal {
        sqlstate: error.code().to_owned(),
        message: error.message().to_owned(),
        detail: owned(error.detail()),
        hint: owned(error.hint()),
        table: owned(error.table()),
        column: owned(error.column()),
        span: place(error, migration, done),
    })
}

/// Runs the text once more in a transaction that is rolled back, only to learn which statement fails.
pub(crate) async fn locate(
    connection: &mut PgConnection,
    migration: &Migration,
) -> Result<Option<Refusal>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let outcome = execute(&mut transaction, migration).await?;
    transaction.rollback().await?;
    Ok(match outcome {
        Outcome::Done => None,
        Outcome::Refused(refusal) => Some(*refusal),
    })
}

fn place(error: &PgDatabaseError, migration: &Migration, done: Option<usize>) -> Span {
    let statement = done.and_then(|done| migration.statements.get(done));
    let text = match (migration.mode, statement) {
        (TransactionMode::Autocommit, Some(statement)) => statement.span,
        _ => Span::new(0, migration.up.text().len()),
    };
    if let Some(PgErrorPosition::Original(position)) = error.position() {
        let at = migration.up.offset_of_character(text, position);
        return token_at(migration, at).unwrap_or(Span::at(at));
    }
    let Some(statement) = statement.or_else(|| only(&migration.statements)) else {
        return whole(migration);
    };
    block_line(error, migration, statement)
        .or_else(|| part(error, migration, statement))
        .unwrap_or(statement.span)
}

/// The token that starts at or holds an offset.
fn token_at(migration: &Migration, at: usize) -> Option<Span> {
    let statement = migration
        .statements
        .iter()
        .find(|statement| statement.span.start <= at && at <= statement.span.end)?;
    statement
        .token_spans()
        .find(|span| span.start <= at && at < span.end)
}

/// The line inside a `DO` block that the error's context names.
fn block_line(
    error: &PgDatabaseError,
    migration: &Migration,
    statement: &Statement,
) -> Option<Span> {
    // Outermost last: the block's own frame is the last line of the context.
    let line: usize = error.r#where()?.lines().rev().find_map(|frame| {
        let rest = frame.split_once("inline_code_block line ")?.1;
        rest.split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    })?;
    let body = statement.body()?;
    let first = migration.up.position(body.start).line;
    let line = migration.up.line(first + line - 1);
    let text = migration.up.slice(line);
    let indent = text.len() - text.trim_start().len();
    Some(Span::new(
        line.start + indent,
        line.start + text.trim_end().len(),
    ))
    .filter(|span| span.start < span.end)
}

/// The clause of a statement that names the column or constraint which the error is about.
fn part(error: &PgDatabaseError, migration: &Migration, statement: &Statement) -> Option<Span> {
    let index = migration
        .statements
        .iter()
        .position(|other| other.span == statement.span)?;
    let names: Vec<&str> = [error.constraint(), error.column()]
        .into_iter()
        .flatten()
        .collect();
    let mut clauses = migration
        .steps
        .iter()
        .filter(|step| step.statement == index && step.span != statement.span);
    let clause = clauses.find(|step| {
        let text = migration.up.slice(step.span);
        names.iter().any(|name| text.contains(name))
    })?;
    Some(clause.span)
}

fn only(statements: &[Statement]) -> Option<&Statement> {
    match statements {
        [statement] => Some(statement),
        _ => None,
    }
}

/// The file from its first statement to its last.
pub(crate) fn whole(migration: &Migration) -> Span {
    match migration.statements.as_slice() {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => Span::at(0),
    }
}

impl Refusal {
    /// Whether it is a value that Postgres could not read or work with: class 22, data exceptions.
    pub(crate) fn is_of_a_value(&self) -> bool {
        self.sqlstate.starts_with("22")
    }

    /// Postgres's message with its details.
    pub fn text(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}: {}", self.message, detail.trim_end_matches('.')),
            None => self.message.clone(),
        }
    }
}
