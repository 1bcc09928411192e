//! A column gets a type whose bytes differ.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, TypeName},
    declare_rule,
    rules::blocking::serial_sequence,
    type_change,
    work::{self, Work},
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER COLUMN … TYPE` that rewrites the table or builds its indexes anew. Types that share their bytes are
    /// silent: `varchar(n)` to a longer one, to `varchar` or `text`; `numeric(p,s)` to a larger `p`; a time to more
    /// digits; `cidr` to `inet`. An old type that no migration shows is reported.
    ///
    /// ## Why is this bad?
    /// The whole table and all its indexes are written anew while the statement holds `ACCESS EXCLUSIVE`: not even a
    /// `SELECT` gets through until that is over and the migration has committed, and the disk holds both copies
    /// meanwhile. Code that still expects the old type may fail, too.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id integer PRIMARY KEY);
    /// -- file: 2_bigint.up.sql
    /// ALTER TABLE users ALTER COLUMN id TYPE bigint;
    /// ```
    ///
    /// ## Safer way
    /// Add a column of the new type, keep both up to date by a trigger or the application, fill old rows in batches,
    /// then switch the names in one short migration. Text types without a length never need this. The sequence of a `serial`
    /// has a type of its own: `ALTER SEQUENCE … AS bigint`.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id integer PRIMARY KEY, name varchar(20));
    /// -- file: 2_name.up.sql
    /// ALTER TABLE users ALTER COLUMN name TYPE text;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Between `timestamp` and `timestamptz`, a session with `TimeZone = UTC` rewrites nothing but the indexes over
    /// the column (12 and later): a migration that sets it is silent.
    pub(crate) static COLUMN_TYPE_REWRITES = {
        name: "column-type-rewrites",
        group: Blocking,
        summary: "a type change that rewrites the table or its indexes",
        level: Error,
        lock: AccessExclusive,
        work: Rewrite,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::ColumnType {
        column,
        data_type,
        using,
        ..
    } = &alter.clause
    else {
        return;
    };
    let table = &alter.table;
    let works = context.works(step).into_iter();
    let Some(toil) = works
        .filter(|toil| toil.table == *table)
        .max_by_key(|toil| toil.work)
    else {
        return;
    };
    if !context.may_hold_rows(table) {
        return;
    }
    let source = &context.migration.up;
    let converts = using
        .as_ref()
        .is_some_and(|using| !work::is_plain(source, using, column, data_type));
    let (work, label) = match (toil.work, context.catalog.column(table, column)) {
        _ if converts => (
            "every row is rewritten by the `USING` expression".to_owned(),
            format!("to `{data_type}`"),
        ),
        (Work::Scan, _) => return,
        // Most often it was `varchar(n)`, or `numeric` with digits, and a limit that is lifted moves no row. Who writes
        // `USING` converts something else.
        (_, None) if using.is_none() && lifts_a_limit(data_type) => return,
        (_, None) => (
            format!(
                "every row is rewritten, unless `{column}` is stored like `{data_type}` already"
            ),
            "the old type is not known from the migrations".to_owned(),
        ),
        (work, Some(known)) => {
            let done = match work {
                Work::Build => format!("the indexes over `{column}` are built anew"),
                _ => "every row and every index is rewritten".to_owned(),
            };
            let old = known.data_type.behind_serial().map(str::to_owned);
            let old = old.unwrap_or_else(|| known.data_type.to_string());
            (done, format!("from `{old}` to `{data_type}`"))
        }
    };
    let waits = context.waits("reads and writes of", table);
    let finding = Finding::new(
        &COLUMN_TYPE_REWRITES,
        step.span,
        format!("{waits} while {work}"),
    )
    .label(label)
    .notes(serial_sequence::note(context, table, column, data_type))
    .help("add a column of the new type, write both, fill it in batches, then switch");
    let known = context.catalog.column(table, column);
    let in_session_zone = using.is_none()
        && known
            .is_some_and(|known| type_change::depends_on_time_zone(&known.data_type, data_type));
    found.push(match in_session_zone {
        true => finding
            .rests_on("the session's TimeZone: in UTC, nothing is rewritten")
            .notes([format!(
                "every value is converted by the TimeZone of the session that runs this: `USING {} AT TIME ZONE 'UTC'` says which one is meant",
                column.sql()
            )]),
        false => finding,
    });
}

/// Whether the type is the unlimited one of its kind.
fn lifts_a_limit(data_type: &TypeName) -> bool {
    let unlimited = matches!(
        data_type.name.as_str(),
        "text" | "character varying" | "numeric" | "bit varying"
    );
    unlimited && data_type.modifiers.is_empty()
}

