//! One transaction locks several tables.

use crate::{
    Check, Context, Finding, LockMode,
    action::{Action, Transaction},
    declare_rule, lock,
    name::ObjectName,
    rules::blocking::lock_window::is_index_drop,
};

declare_rule! {
    /// ## What it does
    /// Flags the first statement that takes `SHARE` or a stronger lock on an existing table while the same transaction
    /// holds such a lock on another one. Tables that one statement locks together, such as both sides of a foreign key,
    /// are silent.
    ///
    /// ## Why is this bad?
    /// The first table stays locked while the migration waits for the second. A transaction of the application that has
    /// used the second and now needs the first waits for the migration, and the migration for it: Postgres ends one of
    /// them after `deadlock_timeout`. Where it does not come to that, the outage covers both tables.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// CREATE TABLE orders (id bigint PRIMARY KEY);
    /// -- file: 2_both.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// ALTER TABLE orders ADD COLUMN note text;
    /// ```
    ///
    /// ## Safer way
    /// Change each table in a migration of its own: the lock on the first is released before the second is asked for.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// CREATE TABLE orders (id bigint PRIMARY KEY);
    /// -- file: 2_users.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// -- file: 3_orders.up.sql
    /// ALTER TABLE orders ADD COLUMN note text;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SEVERAL_TABLES_LOCKED = {
        name: "several-tables-locked",
        group: Blocking,
        summary: "strong locks on several existing tables in one transaction",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    if !context.migration.shares_transaction() {
        return;
    }
    let mut first: Option<ObjectName> = None;
    for step in &context.migration.steps {
        if let Action::Transaction(Transaction::Commit | Transaction::Rollback) = step.action {
            first = None;
        }
        // Which table a dropped index belonged to is not known at the end.
        if is_index_drop(&step.action) {
            continue;
        }
        let locks = lock::locks(&step.action, context.catalog);
        let strong = locks.into_iter().filter(|(table, mode)| {
            *mode >= LockMode::Share
                && context.is_shared(table)
                && context.catalog.index(table).is_none()
        });
        for (table, mode) in strong {
            let Some(locked) = &first else {
                first = Some(table);
                // What one statement locks together, Postgres has to lock together.
                break;
            };
            if context.catalog.key(locked) == context.catalog.key(&table) {
                continue;
            }
            found.push(
                Finding::new(
                    &SEVERAL_TABLES_LOCKED,
                    step.span,
                    format!(
                        "`{locked}` stays locked while this waits for `{table}`, and a transaction that \
                         uses them the other way round ends in a deadlock"
                    ),
                )
                .label(format!("takes {mode} on `{table}`"))
                .help("change each table in a migration of its own"),
            );
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SEVERAL_TABLES_LOCKED;
    use crate::test_support::check;

    #[test]
    fn a_second_table() {
        check(
            &SEVERAL_TABLES_LOCKED,
            "
    ALTER TABLE users ADD COLUMN email text;
    ALTER TABLE public.users ADD COLUMN phone text;
    DROP TABLE orders;
--  ^^^^^^^^^^^^^^^^^ warning: `users` stays locked while this waits for `orders`, and a transaction that uses them the other way round ends in a deadlock
    TRUNCATE logs;
",
        );
    }

    #[test]
    fn one_table_new_tables_and_weak_locks() {
        check(
            &SEVERAL_TABLES_LOCKED,
            "
    ALTER TABLE users ADD COLUMN email text;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD COLUMN name text;
    ALTER TABLE orders VALIDATE CONSTRAINT c;
-- file: 2_b.up.sql
    ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
",
        );
    }
}
