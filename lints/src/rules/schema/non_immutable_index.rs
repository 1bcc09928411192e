//! An index over something that changes by itself.

use sqlparser::tokenizer::Token;

use crate::{
    Check, Context, Finding, Step,
    action::{Action, Column, Expr, Generated, TypeName},
    declare_rule,
    lower::cursor::{Cursor, split_commas},
    name::Ident,
    rules::schema::{columns, immutability},
    token::tokenize,
};

declare_rule! {
    /// ## What it does
    /// Flags functions that are not immutable, and casts that depend on the session, such as on its time zone, in the keys
    /// and the condition of an index and in a generated column. Functions that nobody knows are taken for immutable.
    ///
    /// ## Why is this bad?
    /// What is stored would be wrong as soon as the clock or a setting moves on. Postgres refuses it with
    /// `42P17`. A partial index `WHERE at > now()` is not what it seems anyway: the condition would be tested
    /// when a row is written, not when it is read.
    ///
    /// ```sql,bad
    /// -- file: 1_logins.up.sql
    /// CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz);
    /// -- file: 2_index.up.sql
    /// CREATE INDEX logins_recent_idx ON logins (id) WHERE at > now();
    /// ```
    ///
    /// ## Safer way
    /// Index the column itself and compare in the query. Name the time zone where a date is meant.
    ///
    /// ```sql,good
    /// -- file: 1_logins.up.sql
    /// CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz);
    /// -- file: 2_index.up.sql
    /// CREATE INDEX logins_day_idx ON logins (((at AT TIME ZONE 'UTC')::date));
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Postgres 18's virtual generated columns take immutable expressions only, too.
    pub(crate) static NON_IMMUTABLE_INDEX = {
        name: "non-immutable-index",
        group: Schema,
        summary: "an index or generated column that Postgres refuses",
        level: Error,
        refused: ["42P17"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (expressions, what): (Vec<&Expr>, _) = match &step.action {
        Action::CreateIndex(index) => (index.expressions.iter().collect(), "index"),
        _ => (
            columns::new(context, step)
                .filter_map(|(_, column)| match &column.generated {
                    Some(Generated::Stored(value) | Generated::Virtual(value)) => Some(value),
                    _ => None,
                })
                .collect(),
            "generated column",
        ),
    };
    for expression in expressions {
        let Some(reason) = reason(context, step, expression) else {
            continue;
        };
        found.push(
            Finding::new(
                &NON_IMMUTABLE_INDEX,
                expression.span,
                format!("Postgres refuses this {what}: {reason}"),
            )
            .help("use only what gives the same for the same row at any time and in any session"),
        );
    }
}

/// Why the expression is not immutable.
fn reason(context: &Context<'_>, step: &Step, expression: &Expr) -> Option<String> {
    let changing = expression.functions.iter().find(|function| {
        match context.catalog.is_certainly_mutable(function) {
            Some(mutable) => mutable,
            None => {
                function
                    .schema
                    .as_ref()
                    .is_none_or(|schema| schema == "pg_catalog")
                    && immutability::is_never_immutable(function.name())
            }
        }
    });
    if let Some(function) = changing {
        return Some(format!(
            "`{function}` may give another value at another time"
        ));
    }
    if let Some(function) = of_one(context, expression) {
        return Some(format!(
            "`{function}` of one argument may give another value at another time"
        ));
    }
    let data_type = |column: &Ident| column_type(context, step, column);
    if let Some((column, _)) = expression.casts.iter().find(|(column, to)| {
        data_type(column).is_some_and(|from| immutability::cast_depends_on_session(&from, to))
    }) {
        return Some(format!(
            "the cast of `{column}` depends on settings of the session"
        ));
    }
    let zoned = expression.columns.iter().find(|column| {
        data_type(column).is_some_and(|of| of.name == "timestamp with time zone" && !of.array)
    })?;
    let calls = |names: &[&str]| {
        expression
            .functions
            .iter()
            .any(|function| names.contains(&function.name()))
    };
    (calls(&["date", "date_part", "date_trunc", "extract"]) && !calls(&["timezone"]))
        .then(|| format!("the day and hour of `{zoned}` depend on the session's time zone"))
}

/// A built-in function that is called with one argument and not immutable then.
fn of_one(context: &Context<'_>, expression: &Expr) -> Option<String> {
    let tokens = tokenize(context.migration.up.slice(expression.span), 0).code;
    (0..tokens.len()).find_map(|at| {
        let is_qualified = at > 0 && tokens[at - 1].token == Token::Period;
        let mut cursor = Cursor::new(&tokens[at..]);
        let name = cursor.ident()?;
        let suspect = !is_qualified && immutability::is_not_immutable_of_one(&name.value);
        let arguments = cursor.group().filter(|_| suspect)?;
        (split_commas(arguments).len() == 1).then_some(name.value)
    })
}

/// The type of a column of the statement's table: written in the statement itself, or known.
fn column_type(context: &Context<'_>, step: &Step, column: &Ident) -> Option<TypeName> {
    let (table, written): (_, &[Column]) = match &step.action {
        Action::CreateTable(create) => (&create.name, &create.columns),
        Action::CreateIndex(index) => (&index.table, &[]),
        Action::AlterTable(alter) => (&alter.table, &[]),
        _ => return None,
    };
    written
        .iter()
        .find(|known| known.name == *column)
        .map(|known| known.data_type.clone())
        .or_else(|| {
            let known = context.catalog.column(table, column)?;
            Some(known.data_type.clone())
        })
}

#[cfg(test)]
mod tests {
    use super::NON_IMMUTABLE_INDEX;
    use crate::test_support::check;

    #[test]
    fn refused() {
        check(
            &NON_IMMUTABLE_INDEX,
            "
    CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz, name text, day date GENERATED ALWAYS AS (at::date) STORED);
--                                                                                                  ^^^^^^^^ error: Postgres refuses this generated column: the cast of `at` depends on settings of the session
    CREATE INDEX a ON t (id) WHERE at > now() - interval '1 day';
--                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres refuses this index: `now` may give another value at another time
    CREATE INDEX b ON t ((at::date));
--                        ^^^^^^^^ error: Postgres refuses this index: the cast of `at` depends on settings of the session
    CREATE INDEX c ON t (date_trunc('day', at));
--                       ^^^^^^^^^^^^^^^^^^^^^ error: Postgres refuses this index: the day and hour of `at` depend on the session's time zone
    CREATE FUNCTION f(text) RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
    CREATE INDEX d ON t (f(name));
--                       ^^^^^^^ error: Postgres refuses this index: `f` may give another value at another time
    CREATE INDEX g ON t ((name::date), to_tsvector(lower(name)));
--                        ^^^^^^^^^^ error: Postgres refuses this index: the cast of `name` depends on settings of the session
--                                     ^^^^^^^^^^^^^^^^^^^^^^^^ error: Postgres refuses this index: `to_tsvector` of one argument may give another value at another time
    CREATE INDEX e ON t (name) WHERE owner = CURRENT_USER;
--                                   ^^^^^^^^^^^^^^^^^^^^ error: Postgres refuses this index: `current_user` may give another value at another time
",
        );
    }

    #[test]
    fn taken() {
        check(
            &NON_IMMUTABLE_INDEX,
            "
    CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz, local timestamp, name text, day date GENERATED ALWAYS AS (local::date) STORED);
    CREATE INDEX a ON t (lower(name)) WHERE name IS NOT NULL;
    CREATE INDEX b ON t (((at AT TIME ZONE 'UTC')::date));
    CREATE INDEX c ON t (date_trunc('day', local));
    CREATE INDEX d ON t (date_trunc('day', at AT TIME ZONE 'UTC'));
    CREATE FUNCTION f(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE INDEX e ON t (f(name), unknown(name), to_tsvector('english', name), age(local, local), (id::text), (name::uuid));
    CREATE FUNCTION g(text) RETURNS text LANGUAGE sql AS 'SELECT lower($1)';
    CREATE INDEX i ON t (g(name));
",
        );
    }
}