#[cfg(test)]
mod tests {
    use super::COLUMN_TYPE_REWRITES;
    use crate::test_support::{check, found};

    #[test]
    fn known_old_types() {
        check(
            &COLUMN_TYPE_REWRITES,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (id int PRIMARY KEY, name varchar(20), seen timestamp, code text UNIQUE);
-- file: 2_change.up.sql
    ALTER TABLE users ALTER COLUMN id TYPE bigint;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is rewritten
    ALTER TABLE users ALTER name SET DATA TYPE varchar(10);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is rewritten
    ALTER TABLE users ALTER seen TYPE timestamptz;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is rewritten
    ALTER TABLE users ALTER code TYPE text USING lower(code);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten by the `USING` expression
    ALTER TABLE users ALTER code TYPE text COLLATE \"C\";
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while the indexes over `code` are built anew
    CREATE INDEX users_lower_name_idx ON users (lower(name));
    ALTER TABLE users ALTER name TYPE text;
--                    ^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while the indexes over `name` are built anew
",
        );
    }

    #[test]
    fn types_that_share_their_bytes() {
        check(
            &COLUMN_TYPE_REWRITES,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (name varchar(20), amount numeric(8, 2), seen timestamptz(3), net cidr, code text);
-- file: 2_change.up.sql
    ALTER TABLE users ALTER name TYPE varchar(30), ALTER amount TYPE numeric(10, 2), ALTER seen TYPE timestamptz, ALTER net TYPE inet;
    ALTER TABLE users ALTER name TYPE text USING (name::text), ALTER code TYPE varchar USING code;
    ALTER TABLE users ALTER code TYPE text COLLATE \"C\";
",
        );
    }

    #[test]
    fn a_time_zone_that_is_set() {
        check(
            &COLUMN_TYPE_REWRITES,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (seen timestamp, gone timestamptz, left_at timestamp(3), born timestamp);
    CREATE INDEX users_born_idx ON users (born);
-- file: 2_utc.up.sql
    SET LOCAL timezone = 'UTC';
    ALTER TABLE users ALTER seen TYPE timestamptz, ALTER left_at TYPE timestamptz(3);
    SET LOCAL TIME ZONE 'Etc/UTC';
    ALTER TABLE users ALTER gone TYPE timestamp USING gone::timestamp;
    ALTER TABLE users ALTER born TYPE timestamptz;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while the indexes over `born` are built anew
-- file: 3_more.up.sql
    SET LOCAL timezone = 'UTC';
    ALTER TABLE users ALTER seen TYPE timestamp(3);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is rewritten
    SET LOCAL timezone = 'Europe/Berlin';
    ALTER TABLE users ALTER gone TYPE timestamptz;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is rewritten
-- file: 4_rest.up.sql
    ALTER TABLE users ALTER seen TYPE timestamptz;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row and every index is rewritten
",
        );
    }

    #[test]
    fn an_unknown_old_type() {
        check(
            &COLUMN_TYPE_REWRITES,
            "
    ALTER TABLE users ALTER name TYPE text USING name::text;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten, unless `name` is stored like `text` already
    ALTER TABLE users ALTER age TYPE bigint;
--                    ^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten, unless `age` is stored like `bigint` already
    ALTER TABLE users ALTER name TYPE text, ALTER nick TYPE varchar, ALTER sum TYPE numeric;
",
        );
    }

    #[test]
    fn new_tables() {
        check(
            &COLUMN_TYPE_REWRITES,
            "
    CREATE TABLE teams (id int);
    ALTER TABLE teams ALTER id TYPE bigint;
",
        );
    }

    #[test]
    fn the_sequence_of_a_serial() {
        let notes = |then: &str| {
            let sql = format!(
                "-- file: 1_a.up.sql
    CREATE TABLE users (id serial PRIMARY KEY, number int GENERATED ALWAYS AS IDENTITY);
-- file: 2_b.up.sql
    {then}
"
            );
            let found = found(&COLUMN_TYPE_REWRITES, &sql);
            let notes = found.into_iter().flat_map(|one| one.notes);
            notes.collect::<Vec<String>>()
        };
        assert_eq!(
            notes("ALTER TABLE users ALTER id TYPE bigint, ALTER number TYPE bigint;"),
            [
                "the sequence stays `integer`, and each `INSERT` fails after 2147483647: `ALTER SEQUENCE users_id_seq AS bigint`"
            ]
        );
        let both = "ALTER TABLE users ALTER id TYPE bigint; ALTER SEQUENCE users_id_seq AS bigint;";
        assert!(notes(both).is_empty());
        assert!(notes("ALTER TABLE users ALTER id TYPE text;").is_empty());
    }
}
