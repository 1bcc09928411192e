//! A column gets a type that cannot hold all its values.

use std::collections::HashSet;

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    name::{Ident, ObjectName, series},
    split, type_change,
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER COLUMN … TYPE` to a type that cannot hold every value of the old one: `bigint` to `integer`, `text`
    /// to `varchar(n)`, a smaller `numeric`, `timestamptz` to `timestamp` or `date`, `json` to `text`, `text` to an enum, an
    /// enum to one that lacks some of its labels. The old type must be known from an earlier migration. Labels are silent
    /// for which `USING`, or an `UPDATE` or `DELETE` before it, asks.
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
        column,
        data_type,
        using,
        ..
    } = &alter.clause
    else {
        return;
    };
    let table = &alter.table;
    let Some(known) = context.catalog.column(table, column) else {
        return;
    };
    if !context.may_hold_rows(table) || context.is_new_column(table, column) {
        return;
    }
    let using = using.as_ref();
    let using = using.map_or("", |using| context.migration.up.slice(using.span));
    let (loss, help) = if let Some(labels) = context.catalog.labels(data_type) {
        let Some(loss) = refused(context, table, column, labels, using) else {
            return;
        };
        (
            loss,
            "give such rows one of its labels first, in the same transaction or in `USING CASE …`",
        )
    } else if let Some(loss) = type_change::loses(&known.data_type, data_type, context.catalog) {
        (
            loss.to_owned(),
            "keep the type and bound the values by a `CHECK … NOT VALID`, or write them to a new column first",
        )
    } else {
        return;
    };
    found.push(
        Finding::new(
            &COLUMN_TYPE_NARROWED,
            step.span,
            format!("not every value of `{table}.{column}` survives: {loss}"),
        )
        .label(format!("from `{}` to `{data_type}`", known.data_type))
        .help(help),
    );
}

/// The values that an enum with these labels refuses and the column may hold, those left out that the migration sees to.
fn refused(
    context: &Context<'_>,
    table: &ObjectName,
    column: &Ident,
    labels: &[String],
    using: &str,
) -> Option<String> {
    let known = context.catalog.column(table, column)?;
    let changes = || earlier_changes(context, table, column);
    let Some(held) = context.catalog.labels_of(known) else {
        let converts = using.to_ascii_lowercase().contains("case");
        let is_text = type_change::is_text(&known.data_type.name);
        let is_open = is_text && !converts && changes().next().is_none();
        return is_open.then(|| "values that are none of its labels are refused".to_owned());
    };
    let labels: HashSet<&String> = labels.iter().collect();
    let mut gone = held
        .iter()
        .filter(|label| !labels.contains(label))
        .filter(|label| {
            let literal = format!("'{}'", label.replace('\'', "''"));
            let sees_to = |text: &str| text.contains(&literal) || asks_for_others(text);
            !using.contains(&literal) && !changes().any(sees_to)
        })
        .peekable();
    gone.peek()?;
    let gone = series(gone.map(|label| format!("'{label}'")));
    Some(format!("rows that hold {gone} are refused"))
}

/// The texts of each `UPDATE` and `DELETE` of the table that the migration runs before and that names the column.
fn earlier_changes<'a>(
    context: &Context<'a>,
    table: &ObjectName,
    column: &Ident,
) -> impl Iterator<Item = &'a str> {
    let migration = context.migration;
    let earlier = migration.steps[..context.index].iter();
    earlier.filter_map(move |step| {
        let changed = match &step.action {
            Action::Update(update) => &update.table,
            Action::Delete(delete) => &delete.table,
            _ => return None,
        };
        let text = migration
            .up
            .slice(migration.statements[step.statement].span);
        let is_about = changed.name() == table.name() && split::mentions(text, &column.value);
        is_about.then_some(text)
    })
}

/// Whether a condition picks the rows that hold none of some values: which ones these are, it does not say.
fn asks_for_others(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["<>", "!=", "not in"].iter().any(|no| text.contains(no))
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

    #[test]
    fn enums() {
        check(
            &COLUMN_TYPE_NARROWED,
            "
-- file: 1_users.up.sql
    CREATE TYPE plan AS ENUM ('free', 'trial', 'paid');
    ALTER TYPE plan ADD VALUE 'gone';
    CREATE TABLE users (id bigint, plan plan, other plan[], note text);
    CREATE TABLE teams (id bigint, plan plan);
-- file: 2_replace.up.sql
    ALTER TYPE plan RENAME TO plan_old;
    CREATE TYPE plan AS ENUM ('free', 'paid');
    UPDATE users SET plan = 'free' WHERE plan = 'gone';
    ALTER TABLE users ALTER plan TYPE plan USING plan::text::plan;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: not every value of `users.plan` survives: rows that hold 'trial' are refused
    ALTER TABLE teams ALTER plan TYPE plan USING plan::text::plan;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: not every value of `teams.plan` survives: rows that hold 'trial' and 'gone' are refused
    ALTER TABLE users ALTER note TYPE plan USING note::plan;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: not every value of `users.note` survives: values that are none of its labels are refused
    ALTER TABLE users ADD COLUMN new_note text;
    ALTER TABLE users ALTER new_note TYPE plan USING new_note::plan;
-- file: 3_again.up.sql
    CREATE TYPE plan_new AS ENUM ('free', 'basic');
    ALTER TABLE users ALTER plan TYPE plan_new USING (CASE plan WHEN 'paid' THEN 'basic' ELSE plan::text END)::plan_new;
    UPDATE teams SET plan = 'free' WHERE plan IN ('paid');
    ALTER TABLE teams ALTER plan TYPE plan_new USING plan::text::plan_new;
    DROP TYPE plan;
    ALTER TYPE plan_new RENAME TO plan;
-- file: 4_by_text.up.sql
    ALTER TABLE users ALTER plan TYPE text;
    DROP TYPE plan;
    CREATE TYPE plan AS ENUM ('free', 'basic', 'paid');
    ALTER TABLE users ALTER plan TYPE plan USING plan::plan;
    ALTER TYPE plan RENAME VALUE 'paid' TO 'full';
-- file: 5_others.up.sql
    DELETE FROM teams WHERE plan <> 'free';
    ALTER TYPE plan RENAME TO plan_old;
    CREATE TYPE plan AS ENUM ('free', 'basic', 'full');
    ALTER TABLE teams ALTER plan TYPE plan USING plan::text::plan;
    ALTER TABLE users ALTER plan TYPE plan USING plan::text::plan;
    UPDATE users SET note = lower(note);
    ALTER TABLE users ALTER note TYPE plan USING note::plan;
-- file: 6_less.up.sql
    ALTER TABLE users ALTER plan TYPE text;
    DROP TYPE plan;
    CREATE TYPE plan AS ENUM ('free', 'basic');
    ALTER TABLE users ALTER plan TYPE plan USING plan::plan;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: not every value of `users.plan` survives: rows that hold 'full' are refused
",
        );
    }
}
