//! Rows are moved in the transaction that also alters a table.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, Expr, ObjectKind},
    declare_rule,
    name::ObjectName,
    rules::blocking::narrow::{is_narrow, is_point},
};

declare_rule! {
    /// ## What it does
    /// Flags an `UPDATE`, a `DELETE` of all rows, or an `INSERT … SELECT` from an existing table, in a migration that
    /// also alters an existing table. An `UPDATE` by one value, such as `id = 5`, is silent, unless it comes behind the
    /// `ALTER TABLE` and no index leads with the column, so that Postgres reads the whole table to find the rows.
    ///
    /// ## Why is this bad?
    /// The lock of the `ALTER TABLE` is held until the commit, so everybody waits until the last row is moved. Where
    /// the rows are moved first, the locks of all these rows are held while the `ALTER TABLE` waits for its own; where they
    /// are only copied, what others write to the table until it has its lock is missing from the copy.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_lower_name.up.sql
    /// ALTER TABLE users ADD COLUMN lower_name text;
    /// UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
    /// ```
    ///
    /// ## Safer way
    /// Move rows in a migration of their own, or better by a job, in batches that commit one by one.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_lower_name.up.sql
    /// ALTER TABLE users ADD COLUMN lower_name text;
    /// -- file: 3_fill.up.sql
    /// UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static BACKFILL_WITH_DDL = {
        name: "backfill-with-ddl",
        group: Blocking,
        summary: "rows moved in the transaction that also alters a table",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

/// What `INSERT … SELECT` does with the rows that it reads.
const COPIES: &str = "copies";

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if !context.migration.shares_transaction() {
        return;
    }
    let Some((at, altered)) = altered(context) else {
        return;
    };
    let behind = at < context.index;
    // Few rows stay locked where one value picks them, but others wait for the lock until they are found.
    let picks_few = |table: &ObjectName, filter: Option<&Expr>| match behind {
        true => is_narrow(context, table, filter),
        false => is_point(&context.migration.up, filter),
    };
    let (table, verb) = match &step.action {
        Action::Update(update) if !picks_few(&update.table, update.filter.as_ref()) => {
            (&update.table, "updates")
        }
        Action::Delete(delete)
            if !delete.filtered
                || delete.filter.is_some() && !picks_few(&delete.table, delete.filter.as_ref()) =>
        {
            (&delete.table, "deletes")
        }
        Action::Merge { table } => (table, "merges"),
        Action::Insert(insert) => {
            let Some(read) = insert.reads.iter().find(|read| context.is_shared(read)) else {
                return;
            };
            (read, COPIES)
        }
        _ => return,
    };
    if !context.is_shared(table) {
        return;
    }
    let message = if behind {
        format!("`{altered}` stays locked while this {verb} the rows of `{table}`")
    } else if verb == COPIES {
        // Who reads locks no row, so that others go on writing.
        if context.catalog.key(table) != context.catalog.key(altered) {
            return;
        }
        format!(
            "rows that others write to `{table}` are not copied once this has begun, up to the ALTER TABLE"
        )
    } else {
        format!(
            "the rows of `{table}` that this {verb} stay locked while `{altered}` is waited for and altered"
        )
    };
    found.push(
        Finding::new(&BACKFILL_WITH_DDL, step.span, message)
            .label("in one transaction with ALTER TABLE")
            .help("move rows in a migration of their own, or in batches by a job"),
    );
}

/// The first existing table that this migration alters in the transaction of the current step, before it or behind it, and
/// the step that does so.
pub(super) fn altered<'a>(context: &Context<'a>) -> Option<(usize, &'a ObjectName)> {
    let (outline, index) = (context.outline, context.index);
    outline.altered_with(index).find(|(_, table)| {
        let made_later = outline.is_created_after(index, ObjectKind::Table, table.name());
        !made_later && context.is_shared(table)
    })
}

#[cfg(test)]
mod tests {
    use super::BACKFILL_WITH_DDL;
    use crate::test_support::check;

    #[test]
    fn one_transaction() {
        check(
            &BACKFILL_WITH_DDL,
            "
    ALTER TABLE users ADD COLUMN lower_name text;
    UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this updates the rows of `users`
    CREATE TABLE teams (name text);
    INSERT INTO teams SELECT DISTINCT team FROM orders;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this copies the rows of `orders`
",
        );
    }

    #[test]
    fn before_the_table_is_altered() {
        check(
            &BACKFILL_WITH_DDL,
            "
    DELETE FROM orders WHERE user_id IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the rows of `orders` that this deletes stay locked while `orders` is waited for and altered
    ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL;
    COMMIT;
    UPDATE orders SET state = lower(state);
",
        );
    }

    #[test]
    fn rows_that_are_picked_by_value() {
        check(
            &BACKFILL_WITH_DDL,
            "
    ALTER TABLE users ADD COLUMN plan text;
    UPDATE users SET plan = 'a' WHERE users.id = 3;
    UPDATE users SET plan = 'b' WHERE plan IS NULL AND (name = 'x' OR name = 'y') AND id IN (4, '5'::bigint);
    DELETE FROM users u WHERE u.name = 'nobody';
    UPDATE users SET plan = 'c' WHERE id = 3 OR plan IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this updates the rows of `users`
    UPDATE users SET plan = 'd' WHERE id IN (SELECT user_id FROM orders);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this updates the rows of `users`
    DELETE FROM users WHERE plan = name;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `users` stays locked while this deletes the rows of `users`
",
        );
    }

    #[test]
    fn apart_new_or_a_single_row() {
        check(
            &BACKFILL_WITH_DDL,
            "
-- file: 1_add.up.sql
    ALTER TABLE users ADD COLUMN lower_name text;
    UPDATE settings SET value = '2' WHERE key = 'version';
    INSERT INTO settings VALUES ('a', 'b');
-- file: 2_fill.up.sql
    UPDATE users SET lower_name = lower(name) WHERE lower_name IS NULL;
    CREATE TABLE teams (name text);
    ALTER TABLE teams ADD COLUMN id bigint;
    UPDATE teams SET id = 1;
",
        );
    }

    #[test]
    fn a_value_that_no_index_leads_to() {
        check(
            &BACKFILL_WITH_DDL,
            "
-- file: 1_a.up.sql
    CREATE TABLE posts (id bigint PRIMARY KEY, slug text UNIQUE, kind text, day date, n int);
    CREATE INDEX posts_day ON posts (day, n);
    CREATE TABLE copies (LIKE posts INCLUDING ALL);
-- file: 2_b.up.sql
    DELETE FROM posts WHERE n = 0;
    ALTER TABLE posts ADD COLUMN plan text;
    UPDATE posts SET plan = 'a' WHERE kind = 'article';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `posts` stays locked while this updates the rows of `posts`
    DELETE FROM posts WHERE n IN (0, 1);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `posts` stays locked while this deletes the rows of `posts`
    UPDATE posts SET plan = 'b' WHERE id = 5;
    UPDATE posts SET plan = 'c' WHERE kind = 'article' AND slug = 'a';
    UPDATE posts p SET plan = 'd' WHERE p.day = '2020-01-01';
    UPDATE copies SET kind = 'x' WHERE slug = 'a';
    UPDATE others SET kind = 'x' WHERE slug = 'a';
",
        );
    }
}
