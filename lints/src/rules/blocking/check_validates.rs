//! A check is tried on every row while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ConstraintKind},
    declare_rule,
    rules::blocking::{
        altered::{added_constraints, holds_up},
        validation,
    },
};

declare_rule! {
    /// ## What it does
    /// Flags a `CHECK` that is added without `NOT VALID` to a table with rows, also with a new column.
    ///
    /// ## Why is this bad?
    /// Postgres tries it on every row of the table while it holds `ACCESS EXCLUSIVE`: not even a `SELECT` gets through
    /// until the scan is over and the migration has committed. One bad row fails it all.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 0);
    /// ```
    ///
    /// ## Safer way
    /// Add it `NOT VALID`: new rows are checked from then on, old ones are not looked at. Validate it in a later
    /// migration, which blocks neither reads nor writes.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 0) NOT VALID;
    /// -- file: 3_validate.up.sql
    /// ALTER TABLE users VALIDATE CONSTRAINT users_age_check;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. `NOT VALID` cannot be written with a column: add the column first.
    pub(crate) static CHECK_VALIDATES = {
        name: "check-validates",
        group: Blocking,
        summary: "a check that scans the table while it blocks reads and writes",
        level: Error,
        lock: AccessExclusive,
        work: Scan,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let table = &alter.table;
    let inline = matches!(alter.clause, AlterClause::AddColumn { .. });
    let Some(constraint) = added_constraints(alter).iter().find(|constraint| {
        matches!(constraint.kind, ConstraintKind::Check(_))
            && !constraint.not_valid
            && !constraint.not_enforced
    }) else {
        return;
    };
    if !context.may_hold_rows(table) {
        return;
    }
    let finding = holds_up(
        &CHECK_VALIDATES,
        context,
        step,
        table,
        "until every row is checked: a scan of the whole table",
    );
    found.push(if inline {
        finding.help("add the column alone, then the check `NOT VALID`, and `VALIDATE CONSTRAINT` in a later migration")
    } else {
        let help = "add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a later migration";
        validation::later(finding.help(help), context, alter, constraint)
    });
}

#[cfg(test)]
mod tests {
    use super::CHECK_VALIDATES;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &CHECK_VALIDATES,
            "
    ALTER TABLE users ADD CONSTRAINT users_age CHECK (age > 0);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait until every row is checked: a scan of the whole table
    ALTER TABLE users ADD COLUMN score int CHECK (score > 0);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait until every row is checked: a scan of the whole table
",
        );
    }

    #[test]
    fn nothing_to_check() {
        check(
            &CHECK_VALIDATES,
            "
    ALTER TABLE users ADD CONSTRAINT users_age CHECK (age > 0) NOT VALID;
    CREATE TABLE teams (id bigint CHECK (id > 0));
    ALTER TABLE teams ADD CHECK (id < 1000);
",
        );
    }
}
