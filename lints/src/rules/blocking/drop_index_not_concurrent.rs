//! An index is dropped while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    rules::own_migration,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP INDEX` without `CONCURRENTLY` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The drop takes `ACCESS EXCLUSIVE` on the table. It is quick itself, but it first waits for every running query
    /// of the table, and everybody else then queues behind it; once it has the lock, it keeps it until the migration
    /// commits.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE INDEX users_name_idx ON users (name);
    /// -- file: 2_drop.up.sql
    /// DROP INDEX users_name_idx;
    /// ```
    ///
    /// ## Safer way
    /// Drop it concurrently, alone in a migration that runs outside a transaction.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE INDEX users_name_idx ON users (name);
    /// -- file: 2_drop.up.sql
    /// -- no-transaction
    /// DROP INDEX CONCURRENTLY users_name_idx;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The index of a partitioned table refuses `CONCURRENTLY`.
    pub(crate) static DROP_INDEX_NOT_CONCURRENT = {
        name: "drop-index-not-concurrent",
        group: Blocking,
        summary: "an index drop that blocks reads and writes",
        level: Warning,
        lock: AccessExclusive,
        fix: Both,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::DropObject(drop) = &step.action else {
        return;
    };
    let catalog = context.catalog;
    if drop.kind != ObjectKind::Index
        || drop.concurrently
        || catalog.is_object_new(ObjectKind::Index, &drop.name, None)
        || drop.if_exists && catalog.is_gone(&drop.name)
    {
        return;
    }
    let table = catalog
        .index(&drop.name)
        .map(|index| index.table.object_name());
    if table
        .as_ref()
        .is_some_and(|table| !context.is_shared(table))
    {
        return;
    }
    let table = table.map_or("its table".to_owned(), |table| format!("`{table}`"));
    let finding = Finding::new(
        &DROP_INDEX_NOT_CONCURRENT,
        step.span,
        format!(
            "reads and writes of {table} wait until the migration that drops `{}` commits",
            drop.name
        ),
    )
    .label(format!(
        "takes ACCESS EXCLUSIVE on {table}, for a moment itself"
    ))
    .help(format!("drop it `CONCURRENTLY`, {}", context.alone()));
    found.push(own_migration::drop(finding, context, step, drop));
}

#[cfg(test)]
mod tests {
    use super::DROP_INDEX_NOT_CONCURRENT;
    use crate::test_support::check;

    #[test]
    fn known_and_unknown_tables() {
        check(
            &DROP_INDEX_NOT_CONCURRENT,
            "
-- file: 1_users.up.sql
    CREATE TABLE users (id bigint, name text);
    CREATE INDEX users_name_idx ON users (name);
-- file: 2_drop.up.sql
    DROP INDEX users_name_idx;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait until the migration that drops `users_name_idx` commits
    DROP INDEX IF EXISTS users_name_idx;
    DROP INDEX IF EXISTS legacy_idx;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of its table wait until the migration that drops `legacy_idx` commits
",
        );
    }

    #[test]
    fn without_a_transaction_it_is_fixed() {
        check(
            &DROP_INDEX_NOT_CONCURRENT,
            "
-- no-transaction
    DROP INDEX IF EXISTS legacy_idx;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of its table wait until the migration that drops `legacy_idx` commits
",
        );
    }

    #[test]
    fn new_indexes_and_tables() {
        check(
            &DROP_INDEX_NOT_CONCURRENT,
            "
    CREATE TABLE teams (id bigint UNIQUE);
    DROP INDEX teams_id_key;
    CREATE INDEX users_name_idx ON users (name);
    DROP INDEX users_name_idx;
",
        );
    }
}
