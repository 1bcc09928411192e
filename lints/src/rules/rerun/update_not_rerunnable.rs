//! `update-not-rerunnable`.

use crate::{
    action::{Action, Assignment},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
    volatility,
};

declare_rule! {
    /// ## What it does
    /// Flags `UPDATE … SET x = f(x)` where doing it twice gives something else than doing it once, and no `WHERE` looks at what the
    /// first run has set. Also an `UPDATE` that reads a column which the file drops later with `IF EXISTS`.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Every row is then
    /// changed a second time, and nothing tells.
    ///
    /// ```sql,bad
    /// UPDATE accounts SET balance = balance * 100;
    /// ```
    ///
    /// ## Safer way
    /// Write to a new column, or say in the `WHERE` which rows are not done yet. Expressions that may be repeated, such as
    /// `coalesce` and `lower`, are fine.
    ///
    /// ```sql,good
    /// UPDATE accounts SET balance_cents = balance * 100 WHERE balance_cents IS NULL;
    /// UPDATE accounts SET email = lower(email);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UPDATE_NOT_RERUNNABLE = {
        name: "update-not-rerunnable",
        group: Rerun,
        summary: "an `UPDATE` that a second run repeats",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (Action::Update(update), Some(obstacle)) = (&step.action, context.obstacle()) else {
        return;
    };
    let finding = |message: String| Finding::new(&UPDATE_NOT_RERUNNABLE, step.span, message);
    if *obstacle == Obstacle::RowsAgain {
        let repeated = update.assignments.iter();
        let repeated: Vec<&Assignment> = repeated.filter(|one| one.repeats).collect();
        let columns: Vec<String> = repeated
            .iter()
            .map(|assignment| format!("`{}`", assignment.column))
            .collect();
        // What a query finds and a function gives the second time is not known.
        let filter = update.filter.iter();
        let asks = filter.into_iter().any(|filter| filter.subquery);
        let is_plain = |one: &&Assignment| {
            !one.value.subquery && one.value.functions.iter().all(volatility::is_chance)
        };
        let changes = match !asks && repeated.iter().any(is_plain) {
            true => "changes",
            false => "may change",
        };
        let message = format!(
            "a second run {changes} {} of `{}` once more",
            columns.join(", "),
            update.table
        );
        found.push(finding(message).help("say in the `WHERE` which rows are not done yet"));
    } else if let Some(message) = rerun::reason(context, obstacle, String::new, String::new) {
        found.push(finding(message).help("ask the catalog for it first, in a `DO` block"));
    }
}

#[cfg(test)]
mod tests {
    use super::UPDATE_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn a_value_that_builds_on_itself() {
        check(
            &UPDATE_NOT_RERUNNABLE,
            "
    UPDATE t SET n = n + 1 WHERE kind = 'a';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes `n` of `t` once more
    UPDATE t SET n = n * 100, unit = 'cent' WHERE unit = 'euro';
    UPDATE t SET m = n * 100 WHERE m IS NULL;
    UPDATE t SET n = coalesce(n, 0), name = lower(name);
    UPDATE t SET n = n + 1 WHERE kind = 'a' AND n = 5;
    UPDATE t SET n = n * 1, m = m + 1 WHERE n = 5;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes `n`, `m` of `t` once more
",
        );
    }

    #[test]
    fn what_a_query_decides() {
        check(
            &UPDATE_NOT_RERUNNABLE,
            "
    UPDATE t SET n = CASE WHEN (SELECT count(*) FROM t i WHERE i.n = t.n) > 1 THEN 0 ELSE n END;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run may change `n` of `t` once more
    UPDATE t SET n = scale(n);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run may change `n` of `t` once more
    UPDATE t SET token = gen_random_uuid();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes `token` of `t` once more
    UPDATE t SET n = '' WHERE id IN (SELECT id FROM t GROUP BY id HAVING count(*) > 1);
",
        );
    }

    #[test]
    fn a_case_that_gives_one_literal() {
        check(
            &UPDATE_NOT_RERUNNABLE,
            "
    UPDATE t SET n = CASE WHEN n > 9 OR kind = 'a' THEN 9 ELSE n END;
    UPDATE t SET n = CASE WHEN n > 9 THEN 9 WHEN n < 3 THEN 5 ELSE n END;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes `n` of `t` once more
    UPDATE t SET n = CASE WHEN random() > n THEN 9 ELSE n END;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run changes `n` of `t` once more
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &UPDATE_NOT_RERUNNABLE,
            "
    CREATE TABLE t (n int);
    UPDATE t SET n = n + 1;
",
        );
    }

    #[test]
    fn a_table_that_is_gone() {
        check(
            &UPDATE_NOT_RERUNNABLE,
            "
    UPDATE t SET b = u.b FROM u WHERE u.id = t.id;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 2 has taken table `u` away by then
    DROP TABLE IF EXISTS u;
",
        );
    }

    #[test]
    fn a_column_that_is_gone() {
        check(
            &UPDATE_NOT_RERUNNABLE,
            "
    ALTER TABLE t ADD COLUMN IF NOT EXISTS b int;
    UPDATE t SET b = a;
--  ^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 3 has taken column `a` away by then
    ALTER TABLE t DROP COLUMN IF EXISTS a;
-- file: 2_b.up.sql
    UPDATE t SET b = true FROM u WHERE t.u_id = u.id AND u.b;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 2 has taken column `b` away by then
    ALTER TABLE u DROP COLUMN IF EXISTS b;
-- file: 3_c.up.sql
    UPDATE t SET b = u.a FROM u WHERE t.u_id = u.id;
    ALTER TABLE t DROP COLUMN IF EXISTS a;
",
        );
    }
}
