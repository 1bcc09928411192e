//! A partition is detached while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    lower::cursor::is_word,
    rules::own_migration,
};

declare_rule! {
    /// ## What it does
    /// Flags `DETACH PARTITION` without `CONCURRENTLY` from a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The statement takes `ACCESS EXCLUSIVE` on the partitioned table, the partition and the default partition. It is
    /// quick itself, but it first waits for every running query of any partition. Everybody who comes later queues
    /// behind it, and the lock is kept until the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_events.up.sql
    /// CREATE TABLE events (id bigint, year int) PARTITION BY RANGE (year);
    /// CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM (2020) TO (2021);
    /// -- file: 2_detach.up.sql
    /// ALTER TABLE events DETACH PARTITION events_2020;
    /// ```
    ///
    /// ## Safer way
    /// Detach concurrently, alone in a migration that runs outside a transaction. A table with a default partition
    /// refuses that.
    ///
    /// ```sql,good
    /// -- file: 1_events.up.sql
    /// CREATE TABLE events (id bigint, year int) PARTITION BY RANGE (year);
    /// CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM (2020) TO (2021);
    /// -- file: 2_detach.up.sql
    /// -- no-transaction
    /// ALTER TABLE events DETACH PARTITION events_2020 CONCURRENTLY;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 14 and later have `CONCURRENTLY`. On 13 the partition itself is only locked with `SHARE UPDATE EXCLUSIVE`.
    pub(crate) static DETACH_NOT_CONCURRENT = {
        name: "detach-not-concurrent",
        group: Blocking,
        summary: "a partition is detached while reads and writes of all partitions wait",
        level: Error,
        lock: AccessExclusive,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::DetachPartition {
        partition,
        concurrently: false,
    } = &alter.clause
    else {
        return;
    };
    let table = &alter.table;
    // FINALIZE ends a concurrent one that was interrupted.
    let last = context.statement(step).tokens.last();
    let finalizes = last.is_some_and(|last| is_word(&last.token, "finalize"));
    if finalizes || !context.is_shared(table) || !context.is_shared(partition) {
        return;
    }
    let finding = Finding::new(
        &DETACH_NOT_CONCURRENT,
        step.span,
        format!(
            "reads and writes of `{table}`, in all its partitions, wait until the migration commits"
        ),
    )
    .label(format!(
        "takes ACCESS EXCLUSIVE on `{table}` and `{partition}`, for a moment itself"
    ))
    .help(format!("use `CONCURRENTLY`, {}", context.alone()));
    found.push(if context.settings.postgres >= 14 {
        own_migration::concurrently(finding, context, step, step.span.end).unsafe_fix(
            "the partition keeps its bounds as a `CHECK`, and a default partition refuses it",
        )
    } else {
        finding
    });
}

#[cfg(test)]
mod tests {
    use super::DETACH_NOT_CONCURRENT;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &DETACH_NOT_CONCURRENT,
            "
    ALTER TABLE events DETACH PARTITION events_2020;
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `events`, in all its partitions, wait until the migration commits
",
        );
    }

    #[test]
    fn without_a_transaction_it_is_fixed() {
        check(
            &DETACH_NOT_CONCURRENT,
            "
-- no-transaction
    ALTER TABLE events DETACH PARTITION events_2020;
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `events`, in all its partitions, wait until the migration commits
",
        );
    }

    #[test]
    fn concurrent_finalizing_or_new() {
        check(
            &DETACH_NOT_CONCURRENT,
            "
    ALTER TABLE events DETACH PARTITION events_2020 FINALIZE;
    CREATE TABLE logs (id bigint) PARTITION BY RANGE (id);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10);
    ALTER TABLE logs DETACH PARTITION logs_1;
-- file: 2_b.up.sql
-- no-transaction
    ALTER TABLE events DETACH PARTITION events_2020 CONCURRENTLY;
",
        );
    }
}
