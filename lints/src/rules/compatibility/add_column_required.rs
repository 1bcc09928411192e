//! A new column demands a value that nobody gives.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, AlterTable, Column, ConstraintKind, ObjectKind},
    declare_rule,
    name::{Ident, ObjectName},
    outline::Property,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD COLUMN … NOT NULL` without a default on an existing table, and a new column without one that the
    /// same file makes `NOT NULL` further down, be it by a `CHECK` or a key. Where a trigger may fill it in, the rule is
    /// silent.
    ///
    /// ## Why is this bad?
    /// Postgres refuses it with `23502` as soon as the table has a row. On an empty table it passes, as it does where
    /// the column is filled before it becomes `NOT NULL`; and from then on every `INSERT` of the application that still
    /// runs fails, since it knows nothing of the column.
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
    let table = &alter.table;
    // A foreign table's `NOT NULL` is a promise that Postgres does not check.
    if alter.kind == ObjectKind::ForeignTable || !context.is_shared(table) {
        return;
    }
    let (name, fails, help) = match &alter.clause {
        AlterClause::AddColumn { column, .. } if is_required(column) => {
            let fails = match context.may_hold_rows(table) {
                true => format!("this fails if `{table}` has a row, and "),
                false => String::new(),
            };
            let help = "give it a default, or add it nullable and make it `NOT NULL` once the application writes it";
            (&column.name, fails, help)
        }
        _ => {
            let mut demanded = demanded(context, alter).into_iter();
            let Some(name) = demanded.find(|name| is_left_out(context, table, name)) else {
                return;
            };
            let help = "give it a default, or make it `NOT NULL` in a later migration, once the application writes it";
            (name, String::new(), help)
        }
    };
    found.push(
        Finding::new(
            &ADD_COLUMN_REQUIRED,
            step.span,
            format!(
                "{fails}every `INSERT` into `{table}` that does not know `{name}` fails afterwards"
            ),
        )
        .label(format!("`{name}` has no default"))
        .help(help),
    );
}

/// Whether a column takes no null and has no value of its own.
fn is_required(column: &Column) -> bool {
    let has_default = column.default.as_ref().is_some_and(|value| !value.is_null);
    column.not_null && !has_default && column.generated.is_none() && !column.data_type.is_serial()
}

/// The columns that a clause keeps nulls out of from now on.
fn demanded<'a>(context: &Context<'_>, alter: &'a AlterTable) -> Vec<&'a Ident> {
    let columns: Vec<&Ident> = match &alter.clause {
        AlterClause::SetNotNull(column) => vec![column],
        AlterClause::AddConstraint(constraint) if !constraint.not_enforced => {
            match &constraint.kind {
                ConstraintKind::NotNull(column) => vec![column],
                ConstraintKind::Check(check) => check.proves_not_null.iter().collect(),
                ConstraintKind::PrimaryKey { columns, .. } => columns.iter().collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    let (catalog, table) = (context.catalog, &alter.table);
    let is_demanded_already = |column: &Ident| {
        catalog.is_proven_not_null(table, column)
            || catalog.unproven_not_null(table, column).is_some()
    };
    let demanded = columns.into_iter();
    demanded
        .filter(|column| !is_demanded_already(column))
        .collect()
}

/// Whether the column is new, and neither a default nor a trigger gives it a value by the end of the file.
fn is_left_out(context: &Context<'_>, table: &ObjectName, column: &Ident) -> bool {
    let (catalog, outline) = (context.catalog, context.outline);
    let has_default = catalog
        .column(table, column)
        .is_some_and(|known| known.has_default);
    let gets_default = [Property::Default, Property::Identity]
        .into_iter()
        .any(|property| context.is_given_after(table, property, column));
    // The application knows a column that takes the place of an old one.
    let is_known = catalog.column_dropped_here(table, column).is_some()
        || outline.is_column_freed(table.name(), &column.value);
    context.is_new_column(table, column)
        && !has_default
        && !gets_default
        && !is_known
        && !outline.may_fire(table)
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

    #[test]
    fn made_required_further_down() {
        check(
            &ADD_COLUMN_REQUIRED,
            "
    ALTER TABLE posts ADD COLUMN IF NOT EXISTS author_id bigint;
    UPDATE posts SET author_id = user_id WHERE author_id IS NULL;
    ALTER TABLE posts ALTER COLUMN author_id SET NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every `INSERT` into `posts` that does not know `author_id` fails afterwards
    ALTER TABLE posts ADD COLUMN slug text;
    ALTER TABLE posts ADD CONSTRAINT slugged CHECK (slug IS NOT NULL) NOT VALID;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every `INSERT` into `posts` that does not know `slug` fails afterwards
    ALTER TABLE posts VALIDATE CONSTRAINT slugged;
    ALTER TABLE posts ALTER COLUMN slug SET NOT NULL;
    ALTER TABLE tags ADD COLUMN key uuid;
    ALTER TABLE tags ADD PRIMARY KEY (key);
--                   ^^^^^^^^^^^^^^^^^^^^^ error: every `INSERT` into `tags` that does not know `key` fails afterwards
",
        );
    }

    #[test]
    fn filled_in_by_the_end_or_known_under_its_name() {
        check(
            &ADD_COLUMN_REQUIRED,
            "
-- file: 1_default.up.sql
    ALTER TABLE posts ADD a int, ADD b bigint, ADD c text;
    ALTER TABLE posts ALTER c SET DEFAULT '';
    ALTER TABLE posts ALTER a SET NOT NULL, ALTER b SET NOT NULL, ALTER c SET NOT NULL;
    ALTER TABLE posts ALTER a SET DEFAULT 0, ALTER b ADD GENERATED BY DEFAULT AS IDENTITY;
-- file: 2_trigger.up.sql
    ALTER TABLE posts ADD d text;
    ALTER TABLE posts ALTER d SET NOT NULL;
    CREATE TRIGGER fill BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION fill();
-- file: 3_function.up.sql
    CREATE OR REPLACE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.e := 1; RETURN NEW; END $$;
    ALTER TABLE posts ADD e int;
    ALTER TABLE posts ALTER e SET NOT NULL;
-- file: 4_swap.up.sql
    ALTER TABLE posts ADD id_new bigint;
    ALTER TABLE posts ALTER id_new SET NOT NULL;
    ALTER TABLE posts DROP COLUMN id;
    ALTER TABLE posts RENAME id_new TO id;
-- file: 5_retyped.up.sql
    ALTER TABLE posts DROP COLUMN state;
    ALTER TABLE posts ADD state int;
    ALTER TABLE posts ALTER state SET NOT NULL;
-- file: 6_later.up.sql
    ALTER TABLE posts ADD g text;
    ALTER TABLE posts ADD CONSTRAINT g CHECK (g <> '') NOT VALID, ADD CONSTRAINT h CHECK (g IS NOT NULL) NOT ENFORCED;
-- file: 7_later.up.sql
    ALTER TABLE posts ALTER g SET NOT NULL;
",
        );
    }
}
