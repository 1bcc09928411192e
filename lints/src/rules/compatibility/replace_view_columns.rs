//! A view loses columns or changes their types.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, CreateDetail, IfExists},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags a view that is created again, after a `DROP` in the same migration or with `OR REPLACE`, without
    /// a column that it had, with its columns in another order, or with another type where the types can be told: of casts
    /// and of plain columns of the only table.
    ///
    /// ## Why is this bad?
    /// `CREATE OR REPLACE VIEW` may only add columns at the end: Postgres refuses the rest with `42P16`.
    /// Dropping it first gets around that, but the application that still runs asks for the column that is
    /// gone, and views and functions over it are lost with `CASCADE`.
    ///
    /// ```sql,bad
    /// -- file: 1_view.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, mail text);
    /// CREATE VIEW people AS SELECT id, name, mail FROM users;
    /// -- file: 2_view.up.sql
    /// CREATE OR REPLACE VIEW people AS SELECT id, name FROM users;
    /// ```
    ///
    /// ## Safer way
    /// Add columns at the end and keep the others until nothing asks for them. Or create a second view under a
    /// new name.
    ///
    /// ```sql,good
    /// -- file: 1_view.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, mail text);
    /// CREATE VIEW people AS SELECT id, name FROM users;
    /// -- file: 2_view.up.sql
    /// CREATE OR REPLACE VIEW people AS SELECT id, name, mail FROM users;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static REPLACE_VIEW_COLUMNS = {
        name: "replace-view-columns",
        group: Compatibility,
        summary: "a view that is made anew without columns that it had, or with other types",
        level: Warning,
        refused: ["42P16"],
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateObject(create) = &step.action else {
        return;
    };
    let CreateDetail::View {
        columns: Some(columns),
        ..
    } = &create.detail
    else {
        return;
    };
    let view = &create.name;
    let Some(before) = context.catalog.view_columns(view) else {
        return;
    };
    if context.catalog.is_new(view) {
        return;
    }
    let stands = context.catalog.relation(view).is_some();
    let keeps_names = before.len() <= columns.len()
        && before
            .iter()
            .zip(columns)
            .all(|((old, _), new)| *old == new.name);
    let gone: Vec<&str> = before
        .iter()
        .filter(|(old, _)| columns.iter().all(|new| new.name != *old))
        .map(|(old, _)| old.as_str())
        .collect();
    let retyped = before.iter().find_map(|(name, old)| {
        let new = columns.iter().find(|new| new.name == *name)?;
        let new = context.catalog.view_column_type(new)?;
        let old = old.as_ref().filter(|old| **old != new)?;
        Some((name, old, new))
    });
    let message = match (gone.as_slice(), &retyped) {
        _ if stands && create.if_exists == IfExists::Replace && !keeps_names => format!(
            "Postgres refuses this: `{view}` keeps its columns in their order, new ones come at the end"
        ),
        ([], Some((name, old, new))) if stands && create.if_exists == IfExists::Replace => format!(
            "Postgres refuses this: column `{name}` of `{view}` is `{old}` and cannot become `{new}`"
        ),
        ([], Some((name, old, new))) => format!(
            "the application that still runs gets `{new}` for `{name}` of view `{view}`, and expects `{old}`"
        ),
        // In another order they are found by name all the same.
        ([], None) => return,
        (gone, _) => format!(
            "the application that still runs asks view `{view}` for `{}` and gets an error",
            gone.join("`, `")
        ),
    };
    let had: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
    found.push(
        Finding::new(&REPLACE_VIEW_COLUMNS, step.span, message)
            .label(format!("it had the columns {}", had.join(", ")))
            .help(
                "keep its columns and add new ones at the end, or create a view under a new name",
            ),
    );
}

#[cfg(test)]
mod tests {
    use super::REPLACE_VIEW_COLUMNS;
    use crate::test_support::check;

    #[test]
    fn columns_that_go() {
        check(
            &REPLACE_VIEW_COLUMNS,
            "
-- file: 1_a.up.sql
    CREATE VIEW people AS SELECT id, name, mail FROM users;
    CREATE VIEW teams AS SELECT id, name FROM team;
-- file: 2_b.up.sql
    CREATE OR REPLACE VIEW people AS SELECT id, mail FROM users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: Postgres refuses this: `people` keeps its columns in their order, new ones come at the end
    DROP VIEW teams;
    CREATE VIEW teams AS SELECT id FROM team;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the application that still runs asks view `teams` for `name` and gets an error
",
        );
    }

    #[test]
    fn columns_of_another_type() {
        check(
            &REPLACE_VIEW_COLUMNS,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id serial, name varchar(20), age int);
    CREATE VIEW people AS SELECT id, name, age::int FROM users;
    CREATE VIEW names (a, b) AS SELECT name, age FROM users;
-- file: 2_b.up.sql
    CREATE OR REPLACE VIEW people AS SELECT id::bigint, name, age::int FROM users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: Postgres refuses this: column `id` of `people` is `integer` and cannot become `bigint`
    DROP VIEW names;
    CREATE VIEW names (a, b) AS SELECT name::text, age FROM users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the application that still runs gets `text` for `a` of view `names`, and expects `character varying(20)`
-- file: 3_same.up.sql
    CREATE OR REPLACE VIEW people AS SELECT id::bigint, name, users.age, lower(name) AS lower_name FROM users;
    ALTER VIEW people RENAME COLUMN age TO years;
    ALTER VIEW people RENAME TO persons;
-- file: 4_renamed.up.sql
    CREATE OR REPLACE VIEW persons AS SELECT id::bigint, name, age AS years, lower(name) AS lower_name FROM users;
    CREATE OR REPLACE VIEW persons AS SELECT id::bigint, name, age FROM users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: Postgres refuses this: `persons` keeps its columns in their order, new ones come at the end
",
        );
    }

    #[test]
    fn columns_that_come_or_are_not_known() {
        check(
            &REPLACE_VIEW_COLUMNS,
            "
-- file: 1_a.up.sql
    CREATE VIEW people AS SELECT id, name FROM users;
    CREATE VIEW teams AS SELECT id, name FROM team;
    CREATE VIEW other AS SELECT * FROM team;
-- file: 2_b.up.sql
    CREATE OR REPLACE VIEW people AS SELECT u.id, u.name, 1 AS one FROM users u;
    DROP VIEW teams;
    CREATE VIEW teams AS SELECT name, id FROM team;
    CREATE OR REPLACE VIEW other AS SELECT id FROM team;
",
        );
    }
}
