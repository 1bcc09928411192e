//! A materialized view is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP MATERIALIZED VIEW` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// The rows can be computed again, if their sources still hold what they were computed from. Each query of the
    /// view fails from the commit on, and its indexes are gone.
    ///
    /// ```sql,bad
    /// -- file: 1_totals.up.sql
    /// CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
    /// -- file: 2_drop_totals.up.sql
    /// DROP MATERIALIZED VIEW totals;
    /// ```
    ///
    /// ## Safer way
    /// Drop it in a release after the last one that queries it. To change it, make a new one under another name, fill
    /// it, and switch names; or drop and make it again in one migration.
    ///
    /// ```sql,good
    /// DROP MATERIALIZED VIEW IF EXISTS totals;
    /// CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id, 2 AS amount;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. No `CREATE OR REPLACE` exists for materialized views.
    pub(crate) static DROP_MATERIALIZED_VIEW = {
        name: "drop-materialized-view",
        group: Destructive,
        summary: "a materialized view is dropped and not made again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::MaterializedView];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops the views that are built on it");
    found.push(
        Finding::new(
            &DROP_MATERIALIZED_VIEW,
            step.span,
            format!("queries of materialized view `{name}` fail from now on, and its rows and indexes are lost{along}"),
        )
        .label("not made again in this file")
        .help("release an application that does not query the view first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_MATERIALIZED_VIEW;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_MATERIALIZED_VIEW,
            "
    DROP MATERIALIZED VIEW totals;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries of materialized view `totals` fail from now on, and its rows and indexes are lost
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_MATERIALIZED_VIEW,
            "
    DROP MATERIALIZED VIEW totals;
    CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
",
        );
    }
}
