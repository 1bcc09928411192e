//! A new column demands a value that nobody gives.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD COLUMN … NOT NULL` without a default on an existing table.
    ///
    /// ## Why is this bad?
    /// Postgres refuses it with `23502` as soon as the table has a row. On an empty table it passes, and from
    /// then on every `INSERT` of the application that still runs fails, since it knows nothing of the column.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_plan.up.sql
    /// ALTER TABLE users ADD COLUMN plan text NOT NULL;
    /// ```
    ///
    /// ## Safer way
    /// Give it a default, which costs nothing where it is constant. Or add it nullable, fill it once the
    /// application writes it, and make it `NOT NULL` in a later migration.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_plan.up.sql
    /// ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ADD_COLUMN_REQUIRED = {
        name: "add-column-required",
        group: Compatibility,
        summary: "a new column without default that every old INSERT fails on",
        level: Error,
        lock: AccessExclusive,
        refused: ["23502"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::AddColumn { column, .. } = &alter.clause else {
        return;
    };
    let table = &alter.table;
    // A foreign table's `NOT NULL` is a promise that Postgres does not check.
    let has_default = column.default.as_ref().is_some_and(|value| !value.is_null);
    if !column.not_null
        || has_default
        || column.generated.is_some()
        || column.data_type.is_serial()
        || alter.kind == ObjectKind::ForeignTable
        || !context.is_shared(table)
    {
        return;
    }
    let name = &column.name;
    let fails = match context.may_hold_rows(table) {
        true => format!("this fails if `{table}` has a row, and "),
        false => String::new(),
    };
    found.push(
        Finding::new(
            &ADD_COLUMN_REQUIRED,
            step.span,
            format!("{fails}every `INSERT` into `{table}` that does not know `{name}` fails afterwards"),
        )
        .label(format!("`{name}` has no default"))
        .help("give it a default, or add it nullable and make it `NOT NULL` once the application writes it"),
    );
}

#[cfg(test)]
mod tests {
    use super::ADD_COLUMN_REQUIRED;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &ADD_COLUMN_REQUIRED,
            "
    ALTER TABLE users ADD COLUMN plan text NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this fails if `users` has a row, and every `INSERT` into `users` that does not know `plan` fails afterwards
    ALTER TABLE users ADD plan_id bigint CONSTRAINT c NOT NULL REFERENCES plans;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this fails if `users` has a row, and every `INSERT` into `users` that does not know `plan_id` fails afterwards
    ALTER TABLE users ADD since date NOT NULL DEFAULT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this fails if `users` has a row, and every `INSERT` into `users` that does not know `since` fails afterwards
",
        );
    }

    #[test]
    fn a_table_that_was_emptied() {
        check(
            &ADD_COLUMN_REQUIRED,
            "
    CREATE TABLE users (id bigint);
-- file: 2_b.up.sql
    TRUNCATE users;
    ALTER TABLE users ADD COLUMN plan text NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every `INSERT` into `users` that does not know `plan` fails afterwards
",
        );
    }

    #[test]
    fn somebody_gives_the_value() {
        check(
            &ADD_COLUMN_REQUIRED,
            "
    ALTER TABLE users ADD a text NOT NULL DEFAULT '', ADD b bigserial, ADD c bigint GENERATED ALWAYS AS IDENTITY;
    ALTER TABLE users ADD d text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED, ADD e text NULL;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD name text NOT NULL;
",
        );
    }
}
