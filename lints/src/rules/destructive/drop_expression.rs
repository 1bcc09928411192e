//! A generated column becomes an ordinary one.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP EXPRESSION` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The column keeps its values and stops following the columns that it was computed from: from the commit on it
    /// is as stale as its last write, and readers cannot tell.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_drop_expression.up.sql
    /// ALTER TABLE users ALTER COLUMN next DROP EXPRESSION;
    /// ```
    ///
    /// ## Safer way
    /// Let the application, or a trigger of the same migration, write the column from now on, and say so beside it.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, age int NOT NULL DEFAULT 18 CONSTRAINT users_age_check CHECK (age > 0), next int GENERATED ALWAYS AS (age + 1) STORED);
    /// -- file: 2_drop_expression.up.sql
    /// -- rehearsal: allow(drop-expression): the application writes the column since release 41
    /// ALTER TABLE users ALTER COLUMN next DROP EXPRESSION IF EXISTS;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 13 and later. Not for virtual columns (18), which hold no values.
    pub(crate) static DROP_EXPRESSION = {
        name: "drop-expression",
        group: Destructive,
        summary: "a generated column stops following its sources",
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
    let AlterClause::DropExpression { column, .. } = &alter.clause else {
        return;
    };
    let table = &alter.table;
    if !context.is_shared(table) {
        return;
    }
    found.push(
        Finding::new(
            &DROP_EXPRESSION,
            step.span,
            format!("`{table}.{column}` no longer follows the columns that it was computed from"),
        )
        .label("its values stay as they are")
        .help("let something else write the column from now on"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_EXPRESSION;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &DROP_EXPRESSION,
            "
    ALTER TABLE users ALTER next DROP EXPRESSION;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `users.next` no longer follows the columns that it was computed from
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &DROP_EXPRESSION,
            "
    CREATE TABLE teams (a int, b int GENERATED ALWAYS AS (a) STORED);
    ALTER TABLE teams ALTER b DROP EXPRESSION;
",
        );
    }
}
