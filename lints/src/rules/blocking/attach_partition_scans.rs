//! A partition is read through before it is attached.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, IfExists, ObjectKind},
    catalog::Handle,
    declare_rule,
    name::ObjectName,
};

declare_rule! {
    /// ## What it does
    /// Flags `ATTACH PARTITION` of a table with rows that has no valid `CHECK`, and a partition that is attached or created
    /// beside a default partition that has none.
    ///
    /// ## Why is this bad?
    /// Postgres reads the whole new partition, and the default partition if there is one, to see that each row is where
    /// it belongs. Both are locked with `ACCESS EXCLUSIVE` meanwhile. Everybody who comes later queues behind it, and
    /// the lock is kept until the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_events.up.sql
    /// CREATE TABLE events (id bigint, year int) PARTITION BY RANGE (year);
    /// CREATE TABLE events_2020 (id bigint, year int);
    /// -- file: 2_attach.up.sql
    /// ALTER TABLE events ATTACH PARTITION events_2020 FOR VALUES FROM (2020) TO (2021);
    /// ```
    ///
    /// ## Safer way
    /// Give the partition a check that implies its bounds, `NOT NULL` included, and validate it before: Postgres takes
    /// it as proof and reads nothing. Drop the check afterwards. In the same way a check of the default partition proves
    /// that it holds no row of the new one; it is locked all the same, but for a moment.
    ///
    /// ```sql,good
    /// -- file: 1_events.up.sql
    /// CREATE TABLE events (id bigint, year int) PARTITION BY RANGE (year);
    /// CREATE TABLE events_2020 (id bigint, year int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE events_2020 ADD CONSTRAINT in_2020 CHECK (year IS NOT NULL AND year >= 2020 AND year < 2021) NOT VALID;
    /// -- file: 3_validate.up.sql
    /// ALTER TABLE events_2020 VALIDATE CONSTRAINT in_2020;
    /// -- file: 4_attach.up.sql
    /// ALTER TABLE events ATTACH PARTITION events_2020 FOR VALUES FROM (2020) TO (2021);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 12 and later; whether a check implies the bounds is for Postgres to decide, this rule only looks for one.
    pub(crate) static ATTACH_PARTITION_SCANS = {
        name: "attach-partition-scans",
        group: Blocking,
        summary: "a partition whose rows are checked while it is locked",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (parent, partition) = match &step.action {
        // An index is attached without reading it.
        Action::AlterTable(alter) if alter.kind != ObjectKind::Index => match &alter.clause {
            AlterClause::AttachPartition { partition, .. } => {
                if is_read(context, partition) {
                    found.push(attached(step, &alter.table, partition));
                }
                (&alter.table, partition)
            }
            _ => return,
        },
        Action::CreateTable(create) => match &create.partition_of {
            // One that is there already is not made again.
            Some(_)
                if create.if_exists == IfExists::Keep
                    && context.catalog.relation(&create.name).is_some() =>
            {
                return;
            }
            Some(parent) => (parent, &create.name),
            None => return,
        },
        _ => return,
    };
    let default = context.catalog.default_partitions(parent).into_iter();
    let read = default
        .take(1)
        .filter(|default| context.is_shared(default) && is_read(context, default));
    found.extend(read.map(|default| searched(step, &default, partition)));
}

/// Whether rows that may be there have to be read, for want of a check that may prove where they belong.
fn is_read(context: &Context<'_>, partition: &ObjectName) -> bool {
    let has_check = context.catalog.relation(partition).is_some_and(|known| {
        let mut checks = known.constraints.by(&Handle::Words("CHECK"));
        checks.any(|check| check.valid)
    });
    !has_check && context.may_hold_rows(partition)
}

fn attached(step: &Step, parent: &ObjectName, partition: &ObjectName) -> Finding {
    Finding::new(
        &ATTACH_PARTITION_SCANS,
        step.span,
        format!(
            "reads and writes of `{partition}` wait until every row is known to be inside the bounds: \
             a scan of the whole table"
        ),
    )
    .label(format!(
        "takes ACCESS EXCLUSIVE on `{partition}`, SHARE UPDATE EXCLUSIVE on `{parent}`"
    ))
    .help("add a `CHECK` that implies the bounds as `NOT VALID`, and validate it in an earlier migration")
}

fn searched(step: &Step, default: &ObjectName, partition: &ObjectName) -> Finding {
    Finding::new(
        &ATTACH_PARTITION_SCANS,
        step.span,
        format!(
            "reads and writes of `{default}` wait until none of its rows is known to belong to `{partition}`: \
             a scan of the whole default partition"
        ),
    )
    .label(format!("takes ACCESS EXCLUSIVE on `{default}`"))
    .help(format!(
        "add a `CHECK` to `{default}` that excludes the bounds as `NOT VALID`, and validate it in an earlier migration"
    ))
}

#[cfg(test)]
mod tests {
    use super::ATTACH_PARTITION_SCANS;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &ATTACH_PARTITION_SCANS,
            "
    ALTER TABLE events ATTACH PARTITION events_2020 FOR VALUES FROM (2020) TO (2021);
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `events_2020` wait until every row is known to be inside the bounds: a scan of the whole table
",
        );
    }

    #[test]
    fn a_valid_check_indexes_and_new_tables() {
        check(
            &ATTACH_PARTITION_SCANS,
            "
-- file: 1_old.up.sql
    CREATE TABLE events_2021 (year int NOT NULL CHECK (year >= 2021 AND year < 2022));
-- file: 2_attach.up.sql
    ALTER TABLE events ATTACH PARTITION events_2021 FOR VALUES FROM (2021) TO (2022);
    CREATE TABLE events_2022 (year int);
    ALTER TABLE events ATTACH PARTITION events_2022 FOR VALUES FROM (2022) TO (2023);
    ALTER INDEX events_year ATTACH PARTITION events_2020_year;
",
        );
    }

    #[test]
    fn a_default_partition() {
        check(
            &ATTACH_PARTITION_SCANS,
            "
-- file: 1_old.up.sql
    CREATE TABLE events (year int NOT NULL) PARTITION BY RANGE (year);
    CREATE TABLE events_rest PARTITION OF events DEFAULT;
    CREATE TABLE events_2021 (year int NOT NULL CHECK (year >= 2021 AND year < 2022));
    CREATE TABLE logs (year int NOT NULL) PARTITION BY RANGE (year);
    CREATE TABLE logs_rest (year int NOT NULL CHECK (year < 2020));
    ALTER TABLE logs ATTACH PARTITION logs_rest DEFAULT;
-- file: 2_new.up.sql
    ALTER TABLE events ATTACH PARTITION events_2021 FOR VALUES FROM (2021) TO (2022);
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `events_rest` wait until none of its rows is known to belong to `events_2021`: a scan of the whole default partition
    CREATE TABLE events_2022 PARTITION OF events FOR VALUES FROM (2022) TO (2023);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `events_rest` wait until none of its rows is known to belong to `events_2022`: a scan of the whole default partition
    CREATE TABLE logs_2022 PARTITION OF logs FOR VALUES FROM (2022) TO (2023);
    CREATE TABLE IF NOT EXISTS events_2021 PARTITION OF events FOR VALUES FROM (2021) TO (2022);
-- file: 3_detached.up.sql
    ALTER TABLE events DETACH PARTITION events_rest;
    CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM (2023) TO (2024);
-- file: 4_own.up.sql
    CREATE TABLE events_others PARTITION OF events DEFAULT;
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM (2024) TO (2025);
",
        );
    }
}
