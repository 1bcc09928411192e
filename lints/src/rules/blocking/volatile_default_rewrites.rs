//! A new column gets a value that differs from row to row.

use crate::{
    Check, Context, Finding, Step, declare_rule,
    rules::blocking::altered::{added_column, holds_up},
    volatility::volatile_function,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD COLUMN` with a default that calls a volatile function (`random()`, `gen_random_uuid()`,
    /// `clock_timestamp()`, `nextval()`), or one that is not known, on a table with rows.
    ///
    /// ## Why is this bad?
    /// Such a default gives each row a value of its own, so Postgres has to write them. The whole table and all its
    /// indexes are written anew while the statement holds `ACCESS EXCLUSIVE`: not even a `SELECT` gets through until
    /// that is over and the migration has committed, and the disk holds both copies meanwhile.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_token.up.sql
    /// ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();
    /// ```
    ///
    /// ## Safer way
    /// Add the column without a default, then set the default: it holds for new rows and touches no old one. Fill old
    /// rows in batches, outside the migration. Constants, `now()` and other stable functions need none of this:
    /// Postgres keeps one value for all old rows.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_token.up.sql
    /// ALTER TABLE users ADD COLUMN token uuid, ALTER COLUMN token SET DEFAULT gen_random_uuid();
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 11 and later. 18 brings `uuidv7()`, which is volatile too.
    pub(crate) static VOLATILE_DEFAULT_REWRITES = {
        name: "volatile-default-rewrites",
        group: Blocking,
        summary: "a new column whose default rewrites the table",
        level: Error,
        lock: AccessExclusive,
        work: Rewrite,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some((table, column)) = added_column(step) else {
        return;
    };
    let Some(default) = &column.default else {
        return;
    };
    let Some(function) = volatile_function(default, context.catalog) else {
        return;
    };
    if !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &VOLATILE_DEFAULT_REWRITES,
            context,
            step,
            table,
            format!("while every row is rewritten to hold a `{function}()` of its own"),
        )
        .help("add the column without a default, set the default in a second clause, and fill old rows in batches"),
    );
}

#[cfg(test)]
mod tests {
    use super::VOLATILE_DEFAULT_REWRITES;
    use crate::test_support::check;

    #[test]
    fn volatile_and_unknown_functions() {
        check(
            &VOLATILE_DEFAULT_REWRITES,
            "
    ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to hold a `gen_random_uuid()` of its own
    ALTER TABLE users ADD COLUMN IF NOT EXISTS seen timestamptz DEFAULT pg_catalog.clock_timestamp();
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to hold a `pg_catalog.clock_timestamp()` of its own
    ALTER TABLE users ADD code text DEFAULT upper(app.new_code());
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to hold a `app.new_code()` of its own
",
        );
    }

    #[test]
    fn defaults_that_are_computed_once() {
        check(
            &VOLATILE_DEFAULT_REWRITES,
            "
    CREATE FUNCTION origin() RETURNS text STABLE LANGUAGE sql AS 'SELECT 1';
    ALTER TABLE users ADD plan text NOT NULL DEFAULT 'free', ADD created timestamptz DEFAULT now() + interval '1 day';
    ALTER TABLE users ADD created_on date DEFAULT CURRENT_DATE, ADD meta jsonb DEFAULT '{}'::jsonb, ADD origin text DEFAULT origin();
    ALTER TABLE users ADD token uuid, ALTER token SET DEFAULT gen_random_uuid();
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD token uuid DEFAULT gen_random_uuid();
",
        );
    }
}
