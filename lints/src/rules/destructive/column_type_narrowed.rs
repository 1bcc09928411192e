//! A column gets a type that cannot hold all its values.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule, type_change,
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER COLUMN … TYPE` to a type that cannot hold every value of the old one: `bigint` to `integer`, `text`
    /// to `varchar(n)`, a smaller `numeric`, `timestamptz` to `timestamp` or `date`, `json` to `text`. The old type must
    /// be known from an earlier migration.
    ///
    /// ## Why is this bad?
    /// Either a value on production does not fit and the migration fails there, after minutes of rewriting, or it is cut
    /// to fit: time zones, fractions and digits are gone for good.
    ///
    /// ```sql,bad
    /// -- file: 1_orders.up.sql
    /// CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(12,2));
    /// -- file: 2_amount.up.sql
    /// ALTER TABLE orders ALTER COLUMN amount TYPE numeric(8,2);
    /// ```
    ///
    /// ## Safer way
    /// Keep the type and bound the values by a `CHECK … NOT VALID` that is validated later: it can be dropped again, and
    /// rewrites nothing.
    ///
    /// ```sql,good
    /// -- file: 1_orders.up.sql
    /// CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(12,2));
    /// -- file: 2_amount.up.sql
    /// ALTER TABLE orders ADD CONSTRAINT amount_in_bounds CHECK (amount < 1000000) NOT VALID;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static COLUMN_TYPE_NARROWED = {
        name: "column-type-narrowed",
        group: Destructive,
        summary: "a type change that loses or refuses values",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::ColumnType {
        column, data_type, ..
    } = &alter.clause
    else {
        return;
    };
    let table = &alter.table;
    let Some(known) = context.catalog.column(table, column) else {
        return;
    };
    if !context.may_hold_rows(table) {
        return;
    }
    let Some(loss) = type_change::loses(&known.data_type, data_type, context.catalog) else {
        return;
    };
    found.push(
        Finding::new(
            &COLUMN_TYPE_NARROWED,
            step.span,
            format!("not every value of `{table}.{column}` survives: {loss}"),
        )
        .label(format!("from `{}` to `{data_type}`", known.data_type))
        .help("keep the type and bound the values by a `CHECK … NOT VALID`, or write them to a new column first"),
    );
}

#[cfg(test)]
mod tests {
    use super::COLUMN_TYPE_NARROWED;
    use crate::test_support::check;

    #[test]
    fn known_old_types() {
        check(
            &COLUMN_TYPE_NARROWED,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (id bigint, name text, seen timestamptz);
-- file: 2_narrow.up.sql
    ALTER TABLE users
        ALTER COLUMN id TYPE int,
--      ^^^^^^^^^^^^^^^^^^^^^^^^ error: not every value of `users.id` survives: numbers out of its range are refused
        ALTER name TYPE varchar(20),
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: not every value of `users.name` survives: longer values are refused
        ALTER seen TYPE date;
--      ^^^^^^^^^^^^^^^^^^^^ error: not every value of `users.seen` survives: the time of day is lost
",
        );
    }

    #[test]
    fn wider_unknown_and_new() {
        check(
            &COLUMN_TYPE_NARROWED,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (id integer, name varchar(20));
-- file: 2_widen.up.sql
    ALTER TABLE users ALTER id TYPE bigint, ALTER name TYPE text;
    ALTER TABLE legacy ALTER code TYPE int;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ALTER id TYPE int;
",
        );
    }
}
