//! `insert-not-rerunnable`.

use crate::{
    action::Action,
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `INSERT` without `ON CONFLICT` into a table that the migration neither creates nor empties first, unless its query
    /// leaves out the rows that are there.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. The rows are then
    /// added a second time, or a unique key refuses them and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// INSERT INTO plans (name, price) VALUES ('free', 0);
    /// ```
    ///
    /// ## Safer way
    /// Say `ON CONFLICT DO NOTHING`, and see that a unique key covers the row; or leave out rows that are there.
    ///
    /// ```sql,good
    /// INSERT INTO plans (name, price) VALUES ('free', 0) ON CONFLICT (name) DO NOTHING;
    /// INSERT INTO plans (name, price)
    /// SELECT 'free', 0 WHERE NOT EXISTS (SELECT FROM plans WHERE name = 'free');
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static INSERT_NOT_RERUNNABLE = {
        name: "insert-not-rerunnable",
        group: Rerun,
        summary: "an `INSERT` that a second run repeats",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (Action::Insert(insert), Some(obstacle)) = (&step.action, context.obstacle()) else {
        return;
    };
    let finding = |message: String| Finding::new(&INSERT_NOT_RERUNNABLE, step.span, message);
    if *obstacle == Obstacle::RowsAgain {
        let message = format!(
            "a second run adds these rows to `{}` again, or fails on a unique key",
            insert.table
        );
        found.push(
            finding(message)
                .help("add `ON CONFLICT DO NOTHING`, and see that a unique key covers the rows"),
        );
    } else if let Some(message) = rerun::reason(context, obstacle, String::new, String::new) {
        found.push(finding(message).help("ask the catalog first, in a `DO` block"));
    }
}

#[cfg(test)]
mod tests {
    use super::INSERT_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn rows_for_an_existing_table() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    INSERT INTO t VALUES (1);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again, or fails on a unique key
    INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;
    INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT FROM t WHERE id = 1);
",
        );
    }

    #[test]
    fn a_table_that_is_new_or_emptied() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    CREATE TABLE t (id bigint);
    INSERT INTO t VALUES (1);
    TRUNCATE u;
    INSERT INTO u VALUES (1);
    DELETE FROM v WHERE id IN (SELECT id FROM w);
    INSERT INTO v SELECT id FROM w;
    DELETE FROM x;
    INSERT INTO x VALUES (1);
",
        );
    }

    #[test]
    fn a_table_that_the_second_run_keeps() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS t (id bigint);
    INSERT INTO t VALUES (1);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run adds these rows to `t` again, or fails on a unique key
",
        );
    }

    #[test]
    fn a_source_that_is_gone() {
        check(
            &INSERT_NOT_RERUNNABLE,
            "
    INSERT INTO t SELECT * FROM u ON CONFLICT DO NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 2 has taken table `u` away by then
    DROP TABLE IF EXISTS u;
",
        );
    }
}
