//! The default of a column is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    outline::Property,
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
    let again = context.is_given_after(table, Property::Default, column);
    if again || !context.is_shared(table) {
        return;
    }
    found.push(
        Finding::new(
            &DROP_DEFAULT,
            step.span,
            format!("an `INSERT` into `{table}` that leaves out `{column}` writes null or fails from now on"),
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
    fn one_that_is_set_again_and_a_new_table() {
        check(
            &DROP_DEFAULT,
            "
    ALTER TABLE users ALTER age DROP DEFAULT, ALTER age TYPE bigint, ALTER age SET DEFAULT 21;
    CREATE TABLE teams (id bigint DEFAULT 1);
    ALTER TABLE teams ALTER id DROP DEFAULT;
",
        );
    }
}
