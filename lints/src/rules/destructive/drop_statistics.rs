//! Extended statistics are dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP STATISTICS` of an object that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// The planner goes back to taking the columns for independent. A query that was fast may become slow with the
    /// next plan, long after the deployment.
    ///
    /// ```sql,bad
    /// -- file: 1_city.up.sql
    /// CREATE TABLE addresses (id bigint PRIMARY KEY, city text, zip text);
    /// CREATE STATISTICS city_zip ON city, zip FROM addresses;
    /// -- file: 2_drop_city.up.sql
    /// DROP STATISTICS city_zip;
    /// ```
    ///
    /// ## Safer way
    /// Compare the plans without it on a copy of production. To change the columns, drop and make it again in one
    /// migration, then `ANALYZE` the table.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-statistics): no query filters by both columns since release 41
    /// DROP STATISTICS IF EXISTS city_zip;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_STATISTICS = {
        name: "drop-statistics",
        group: Destructive,
        summary: "extended statistics are dropped and not made again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Statistics];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    found.push(
        Finding::new(
            &DROP_STATISTICS,
            step.span,
            format!("the planner no longer knows what statistics `{name}` said about the columns together"),
        )
        .label("not made again in this file")
        .help("compare the plans of the queries over these columns first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_STATISTICS;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_STATISTICS,
            "
    DROP STATISTICS city_zip;
--  ^^^^^^^^^^^^^^^^^^^^^^^^ warning: the planner no longer knows what statistics `city_zip` said about the columns together
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_STATISTICS,
            "
    DROP STATISTICS IF EXISTS city_zip;
    CREATE STATISTICS city_zip ON city, zip FROM addresses;
",
        );
    }
}
