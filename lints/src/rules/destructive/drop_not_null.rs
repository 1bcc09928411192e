//! A column may be null from now on.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    outline::Property,
    rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP NOT NULL` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// Nulls come in from the commit on. Code that reads the column as if it had a value fails at the first one, and
    /// `NOT NULL` can only come back after each null was found and replaced, with a scan of the table.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_drop_not_null.up.sql
    /// ALTER TABLE users ALTER COLUMN age DROP NOT NULL;
    /// ```
    ///
    /// ## Safer way
    /// Release an application that reads nulls first, on every path. If the column is on its way out, give it a
    /// default instead: old and new code can both write rows then.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_default.up.sql
    /// ALTER TABLE users ALTER COLUMN age SET DEFAULT 0;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_NOT_NULL = {
        name: "drop-not-null",
        group: Destructive,
        summary: "a column may become null",
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
    let AlterClause::DropNotNull(column) = &alter.clause else {
        return;
    };
    let table = &alter.table;
    let again = context.is_given_after(table, Property::NotNull, column);
    if again || !context.is_shared(table) || dropped::goes_later(context, table, column) {
        return;
    }
    found.push(
        Finding::new(
            &DROP_NOT_NULL,
            step.span,
            format!(
                "`{table}.{column}` may hold nulls from now on, which running code does not expect"
            ),
        )
        .label("not set again in this file")
        .help("release an application that reads nulls first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_NOT_NULL;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &DROP_NOT_NULL,
            "
    ALTER TABLE users ALTER age DROP NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^ warning: `users.age` may hold nulls from now on, which running code does not expect
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &DROP_NOT_NULL,
            "
    CREATE TABLE teams (id bigint NOT NULL);
    ALTER TABLE teams ALTER id DROP NOT NULL;
    ALTER TABLE users ALTER age DROP DEFAULT;
    ALTER TABLE users ALTER fax DROP NOT NULL, DROP COLUMN fax;
",
        );
    }
}
