//! A primary key over an index has to look for nulls first.

use crate::{
    Check, Context, Finding, Span, Step,
    action::{Action, AlterClause, ConstraintKind},
    declare_rule,
    name::{Ident, ObjectName},
    rules::blocking::altered::holds_up,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD PRIMARY KEY USING INDEX` over columns that may be null, as far as the migrations show.
    ///
    /// ## Why is this bad?
    /// A primary key makes its columns `NOT NULL`, and Postgres reads the whole table under `ACCESS EXCLUSIVE` to see
    /// that they are: the scan that the prepared index was to avoid. Everybody who comes later queues behind it, and
    /// the lock is kept until the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint);
    /// CREATE UNIQUE INDEX users_pkey ON users (id);
    /// -- file: 2_key.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;
    /// ```
    ///
    /// ## Safer way
    /// Make the columns `NOT NULL` before, by way of a check that is validated without blocking anybody.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint);
    /// CREATE UNIQUE INDEX users_pkey ON users (id);
    /// ALTER TABLE users ADD CONSTRAINT id_set CHECK (id IS NOT NULL) NOT VALID;
    /// -- file: 2_validate.up.sql
    /// ALTER TABLE users VALIDATE CONSTRAINT id_set;
    /// -- file: 3_not_null.up.sql
    /// ALTER TABLE users ALTER COLUMN id SET NOT NULL;
    /// -- file: 4_key.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static PRIMARY_KEY_NULLABLE_COLUMNS = {
        name: "primary-key-nullable-columns",
        group: Blocking,
        summary: "a primary key that scans for nulls",
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
    let AlterClause::AddConstraint(constraint) = &alter.clause else {
        return;
    };
    let ConstraintKind::PrimaryKey {
        using_index: Some(index),
        ..
    } = &constraint.kind
    else {
        return;
    };
    let table = &alter.table;
    let index = ObjectName::new(table.schema.clone(), index.clone());
    let Some(known) = context.catalog.index(&index) else {
        return;
    };
    let nullable: Vec<String> = known
        .columns
        .iter()
        .filter(|column| {
            let column = Ident::new(column.as_str(), Span::default());
            context.catalog.column(table, &column).is_some()
                && !context.catalog.is_proven_not_null(table, &column)
        })
        .map(|column| format!("`{column}`"))
        .collect();
    if nullable.is_empty() || !context.may_hold_rows(table) {
        return;
    }
    let nullable = nullable.join(", ");
    found.push(
        holds_up(
            &PRIMARY_KEY_NULLABLE_COLUMNS,
            context,
            step,
            table,
            format!("until {nullable} is known to hold no null: a scan of the whole table"),
        )
        .help("prove it before: `CHECK (… IS NOT NULL) NOT VALID`, validate, `SET NOT NULL`"),
    );
}

#[cfg(test)]
mod tests {
    use super::PRIMARY_KEY_NULLABLE_COLUMNS;
    use crate::test_support::check;

    #[test]
    fn nullable_columns() {
        check(
            &PRIMARY_KEY_NULLABLE_COLUMNS,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (id bigint, region text NOT NULL);
    CREATE UNIQUE INDEX users_pkey ON users (id, region);
-- file: 2_key.up.sql
    ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait until `id` is known to hold no null: a scan of the whole table
",
        );
    }

    #[test]
    fn columns_that_hold_no_null_or_are_not_known() {
        check(
            &PRIMARY_KEY_NULLABLE_COLUMNS,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (id bigint NOT NULL);
    CREATE UNIQUE INDEX users_pkey ON users (id);
-- file: 2_key.up.sql
    ALTER TABLE users ADD PRIMARY KEY USING INDEX users_pkey;
    ALTER TABLE legacy ADD PRIMARY KEY USING INDEX legacy_key;
",
        );
    }
}
