//! `unnamed-constraint`.

use crate::{
    action::{Action, AlterClause, AlterObjectClause},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD CHECK`, `ADD UNIQUE`, `ADD EXCLUDE` and `ADD FOREIGN KEY` without a name on a table or domain that was there
    /// before.
    ///
    /// ## Why is this bad?
    /// Postgres makes a name that is free. A retried deployment, a restored ledger or a branch that was merged twice runs the
    /// migration again, and adds the constraint a second time under another name: every write then pays twice, and nothing
    /// tells.
    ///
    /// ```sql,bad
    /// ALTER TABLE orders ADD CHECK (total >= 0);
    /// ```
    ///
    /// ## Safer way
    /// Name it, and protect it as `add-constraint-not-rerunnable` says.
    ///
    /// ```sql,good
    /// ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_total_check;
    /// ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static UNNAMED_CONSTRAINT = {
        name: "unnamed-constraint",
        group: Rerun,
        summary: "a constraint without a name, which a second run adds again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if context.obstacle() != Some(&Obstacle::Twin) {
        return;
    }
    let owner = match &step.action {
        Action::AlterTable(alter) if matches!(alter.clause, AlterClause::AddConstraint(_)) => {
            &alter.table
        }
        Action::AlterObject(alter)
            if matches!(alter.clause, AlterObjectClause::AddConstraint(_)) =>
        {
            &alter.name
        }
        _ => return,
    };
    let message = format!("a second run adds this constraint to `{owner}` again");
    found.push(
        Finding::new(&UNNAMED_CONSTRAINT, step.span, message)
            .help("name it with `CONSTRAINT <name>`, and drop it with `IF EXISTS` first"),
    );
}

#[cfg(test)]
mod tests {
    use super::UNNAMED_CONSTRAINT;
    use crate::test_support::check;

    #[test]
    fn without_a_name() {
        check(
            &UNNAMED_CONSTRAINT,
            "
    ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: a second run adds this constraint to `t` again
    ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);
",
        );
    }

    #[test]
    fn a_new_table_or_a_drop_before() {
        check(
            &UNNAMED_CONSTRAINT,
            "
    CREATE TABLE t (a int);
    ALTER TABLE t ADD UNIQUE (a);
    ALTER TABLE u DROP CONSTRAINT IF EXISTS u_a_key, ADD UNIQUE (a);
",
        );
    }
}
