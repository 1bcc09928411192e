//! `invalid-index-adopted`.

use crate::{
    action::{Action, IfExists, ObjectKind},
    declare_rule,
    finding::Finding,
    migration::TransactionMode,
    name::ObjectName,
    rule::{Check, Context},
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE INDEX CONCURRENTLY IF NOT EXISTS` where neither this file nor the last statement of the migration before
    /// drops an index of that name with `IF EXISTS`.
    ///
    /// ## Why is this bad?
    /// A concurrent build that fails leaves an `INVALID` index behind: no query uses it and every write pays for it. When the
    /// migration runs again, `IF NOT EXISTS` finds that name taken, reports success and keeps the broken index.
    ///
    /// ```sql,bad
    /// CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);
    /// ```
    ///
    /// ## Safer way
    /// Drop what a failed build may have left, in a migration of its own where the runner sends each file as one query. A runner
    /// that has recorded that migration does not run it again by itself: after a build that failed, revert it or run it by hand
    /// before you try again. Where the runner sends each statement by itself, such as goose for `NO TRANSACTION`, the drop goes
    /// right before the build, and runs again with it.
    ///
    /// ```sql,good
    /// -- file: 1_drop_users_email_idx.up.sql
    /// -- no-transaction
    /// DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;
    /// -- file: 2_create_users_email_idx.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static INVALID_INDEX_ADOPTED = {
        name: "invalid-index-adopted",
        group: Rerun,
        summary: "a concurrent index build that keeps a broken index",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateIndex(create) = &step.action else {
        return;
    };
    let Some(ident) = &create.name else {
        return;
    };
    if !create.concurrently || create.if_exists != IfExists::Keep {
        return;
    }
    // Postgres refuses that always, and leaves nothing behind.
    if context.catalog.is_partitioned(&create.table) {
        return;
    }
    // An index lives in the schema of its table.
    let name = ObjectName::new(create.table.schema.clone(), ident.clone());
    let dropped = context
        .catalog
        .dropped_here(ObjectKind::Index, &name, None)
        .is_some_and(|drop| drop.if_exists);
    if dropped || context.catalog.is_index_dropped_just_before(&name) {
        return;
    }
    let message =
        format!("a build of `{ident}` that failed before is kept, and no query can use it");
    found.push(
        Finding::new(&INVALID_INDEX_ADOPTED, step.span, message).help(
            match context.migration.mode {
                TransactionMode::Autocommit => {
                    format!("put `DROP INDEX CONCURRENTLY IF EXISTS {ident}` right before it")
                }
                TransactionMode::Wrapped | TransactionMode::Unwrapped => format!(
                    "put `DROP INDEX CONCURRENTLY IF EXISTS {ident}` into the migration before, which is to run again, too, \
                     where the build has failed"
                ),
            },
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::INVALID_INDEX_ADOPTED;
    use crate::test_support::check;

    #[test]
    fn a_left_over_is_kept() {
        check(
            &INVALID_INDEX_ADOPTED,
            "
    CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: a build of `i` that failed before is kept, and no query can use it
    CREATE INDEX IF NOT EXISTS j ON t (a);
    CREATE TABLE p (a int) PARTITION BY LIST (a);
    CREATE INDEX CONCURRENTLY IF NOT EXISTS k ON p (a);
",
        );
    }

    #[test]
    fn dropped_in_the_same_file() {
        check(
            &INVALID_INDEX_ADOPTED,
            "
    DROP INDEX CONCURRENTLY IF EXISTS i;
    CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);
",
        );
    }

    #[test]
    fn dropped_at_the_end_of_the_migration_before() {
        check(
            &INVALID_INDEX_ADOPTED,
            "
-- file: 1_a.up.sql
    DROP INDEX CONCURRENTLY IF EXISTS i;
-- file: 2_b.up.sql
    CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);
-- file: 3_c.up.sql
    CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: a build of `i` that failed before is kept, and no query can use it
",
        );
    }
}
