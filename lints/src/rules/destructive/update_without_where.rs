//! Every row of a table is updated.

use crate::{Check, Context, Finding, Step, action::Action, catalog::Origin, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `UPDATE` without `WHERE` on a table that this migration did not create, also inside a `WITH`. Filling columns
    /// that the same migration adds is silent: they held nothing before.
    ///
    /// ## Why is this bad?
    /// The old values of every row are gone. Often the condition was forgotten; where it was not, the statement writes each
    /// row once more, fires each trigger, and holds every row's lock until the commit.
    ///
    /// ```sql,bad
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY, state text);
    /// -- file: 2_sessions.up.sql
    /// UPDATE sessions SET state = 'closed';
    /// ```
    ///
    /// ## Safer way
    /// Say which rows: a condition also makes a second run harmless and lets a job do the work in batches. Where every
    /// row is meant, say so beside the statement.
    ///
    /// ```sql,good
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY, state text);
    /// -- file: 2_sessions.up.sql
    /// UPDATE sessions SET state = 'closed' WHERE state = 'gone';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UPDATE_WITHOUT_WHERE = {
        name: "update-without-where",
        group: Destructive,
        summary: "all rows of a table are overwritten",
        level: Error,
        loses: Values,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Update(update) = &step.action else {
        return;
    };
    let table = &update.table;
    if update.filtered || !context.is_shared(table) {
        return;
    }
    let only_new_columns = update.assignments.iter().all(|assignment| {
        let column = context.catalog.column(&update.table, &assignment.column);
        column.is_some_and(|column| column.origin == Origin::Here)
    });
    if only_new_columns && !update.assignments.is_empty() {
        return;
    }
    let columns: Vec<String> = update
        .assignments
        .iter()
        .map(|assignment| format!("`{}`", assignment.column))
        .collect();
    let columns = columns.join(", ");
    found.push(
        Finding::new(
            &UPDATE_WITHOUT_WHERE,
            step.span,
            format!("the old values of {columns} in every row of `{table}` are lost"),
        )
        .label("no WHERE")
        .help("say with `WHERE` which rows are meant"),
    );
}

#[cfg(test)]
mod tests {
    use super::UPDATE_WITHOUT_WHERE;
    use crate::test_support::check;

    #[test]
    fn all_rows_of_an_existing_table() {
        check(
            &UPDATE_WITHOUT_WHERE,
            "
    UPDATE users SET plan = 'free';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the old values of `plan` in every row of `users` are lost
",
        );
    }

    #[test]
    fn some_rows_a_new_table_or_new_columns() {
        check(
            &UPDATE_WITHOUT_WHERE,
            "
    CREATE TABLE teams (id bigint, plan text);
    UPDATE teams SET plan = 'free';
    UPDATE users SET plan = 'free' WHERE plan = 'none';
    ALTER TABLE users ADD COLUMN nick text;
    UPDATE users SET nick = name;
",
        );
    }
}
