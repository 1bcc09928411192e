//! One transaction locks several tables.

use crate::{
    Check, Context, Finding, LockMode, Step, declare_rule,
    held::{self, HeldLock},
    lock,
    name::{ObjectName, listed},
};

declare_rule! {
    /// ## What it does
    /// Flags the first statement that takes `SHARE` or a stronger lock on an existing table while the same transaction
    /// holds such a lock on another one. Tables that one statement locks together, such as both sides of a foreign key,
    /// are silent, and so are a view and a table that it reads.
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
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if context.held.locks().is_empty() {
        return;
    }
    let strong = |mode: LockMode, relation: &ObjectName| {
        mode >= LockMode::Share
            && context.catalog.index(relation).is_none()
            && !lock::is_of_unknown_index(&step.action, relation)
    };
    let mut asked = lock::locks(&step.action, context.catalog);
    asked.retain(|(relation, mode)| {
        strong(*mode, relation)
            && context.is_shared(relation)
            && !context.held.has(relation, LockMode::Share, context.catalog)
    });
    let Some(mode) = asked.iter().map(|(_, mode)| *mode).max() else {
        return;
    };
    // One finding a migration: it is either taken apart or not.
    let said = |finding: &Finding| std::ptr::eq(finding.rule, &SEVERAL_TABLES_LOCKED);
    if found.iter().any(said) {
        return;
    }
    let is_apart = |lock: &HeldLock| {
        let mut asked = asked.iter();
        asked.any(|(relation, _)| !are_view_and_table(context, lock, relation))
    };
    let held = context.held.locks().iter();
    let held: Vec<&ObjectName> = held
        .filter(|lock| strong(lock.mode, &lock.relation) && is_apart(lock))
        .map(|lock| &lock.relation)
        .collect();
    if held.is_empty() {
        return;
    }
    let tables = listed(asked.iter().map(|(relation, _)| relation));
    let (stay, them) = match held.len() {
        1 => ("stays", "both"),
        _ => ("stay", "them"),
    };
    found.push(
        Finding::new(
            &SEVERAL_TABLES_LOCKED,
            step.span,
            format!(
                "{} {stay} locked while this waits for {tables}, and a transaction that uses {them} the other way \
                 round ends in a deadlock",
                listed(held)
            ),
        )
        .label(format!("takes {mode} on {tables}"))
        .help("change each table in a migration of its own"),
    );
}

/// Whether one of them is a view that reads the other: what the table is changed for, the view is made anew for.
fn are_view_and_table(context: &Context<'_>, held: &HeldLock, asked: &ObjectName) -> bool {
    let catalog = context.catalog;
    held.reads.contains(&catalog.key(asked))
        || held::reads(asked, catalog).contains(&catalog.key(&held.relation))
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
--  ^^^^^^^^^^^^^^^^^ warning: `users` stays locked while this waits for `orders`, and a transaction that uses both the other way round ends in a deadlock
    TRUNCATE logs;
",
        );
    }

    #[test]
    fn a_view_of_the_table() {
        check(
            &SEVERAL_TABLES_LOCKED,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint, plan int);
    CREATE TABLE logs (id bigint);
    CREATE VIEW plans AS SELECT plan FROM users;
-- file: 2_b.up.sql
    DROP VIEW plans;
    ALTER TABLE users ALTER plan TYPE bigint;
    CREATE VIEW plans AS SELECT plan FROM users;
-- file: 3_c.up.sql
    ALTER TABLE users ADD note text;
    DROP VIEW plans;
-- file: 4_d.up.sql
    CREATE VIEW plans AS SELECT plan FROM users;
-- file: 5_e.up.sql
    DROP VIEW plans;
    ALTER TABLE logs ADD note text;
--                   ^^^^^^^^^^^^^ warning: `plans` stays locked while this waits for `logs`, and a transaction that uses both the other way round ends in a deadlock
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
--                        ^^^^^^^^^^^^^^^ warning: `users` stays locked while this waits for `users_new`, and a transaction that uses both the other way round ends in a deadlock
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

    #[test]
    fn what_an_earlier_statement_locked_too() {
        check(
            &SEVERAL_TABLES_LOCKED,
            "
    CREATE TABLE users (id bigint PRIMARY KEY);
    CREATE TABLE plans (id bigint PRIMARY KEY);
    CREATE TABLE orders (user_id bigint CONSTRAINT u REFERENCES users, plan_id bigint CONSTRAINT p REFERENCES plans);
-- file: 2_cascade.up.sql
    ALTER TABLE orders DROP CONSTRAINT u;
    ALTER TABLE orders ADD CONSTRAINT u FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
    ALTER TABLE orders DROP CONSTRAINT p;
--                     ^^^^^^^^^^^^^^^^^ warning: `orders` and `users` stay locked while this waits for `plans`, and a transaction that uses them the other way round ends in a deadlock
",
        );
    }
}
