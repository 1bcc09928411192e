//! A view is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP VIEW` of a view that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// Nothing stored is lost, but each query of the view fails from the commit on, and so do the views and functions
    /// that are built on it.
    ///
    /// ```sql,bad
    /// -- file: 1_active_users.up.sql
    /// CREATE VIEW active_users AS SELECT 1 AS id;
    /// -- file: 2_drop_active_users.up.sql
    /// DROP VIEW active_users;
    /// ```
    ///
    /// ## Safer way
    /// Drop it in a release after the last one that queries it. To change a view, use `CREATE OR REPLACE`, or drop
    /// and make it again in one migration.
    ///
    /// ```sql,good
    /// DROP VIEW IF EXISTS active_users;
    /// CREATE VIEW active_users AS SELECT 1 AS id, 'x' AS name;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_VIEW = {
        name: "drop-view",
        group: Destructive,
        summary: "a view is dropped and not made again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::View];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops the views that are built on it");
    found.push(
        Finding::new(
            &DROP_VIEW,
            step.span,
            format!("queries of view `{name}` fail from now on{along}"),
        )
        .label("not made again in this file")
        .help("release an application that does not query the view first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_VIEW;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_VIEW,
            "
    DROP VIEW active_users;
--  ^^^^^^^^^^^^^^^^^^^^^^ warning: queries of view `active_users` fail from now on
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_VIEW,
            "
    DROP VIEW IF EXISTS active_users;
    CREATE VIEW active_users AS SELECT id FROM users;
    DROP VIEW active_users;
",
        );
    }
}
