//! A column gets another name.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind, RenamePart},
    declare_rule,
    outline::Property,
    rules::compatibility::old_name,
};

declare_rule! {
    /// ## What it does
    /// Flags `RENAME COLUMN` on an existing table, view or composite type.
    ///
    /// ## Why is this bad?
    /// While a release goes out, old instances of the application run against the new schema. Each of their
    /// statements that names the column fails with `42703` from the commit on, and rolling the release back
    /// fails the same way.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users RENAME COLUMN name TO full_name;
    /// ```
    ///
    /// ## Safer way
    /// Add a new column, have the application write both, fill old rows in batches, read from the new one, and
    /// drop the old one in a later release. Or give the old name back in the same migration as a generated
    /// column, where old code only reads it.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users RENAME COLUMN name TO full_name;
    /// ALTER TABLE users ADD COLUMN name text GENERATED ALWAYS AS (full_name) STORED;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. A virtual generated column, Postgres 18, needs no rewrite.
    pub(crate) static RENAME_COLUMN = {
        name: "rename-column",
        group: Compatibility,
        summary: "a column that the running application no longer finds",
        level: Error,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Rename(rename) = &step.action else {
        return;
    };
    let (RenamePart::Column(column) | RenamePart::Attribute(column)) = &rename.part else {
        return;
    };
    let object = &rename.object;
    let own = if rename.kind == ObjectKind::Type {
        context.catalog.is_object_new(rename.kind, object, None)
    } else {
        !context.is_shared(object) || context.is_new_column(object, column)
    };
    // A view under the table's old name may well keep the column's.
    if own
        || context.is_given_after(object, Property::Column, column)
        || old_name::is_viewed(context, object)
        || old_name::takes_a_freed_name(context, rename)
    {
        return;
    }
    found.push(
        Finding::new(
            &RENAME_COLUMN,
            step.span,
            format!(
                "the application that still runs asks `{object}` for `{column}` and gets an error"
            ),
        )
        .label(format!("`{column}` is gone, there is `{}` now", rename.to))
        .help("add a new column, write both, and drop the old one when nothing uses it"),
    );
}

#[cfg(test)]
mod tests {
    use super::RENAME_COLUMN;
    use crate::test_support::check;

    #[test]
    fn existing_columns() {
        check(
            &RENAME_COLUMN,
            "
    ALTER TABLE users RENAME name TO full_name;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^ error: the application that still runs asks `users` for `name` and gets an error
    ALTER TYPE address RENAME ATTRIBUTE street TO line;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the application that still runs asks `address` for `street` and gets an error
",
        );
    }

    #[test]
    fn the_old_name_is_there_again() {
        check(
            &RENAME_COLUMN,
            "
    ALTER TABLE users RENAME COLUMN name TO full_name;
    ALTER TABLE users ADD COLUMN name text GENERATED ALWAYS AS (full_name) STORED;
    ALTER TABLE logs RENAME COLUMN at TO at_old;
    ALTER TABLE logs RENAME COLUMN at_new TO at;
",
        );
    }

    #[test]
    fn nobody_knows_the_old_name() {
        check(
            &RENAME_COLUMN,
            "
    ALTER TABLE users ADD COLUMN nick text;
    ALTER TABLE users RENAME COLUMN nick TO handle;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams RENAME id TO team_id;
    ALTER TABLE users RENAME CONSTRAINT a TO b;
",
        );
    }
}
