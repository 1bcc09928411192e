//! What to do about an error of Postgres, by its class.
//!
//! Source of the codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>

use crate::refusal::Refusal;

/// What to do where Postgres says that it lacks an extension, or the version of it that is asked for; none where it says
/// something else. Majors before 15 name the file that they looked for.
pub fn for_missing_extension(sqlstate: &str, message: &str) -> Option<String> {
    if !matches!(sqlstate, "0A000" | "58P01" | "22023") {
        return None;
    }
    let (_, quoted) = message
        .split_once("extension \"")
        .or_else(|| message.split_once("extension control file \""))?;
    let (name, _) = quoted.split_once('"')?;
    let file = name.rsplit('/').next().unwrap_or(name);
    let name = file.strip_suffix(".control").unwrap_or(file);
    Some(format!(
        "this Postgres does not have the extension `{name}`, or not in that version: name an image that has it in \
         `rehearsal.toml` (`image` under `[postgres]`), or install its package and take `--provider local`"
    ))
}

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
    if let Some(help) = for_missing_extension(&refusal.sqlstate, &refusal.message) {
        return help;
    }
    let help = match refusal.sqlstate.as_str() {
        "25001" => {
            "put the statement alone into a migration whose first line is `-- no-transaction`"
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

#[cfg(test)]
mod tests {
    use super::for_missing_extension;

    #[test]
    fn a_missing_extension_is_named() {
        let named = |sqlstate, message| {
            let help = for_missing_extension(sqlstate, message)?;
            Some(help.split('`').nth(1)?.to_owned())
        };
        let cases = [
            (
                "0A000",
                "extension \"postgis\" is not available",
                Some("postgis"),
            ),
            (
                "58P01",
                "could not open extension control file \"/usr/share/postgresql/13/extension/uuid-ossp.control\": No such \
                 file or directory",
                Some("uuid-ossp"),
            ),
            (
                "22023",
                "extension \"hstore\" has no installation script nor update path for version \"9\"",
                Some("hstore"),
            ),
            ("42710", "extension \"hstore\" already exists", None),
            (
                "58P01",
                "could not access file \"$libdir/x\": No such file or directory",
                None,
            ),
        ];
        for (sqlstate, message, expected) in cases {
            assert_eq!(named(sqlstate, message).as_deref(), expected, "{message}");
        }
    }
}
