//! `partition-not-rerunnable`.

use crate::{
    action::{Action, AlterClause},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `ATTACH PARTITION` and `DETACH PARTITION`, `INHERIT` and `NO INHERIT` without a guard, unless the child is new.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because the table is a partition already or no longer one, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    /// ```
    ///
    /// ## Safer way
    /// Ask `pg_inherits` first.
    ///
    /// ```sql,good
    /// DO $$ BEGIN
    ///     IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = 'events_2026'::regclass) THEN
    ///         ALTER TABLE events ATTACH PARTITION events_2026
    ///             FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    ///     END IF;
    /// END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static PARTITION_NOT_RERUNNABLE = {
        name: "partition-not-rerunnable",
        group: Rerun,
        summary: "an `ATTACH` or `DETACH PARTITION` that a second run cannot repeat",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (Action::AlterTable(alter), Some(obstacle)) = (&step.action, context.obstacle()) else {
        return;
    };
    let (parent, child) = match &alter.clause {
        AlterClause::AttachPartition { partition, .. }
        | AlterClause::DetachPartition { partition, .. } => (&alter.table, partition),
        AlterClause::Inherit { parent, .. } => (parent, &alter.table),
        _ => return,
    };
    let there = || format!("`{child}` is a part of `{parent}` already");
    let gone = || format!("`{child}` is no part of `{parent}` any more");
    let Some(message) = rerun::reason(context, obstacle, there, gone) else {
        return;
    };
    found.push(
        Finding::new(&PARTITION_NOT_RERUNNABLE, step.span, message)
            .help("ask `pg_inherits` first, in a `DO` block"),
    );
}

#[cfg(test)]
mod tests {
    use super::PARTITION_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn partitions_and_children() {
        check(
            &PARTITION_NOT_RERUNNABLE,
            "
    ALTER TABLE p ATTACH PARTITION c FOR VALUES IN (1);
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: `c` is a part of `p` already
    ALTER TABLE p DETACH PARTITION d;
--                ^^^^^^^^^^^^^^^^^^ error: a second run fails here: `d` is no part of `p` any more
",
        );
    }

    #[test]
    fn a_new_child() {
        check(
            &PARTITION_NOT_RERUNNABLE,
            "
    CREATE TABLE c (id int);
    ALTER TABLE p ATTACH PARTITION c FOR VALUES IN (1);
",
        );
    }
}
