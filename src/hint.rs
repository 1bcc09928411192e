//! What to do about an error of Postgres, by its class.
//!
//! Source of the codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>

use rehearsal_lints::{
    Migration, Span,
    action::{Action, AlterClause, AlterObjectClause},
};

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

/// What the statement does that Postgres refused, as far as it matters to what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// It drops something, and may say `IF EXISTS`.
    Drops,
    Renames,
    AddsConstraint,
    /// It needs something that it neither makes nor takes away.
    Needs,
    Unknown,
}

fn doing(refusal: &Refusal, migration: &Migration) -> Doing {
    let at = refusal.span;
    let single = |span: Span| span.start <= at.start && at.end <= span.end;
    let statement = migration
        .statements
        .iter()
        .position(|statement| single(statement.span));
    let Some(statement) = statement else {
        return Doing::Unknown;
    };
    let steps = migration
        .steps
        .iter()
        .filter(|step| step.statement == statement);
    let (mut inner, mut all) = (None, Vec::new());
    for step in steps {
        if single(step.span) {
            inner = Some(step);
        }
        all.push(of_action(&step.action));
    }
    match (inner, all.as_slice()) {
        (Some(step), _) => of_action(&step.action),
        (None, [first, others @ ..]) if others.iter().all(|other| other == first) => *first,
        _ => Doing::Unknown,
    }
}

fn of_action(action: &Action) -> Doing {
    match action {
        Action::DropObject(_) => Doing::Drops,
        Action::Rename(_) | Action::SetSchema { .. } => Doing::Renames,
        Action::AlterTable(alter) => match alter.clause {
            AlterClause::DropColumn { .. }
            | AlterClause::DropConstraint { .. }
            | AlterClause::DropIdentity { .. }
            | AlterClause::DropExpression { .. } => Doing::Drops,
            AlterClause::AddConstraint(_) => Doing::AddsConstraint,
            _ => Doing::Needs,
        },
        Action::AlterObject(alter) => match alter.clause {
            AlterObjectClause::DropAttribute { .. } | AlterObjectClause::DropConstraint { .. } => {
                Doing::Drops
            }
            AlterObjectClause::AddConstraint(_) => Doing::AddsConstraint,
            _ => Doing::Needs,
        },
        _ => Doing::Needs,
    }
}

/// What to do when the second run of a file fails: by the code, and by what the statement does. The first run succeeded, so
/// it is the file itself that has changed what the statement finds.
pub(crate) fn for_second_run(refusal: &Refusal, migration: &Migration) -> String {
    let doing = doing(refusal, migration);
    let code = refusal.sqlstate.as_str();
    match (code, doing) {
        (
            "42P07" | "42701" | "42710" | "42703" | "42P01" | "42704" | "42883" | "3F000",
            Doing::Renames,
        ) => "rename it only inside a `DO` block that asks the catalog first",
        ("42P07" | "42710", Doing::AddsConstraint) => {
            "drop the constraint first with `IF EXISTS`, or wrap the statement in a `DO` block that catches the error"
        }
        ("42P07", _) => "add `IF NOT EXISTS`, or drop it first with `IF EXISTS`",
        ("42701", _) => "add `IF NOT EXISTS` behind `ADD COLUMN`",
        ("42703" | "42P01" | "42704" | "42883" | "3F000", Doing::Drops) => "add `IF EXISTS`",
        ("42703" | "42P01" | "42704" | "42883" | "3F000", Doing::Unknown) => {
            "add `IF EXISTS` to what drops it; what needs it goes into a `DO` block that asks the catalog first"
        }
        ("42703" | "42P01" | "42704" | "42883" | "3F000", _) => {
            "the first run has taken away what this needs: ask the catalog for it first, in a `DO` block"
        }
        ("42710", _) => {
            "add `IF NOT EXISTS` or `OR REPLACE`; where neither exists, wrap it in a `DO` block that catches \
             `duplicate_object`, or drop it first with `IF EXISTS`"
        }
        ("42P06", _) => "add `IF NOT EXISTS` behind `CREATE SCHEMA`",
        ("42723", _) => "add `OR REPLACE` behind `CREATE`",
        ("42P16", _) => {
            "drop the constraint first with `IF EXISTS`, or ask `pg_constraint` in a `DO` block"
        }
        ("23505", _) => "add `ON CONFLICT DO NOTHING`, or insert only rows that are not there",
        ("42P04", _) => "a database cannot be created in a migration that may run twice",
        // What is no syntax was none in the first run either, and a privilege or an extension is not the file's to give.
        _ if code == "42601" || has_changed(code) => {
            "the first run has changed what this builds on: ask the catalog first, in a `DO` block, or leave out by `WHERE` \
             what is done"
        }
        _ => return for_first_run(refusal),
    }
    .to_owned()
}

/// Whether a statement that succeeded before meets another type, value or state: data exceptions, wrong types, wrong states.
fn has_changed(code: &str) -> bool {
    code.starts_with("22") && code != "22023"
        || matches!(
            code,
            "42804" | "42809" | "42846" | "42P17" | "55000" | "428C9" | "42P10" | "42611"
        )
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
    use rehearsal_lints::{Migration, SourceFile, Span, TransactionMode};

    use super::{for_missing_extension, for_second_run};
    use crate::refusal::Refusal;

    #[test]
    fn help_fits_the_statement_that_fails() {
        let help = |text: &str, at: &str, code: &str| {
            let up = SourceFile::new("m/1_a.sql", text);
            let migration = Migration::new(1, "a", up, TransactionMode::Wrapped);
            let start = text.find(at).expect("the place is there");
            let refusal = Refusal {
                sqlstate: code.to_owned(),
                message: String::new(),
                detail: None,
                hint: None,
                table: None,
                column: None,
                span: Span::new(start, start + at.len()),
            };
            for_second_run(&refusal, &migration)
        };
        let needs = "ask the catalog for it first, in a `DO` block";
        let changed = "has changed what this builds on";
        for (text, at, code, part) in [
            (
                "ALTER TABLE t ADD b int, DROP a",
                "DROP a",
                "42703",
                "add `IF EXISTS`",
            ),
            (
                "ALTER TABLE t RENAME a TO b",
                "ALTER",
                "42703",
                "rename it only",
            ),
            (
                "ALTER TABLE t RENAME a TO b",
                "ALTER",
                "42701",
                "rename it only",
            ),
            (
                "ALTER TABLE t ADD a int",
                "ADD",
                "42701",
                "add `IF NOT EXISTS`",
            ),
            ("UPDATE t SET a = u.b FROM u", "u.b", "42703", needs),
            ("INSERT INTO t SELECT b FROM u", "b", "42703", needs),
            (
                "ALTER TABLE t ALTER a TYPE int USING f(a)",
                "f(a)",
                "42883",
                needs,
            ),
            ("DROP FUNCTION f(int)", "DROP", "42883", "add `IF EXISTS`"),
            (
                "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
                "ADD",
                "42P07",
                "drop the constraint",
            ),
            (
                "CREATE TABLE t (a int)",
                "CREATE",
                "42P07",
                "add `IF NOT EXISTS`",
            ),
            (
                "ALTER TABLE t ALTER a SET DEFAULT 1",
                "ALTER a",
                "42601",
                changed,
            ),
            ("UPDATE t SET a = 'x'", "'x'", "22P02", changed),
        ] {
            let help = help(text, at, code);
            assert!(help.contains(part), "{text} ({code}): {help}");
        }
    }

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
