//! A partition is read through before it is attached.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind},
    catalog::Handle,
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `ATTACH PARTITION` of a table with rows that has no valid `CHECK`.
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
    /// it as proof and reads nothing. Drop the check afterwards.
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
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::AttachPartition { partition } = &alter.clause else {
        return;
    };
    let has_check = context.catalog.relation(partition).is_some_and(|known| {
        let mut checks = known.constraints.by(&Handle::Words("CHECK"));
        checks.any(|check| check.valid)
    });
    // An index is attached without reading it.
    if alter.kind == ObjectKind::Index || has_check || !context.may_hold_rows(partition) {
        return;
    }
    found.push(
        Finding::new(
            &ATTACH_PARTITION_SCANS,
            step.span,
            format!(
                "reads and writes of `{partition}` wait until every row is known to be inside the bounds: \
                 a scan of the whole table"
            ),
        )
        .label(format!(
            "takes ACCESS EXCLUSIVE on `{partition}`, SHARE UPDATE EXCLUSIVE on `{}`",
            alter.table
        ))
        .help("add a `CHECK` that implies the bounds as `NOT VALID`, and validate it in an earlier migration"),
    );
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
}
