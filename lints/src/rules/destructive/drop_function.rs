//! A function is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP FUNCTION`, `PROCEDURE`, `ROUTINE` and `AGGREGATE` of one that the same migration neither made nor
    /// makes again.
    ///
    /// ## Why is this bad?
    /// Each call fails from the commit on: in the application, and in bodies of other functions, which Postgres does
    /// not check when the callee goes. With `CASCADE`, triggers and defaults that use it disappear without another
    /// word.
    ///
    /// ```sql,bad
    /// -- file: 1_total.up.sql
    /// CREATE FUNCTION total() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    /// -- file: 2_drop_total.up.sql
    /// DROP FUNCTION total();
    /// ```
    ///
    /// ## Safer way
    /// Drop it in a release after the last one that calls it. To change its body, use `CREATE OR REPLACE`; to change
    /// its arguments or result, drop and make it again in one migration.
    ///
    /// ```sql,good
    /// DROP FUNCTION IF EXISTS total();
    /// CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_FUNCTION = {
        name: "drop-function",
        group: Destructive,
        summary: "a function is dropped and not made again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[
    ObjectKind::Function,
    ObjectKind::Procedure,
    ObjectKind::Routine,
    ObjectKind::Aggregate,
];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops the triggers, views and defaults that call it");
    found.push(
        Finding::new(
            &DROP_FUNCTION,
            step.span,
            format!("calls of `{name}` fail from now on{along}"),
        )
        .label("not made again in this file")
        .help("release an application that does not call it first"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_FUNCTION;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_FUNCTION,
            "
    DROP FUNCTION total(integer) CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: calls of `total` fail from now on, and `CASCADE` drops the triggers, views and defaults that call it
    DROP PROCEDURE close_day();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: calls of `close_day` fail from now on
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_FUNCTION,
            "
    DROP ROUTINE IF EXISTS total;
    CREATE FUNCTION total() RETURNS integer LANGUAGE sql AS 'SELECT 1';
",
        );
    }
}
