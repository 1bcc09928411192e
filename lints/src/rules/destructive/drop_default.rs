//! The default of a column is dropped.

use std::cmp::Ordering;

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    outline::Property,
    rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP DEFAULT` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// An `INSERT` that leaves the column out writes null from the commit on, or fails where the column is `NOT
    /// NULL`. The version of the application that still runs may well leave it out.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_drop_default.up.sql
    /// ALTER TABLE users ALTER COLUMN age DROP DEFAULT;
    /// ```
    ///
    /// ## Safer way
    /// Release an application that always writes the column first. To change a default, set the new one.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_change_default.up.sql
    /// ALTER TABLE users ALTER COLUMN age SET DEFAULT 21;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_DEFAULT = {
        name: "drop-default",
        group: Destructive,
        summary: "the default of a column is dropped",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::DropDefault(column) = &alter.clause else {
        return;
    };
    let table = &alter.table;
    let again = [Property::Default, Property::Identity]
        .into_iter()
        .any(|property| context.is_given_after(table, property, column));
    if again || !context.is_shared(table) || dropped::goes_later(context, table, column) {
        return;
    }
    let given = |property| {
        let (outline, name) = (context.outline, &column.value);
        outline.given_after(context.index, table, property, name)
    };
    let (required, nullable) = (given(Property::NotNull), given(Property::Nullable));
    let known = context.catalog.column(table, column);
    let not_null = match required.cmp(&nullable) {
        Ordering::Greater => Some(true),
        Ordering::Less => Some(false),
        Ordering::Equal => known.map(|known| known.not_null),
    };
    let does = match not_null {
        Some(true) => "fails",
        Some(false) => "writes null",
        None => "writes null or fails",
    };
    found.push(
        Finding::new(
            &DROP_DEFAULT,
            step.span,
            format!("an `INSERT` into `{table}` that leaves out `{column}` {does} from now on"),
        )
        .label("no default is set again in this file")
        .help("release an application that always writes the column first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_DEFAULT;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &DROP_DEFAULT,
            "
    ALTER TABLE users ALTER COLUMN age DROP DEFAULT;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: an `INSERT` into `users` that leaves out `age` writes null or fails from now on
",
        );
    }

    #[test]
    fn whether_it_may_be_null_in_the_end() {
        check(
            &DROP_DEFAULT,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (age int NOT NULL DEFAULT 1, plan text NOT NULL DEFAULT '', note text DEFAULT '', gone text DEFAULT '');
-- file: 2_users.up.sql
    ALTER TABLE users ALTER age DROP DEFAULT, ALTER plan DROP DEFAULT;
--                    ^^^^^^^^^^^^^^^^^^^^^^ warning: an `INSERT` into `users` that leaves out `age` writes null from now on
--                                            ^^^^^^^^^^^^^^^^^^^^^^^ warning: an `INSERT` into `users` that leaves out `plan` fails from now on
    ALTER TABLE users ALTER age DROP NOT NULL, ALTER plan DROP NOT NULL, ALTER plan SET NOT NULL;
    ALTER TABLE users ALTER note DROP DEFAULT, ALTER note SET NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^ warning: an `INSERT` into `users` that leaves out `note` fails from now on
    ALTER TABLE users ALTER gone DROP DEFAULT, DROP gone;
",
        );
    }

    #[test]
    fn a_column_of_the_same_migration() {
        check(
            &DROP_DEFAULT,
            "
    ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free', ADD COLUMN note text DEFAULT '';
    ALTER TABLE users ALTER plan DROP DEFAULT, ALTER note DROP DEFAULT;
--                    ^^^^^^^^^^^^^^^^^^^^^^^ warning: an `INSERT` into `users` that leaves out `plan` fails from now on
--                                             ^^^^^^^^^^^^^^^^^^^^^^^ warning: an `INSERT` into `users` that leaves out `note` writes null from now on
",
        );
    }

    #[test]
    fn one_that_is_set_again_and_a_new_table() {
        check(
            &DROP_DEFAULT,
            "
    ALTER TABLE users ALTER age DROP DEFAULT, ALTER age TYPE bigint, ALTER age SET DEFAULT 21;
    ALTER TABLE users ALTER id DROP DEFAULT, ALTER id ADD GENERATED BY DEFAULT AS IDENTITY;
    CREATE TABLE teams (id bigint DEFAULT 1);
    ALTER TABLE teams ALTER id DROP DEFAULT;
",
        );
    }
}
