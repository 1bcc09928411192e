//! One transaction locks several tables.

use std::collections::HashMap;

use crate::{
    Check, Context, Finding, LockMode,
    action::{Action, RenamePart, Transaction},
    catalog::Key,
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
    let mut first: Option<(ObjectName, Key)> = None;
    // By the name that a table has got, the one under which it came into the migration.
    let mut renamed: HashMap<Key, Key> = HashMap::new();
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
            let key = context.catalog.key(&table);
            let known = renamed.get(&key).unwrap_or(&key);
            let Some((locked, _)) = first.as_ref().filter(|(_, locked)| locked != known) else {
                if first.is_none() {
                    first = Some((table, known.clone()));
                    // What one statement locks together, Postgres has to lock together.
                    break;
                }
                continue;
            };
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
        if let Action::Rename(rename) = &step.action
            && rename.part == RenamePart::Object
            && rename.kind.is_relation()
        {
            let from = context.catalog.key(&rename.object);
            let to = Key {
                schema: from.schema.clone(),
                name: rename.to.value.clone(),
            };
            let known = renamed.remove(&from).unwrap_or(from);
            renamed.insert(to, known);
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
    fn a_table_that_takes_the_name_of_the_first() {
        check(
            &SEVERAL_TABLES_LOCKED,
            "
    ALTER TABLE users RENAME TO users_old;
    ALTER TABLE users_new RENAME TO users;
--                        ^^^^^^^^^^^^^^^ warning: `users` stays locked while this waits for `users_new`, and a transaction that uses them the other way round ends in a deadlock
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
    ALTER TABLE users RENAME TO people;
    ALTER TABLE people ADD COLUMN age int;
-- file: 2_b.up.sql
    ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
",
        );
    }
}
