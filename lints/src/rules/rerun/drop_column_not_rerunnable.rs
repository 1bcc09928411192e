//! `drop-column-not-rerunnable`.

use crate::{
    action::{Action, AlterClause, AlterObjectClause},
    declare_rule,
    finding::Finding,
    name::Ident,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP COLUMN`, `DROP CONSTRAINT`, `DROP ATTRIBUTE`, `DROP IDENTITY` and `DROP EXPRESSION` without `IF EXISTS`.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because there is nothing left to drop, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TABLE users DROP COLUMN email;
    /// ```
    ///
    /// ## Safer way
    /// Say `IF EXISTS`.
    ///
    /// ```sql,good
    /// ALTER TABLE users DROP COLUMN IF EXISTS email;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_COLUMN_NOT_RERUNNABLE = {
        name: "drop-column-not-rerunnable",
        group: Rerun,
        summary: "a `DROP COLUMN` or `DROP CONSTRAINT` that a second run cannot repeat",
        level: Error,
        fix: Safely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(obstacle) = context.obstacle() else {
        return;
    };
    let end = step.span.end;
    let (what, (at, text)) = match &step.action {
        Action::AlterTable(alter) => {
            let table = &alter.table;
            match &alter.clause {
                AlterClause::DropColumn { name, .. } => {
                    (format!("column `{name}` of `{table}`"), before(name))
                }
                AlterClause::DropConstraint { name, .. } => {
                    (format!("constraint `{name}` of `{table}`"), before(name))
                }
                AlterClause::DropIdentity { column, .. } => (
                    format!("the identity of column `{column}`"),
                    (end, " IF EXISTS"),
                ),
                AlterClause::DropExpression { column, .. } => (
                    format!("the expression of column `{column}`"),
                    (end, " IF EXISTS"),
                ),
                _ => return,
            }
        }
        Action::AlterObject(alter) => {
            let object = &alter.name;
            match &alter.clause {
                AlterObjectClause::DropAttribute { name, .. } => {
                    (format!("attribute `{name}` of `{object}`"), before(name))
                }
                AlterObjectClause::DropConstraint { name, .. } => {
                    (format!("constraint `{name}` of `{object}`"), before(name))
                }
                _ => return,
            }
        }
        _ => return,
    };
    let gone = || format!("{what} is gone by then");
    let Some(message) = rerun::reason(context, obstacle, String::new, gone) else {
        return;
    };
    let finding = Finding::new(&DROP_COLUMN_NOT_RERUNNABLE, step.span, message);
    found.push(match obstacle {
        Obstacle::Gone => rerun::if_exists(finding, context, at, text),
        Obstacle::Referenced { kind, .. } => finding.help(rerun::drop_first(*kind)),
        _ => finding.help("ask the catalog first, in a `DO` block"),
    });
}

fn before(name: &Ident) -> (usize, &'static str) {
    (name.span.start, "IF EXISTS ")
}

#[cfg(test)]
mod tests {
    use super::DROP_COLUMN_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn columns_and_constraints() {
        check(
            &DROP_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TABLE t DROP COLUMN a, DROP b, DROP COLUMN IF EXISTS c;
--                ^^^^^^^^^^^^^ error: a second run fails here: column `a` of `t` is gone by then
--                               ^^^^^^ error: a second run fails here: column `b` of `t` is gone by then
    ALTER TABLE t DROP CONSTRAINT c;
--                ^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `c` of `t` is gone by then
",
        );
    }

    #[test]
    fn what_the_file_adds() {
        check(
            &DROP_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TABLE t DROP CONSTRAINT c;
    ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);
    CREATE TABLE u (a int, b int);
    ALTER TABLE u DROP COLUMN b;
",
        );
    }

    #[test]
    fn attributes_domains_and_identities() {
        check(
            &DROP_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TYPE pair DROP ATTRIBUTE c;
--                  ^^^^^^^^^^^^^^^^ error: a second run fails here: attribute `c` of `pair` is gone by then
    ALTER DOMAIN d DROP CONSTRAINT c;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `c` of `d` is gone by then
    ALTER TABLE t ALTER COLUMN id DROP IDENTITY;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: the identity of column `id` is gone by then
",
        );
    }
}
