//! `SET NOT NULL` looks for nulls while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ConstraintKind},
    declare_rule,
    name::quoted,
    rules::blocking::{altered::holds_up, validation},
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER COLUMN … SET NOT NULL` where no valid `CHECK (column IS NOT NULL)` proves it, and on Postgres 18
    /// `ADD CONSTRAINT … NOT NULL` without `NOT VALID`.
    ///
    /// ## Why is this bad?
    /// Postgres reads the whole table under `ACCESS EXCLUSIVE`: not even a `SELECT` gets through until the scan is over
    /// and the migration has committed. One null fails it all.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_not_null.up.sql
    /// ALTER TABLE users ALTER COLUMN name SET NOT NULL;
    /// ```
    ///
    /// ## Safer way
    /// Add the check `NOT VALID`, validate it in a second migration (which blocks nobody), then set `NOT NULL`:
    /// Postgres takes the valid check as proof and scans nothing.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_name_set CHECK (name IS NOT NULL) NOT VALID;
    /// -- file: 3_validate.up.sql
    /// ALTER TABLE users VALIDATE CONSTRAINT users_name_set;
    /// -- file: 4_not_null.up.sql
    /// ALTER TABLE users ALTER COLUMN name SET NOT NULL;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 12 and later take a valid check as proof. 18 has `ADD CONSTRAINT … NOT NULL column NOT VALID`, which is
    /// validated like any other.
    pub(crate) static NOT_NULL_SCANS = {
        name: "not-null-scans",
        group: Blocking,
        summary: "`SET NOT NULL` that scans the table while it blocks reads and writes",
        level: Error,
        lock: AccessExclusive,
        work: Scan,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let table = &alter.table;
    let column = match &alter.clause {
        AlterClause::SetNotNull(column) => column,
        AlterClause::AddConstraint(constraint) if !constraint.not_valid => match &constraint.kind {
            ConstraintKind::NotNull(column) => column,
            _ => return,
        },
        _ => return,
    };
    let catalog = context.catalog;
    if !context.may_hold_rows(table) || catalog.is_proven_not_null(table, column) {
        return;
    }
    let unproven = catalog.unproven_not_null(table, column);
    let help = if let Some(check) = unproven {
        format!(
            "`VALIDATE CONSTRAINT {}` in a migration before this one",
            quoted(&check.name)
        )
    } else if context.settings.postgres >= 18 {
        format!(
            "add `CONSTRAINT … NOT NULL {} NOT VALID`, and `VALIDATE CONSTRAINT` in a later migration",
            column.sql()
        )
    } else {
        format!(
            "add `CHECK ({} IS NOT NULL) NOT VALID`, validate it in a second migration, \
             and `SET NOT NULL` in a third",
            column.sql()
        )
    };
    let finding = holds_up(
        &NOT_NULL_SCANS,
        context,
        step,
        table,
        format!("until `{column}` is known to hold no null: a scan of the whole table"),
    )
    .help(help);
    found.push(match &alter.clause {
        AlterClause::AddConstraint(constraint) => {
            validation::later(finding, context, alter, constraint)
        }
        // What proves it is there and has only to be validated.
        _ if unproven.is_some() => finding,
        _ => validation::not_null(finding, context, step, alter, column),
    });
}

#[cfg(test)]
mod tests {
    use super::NOT_NULL_SCANS;
    use crate::test_support::check;

    #[test]
    fn nothing_proves_it() {
        check(
            &NOT_NULL_SCANS,
            "
    ALTER TABLE users ALTER COLUMN name SET NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait until `name` is known to hold no null: a scan of the whole table
    ALTER TABLE users ADD CONSTRAINT age_set CHECK (age IS NOT NULL) NOT VALID;
    ALTER TABLE users ALTER age SET NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait until `age` is known to hold no null: a scan of the whole table
",
        );
    }

    #[test]
    fn a_valid_check_proves_it() {
        check(
            &NOT_NULL_SCANS,
            "
-- file: 1_check.up.sql
    ALTER TABLE users ADD CONSTRAINT name_set CHECK (name IS NOT NULL AND name <> '') NOT VALID;
-- file: 2_validate.up.sql
    ALTER TABLE users VALIDATE CONSTRAINT name_set;
-- file: 3_not_null.up.sql
    ALTER TABLE users ALTER name SET NOT NULL;
",
        );
    }

    #[test]
    fn foreign_tables() {
        check(
            &NOT_NULL_SCANS,
            "
    ALTER FOREIGN TABLE users ALTER name SET NOT NULL;
",
        );
    }

    #[test]
    fn new_tables_until_they_are_filled() {
        check(
            &NOT_NULL_SCANS,
            "
    CREATE TABLE teams (id bigint, name text);
    ALTER TABLE teams ALTER id SET NOT NULL;
    INSERT INTO teams SELECT id, name FROM users;
    ALTER TABLE teams ALTER name SET NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^ error: the locks of this migration are held until `name` is known to hold no null: a scan of the whole table
",
        );
    }
}
