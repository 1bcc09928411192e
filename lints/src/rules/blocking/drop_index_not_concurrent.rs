//! An index is dropped while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    name::{Ident, ObjectName},
    rules::own_migration,
    split::MOST_STEPS,
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
    ));
    found.push(match remade(context, &drop.name) {
        // Each in a migration of its own, the two would leave a time with neither.
        Some(new) if *new == drop.name.ident => finding.help(
            "build the new one `CONCURRENTLY` under another name first, then drop this one `CONCURRENTLY` and rename the \
             new one: in between, nothing would keep doubles out",
        ),
        Some(new) => finding.help(format!(
            "build `{new}` `CONCURRENTLY` first, and drop this one `CONCURRENTLY` behind it: in between, nothing would \
             keep doubles out"
        )),
        None => {
            let finding = finding.help(format!("drop it `CONCURRENTLY`, {}", context.alone()));
            own_migration::drop(finding, context, step, drop)
        }
    });
}

/// The unique index that the file makes further down in the place of the one that is dropped: under its name, or over the
/// same columns.
fn remade<'a>(context: &Context<'a>, dropped: &ObjectName) -> Option<&'a Ident> {
    let old = context.catalog.index(dropped);
    let old = old.filter(|old| old.unique && old.columns.len() == old.keys.len());
    let takes_place = |step: &'a Step| {
        let Action::CreateIndex(create) = &step.action else {
            return None;
        };
        let name = create.name.as_ref().filter(|_| create.unique)?;
        let columns = create.columns.iter().map(|column| &column.value);
        let same = old.is_some_and(|old| {
            create.table.name() == old.table.name
                && create.expressions.is_empty()
                && columns.eq(&old.columns)
        });
        (*name == dropped.ident || same).then_some(name)
    };
    let later = context.migration.steps.get(context.index + 1..)?;
    later.iter().take(MOST_STEPS).find_map(takes_place)
}

#[cfg(test)]
mod tests {
    use super::DROP_INDEX_NOT_CONCURRENT;
    use crate::{
        Finding,
        rules::blocking::create_index_not_concurrent::CREATE_INDEX_NOT_CONCURRENT,
        test_support::{self, check},
    };

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
    fn a_unique_index_that_is_made_anew() {
        let fixable = |next: &str| {
            let sql = format!(
                "-- file: 1_t.up.sql\nCREATE TABLE IF NOT EXISTS t (a int, b int);\n\
                 CREATE UNIQUE INDEX IF NOT EXISTS u ON t (a);\n\
                 -- file: 2_u.up.sql\nDROP INDEX IF EXISTS u;\n{next}\n"
            );
            let drop = test_support::found(&DROP_INDEX_NOT_CONCURRENT, &sql);
            let build = test_support::found(&CREATE_INDEX_NOT_CONCURRENT, &sql);
            let fixed = |found: &[Finding]| found.iter().any(|one| !one.fix.is_empty());
            let help = drop[0].help.clone().unwrap_or_default();
            (fixed(&drop), fixed(&build), help.starts_with("build"))
        };
        // Split, the two would leave the table without either.
        assert_eq!(
            fixable("CREATE UNIQUE INDEX u ON t (a, b);"),
            (false, false, true)
        );
        assert_eq!(
            fixable("CREATE UNIQUE INDEX v ON t (a);"),
            (false, false, true)
        );
        assert_eq!(
            fixable("CREATE UNIQUE INDEX v ON t (b);"),
            (true, false, false)
        );
        assert_eq!(fixable("CREATE INDEX u ON t (a, b);"), (false, true, false));
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
