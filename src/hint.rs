//! What to do about an error of Postgres, by its class.
//!
//! Source of the codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>

use crate::refusal::Refusal;

/// What to do when the second run of a file fails.
pub(crate) fn for_second_run(refusal: &Refusal) -> String {
    match refusal.sqlstate.as_str() {
        "42P07" => "add `IF NOT EXISTS`, or drop it first with `IF EXISTS`",
        "42701" => "add `IF NOT EXISTS` behind `ADD COLUMN`",
        "42703" => "add `IF EXISTS`; rename a column only inside a `DO` block that asks `pg_attribute` first",
        "42710" => {
            "add `IF NOT EXISTS` or `OR REPLACE`; where neither exists, wrap it in a `DO` block that catches \
             `duplicate_object`, or drop it first with `IF EXISTS`"
        }
        "42P01" | "42704" | "42883" | "3F000" => {
            "add `IF EXISTS`; rename only inside a `DO` block that asks the catalog first"
        }
        "42P06" => "add `IF NOT EXISTS` behind `CREATE SCHEMA`",
        "42723" => "add `OR REPLACE` behind `CREATE`",
        "42P16" => "drop the constraint first with `IF EXISTS`, or ask `pg_constraint` in a `DO` block",
        "23505" => "add `ON CONFLICT DO NOTHING`, or insert only rows that are not there",
        "42P04" => "a database cannot be created in a migration that may run twice",
        _ => return for_first_run(refusal),
    }
    .to_owned()
}

/// What to do when Postgres refuses a statement at all.
pub(crate) fn for_first_run(refusal: &Refusal) -> String {
    let help = match refusal.sqlstate.as_str() {
        "25001" => {
            "put the statement alone into a migration whose first line is `-- no-transaction`"
        }
        "0A000" | "58P01" | "22023" if refusal.message.contains("extension") => {
            "this Postgres does not have the extension: name an image that has it in `rehearsal.toml` (`image` under \
             `[postgres]`), or install its package"
        }
        "0A000"
            if refusal.message.contains("unsafe use of new value")
                || refusal.message.contains("must be committed") =>
        {
            "use the new enum value in a later migration"
        }
        "55P04" => {
            "use the new enum value in a later migration: it is usable only after the commit"
        }
        "57014" => "it ran longer than `statement-timeout` in `rehearsal.toml` allows",
        "55P03" => "the lock was not free within `lock_timeout`",
        "42601" => "correct the syntax",
        "42501" => "the migration needs a privilege that the rehearsal's role does not have",
        "23502" => "add the column as nullable, fill it in batches, then `SET NOT NULL`",
        "23505" => "remove the duplicates first",
        "23503" => "add the constraint as `NOT VALID`, repair the rows, then `VALIDATE CONSTRAINT`",
        "23514" => "add the check as `NOT VALID`, repair the rows, then `VALIDATE CONSTRAINT`",
        "42P01" | "42703" | "42704" | "42883" | "3F000" => {
            "create it in an earlier migration, or correct the name"
        }
        "42P07" | "42701" | "42710" | "42723" | "42P06" => {
            "an earlier migration has created it already"
        }
        "2BP01" => "drop what depends on it first",
        _ => match &refusal.hint {
            Some(hint) => return hint.trim_end_matches('.').to_owned(),
            None => "see the error code in the manual's appendix A",
        },
    };
    help.to_owned()
}
