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
    /// Also a `DELETE` or `SELECT` that reads a column which the file drops later with `IF EXISTS`.
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
    /// Say `IF EXISTS`. Where an earlier statement of the file reads the column, that is not enough: ask the catalog first, in
    /// one `DO` block with that statement.
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
        Action::Delete(_) | Action::Query { .. } => {
            if let Obstacle::Missing { what: "column", .. } = obstacle
                && let Some(message) = rerun::reason(context, obstacle, String::new, String::new)
            {
                found.push(
                    Finding::new(&DROP_COLUMN_NOT_RERUNNABLE, step.span, message)
                        .help("ask the catalog for it first, in a `DO` block"),
                );
            }
            return;
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
        Obstacle::Gone => {
            let own = context.index..context.index + 1;
            rerun::if_exists(finding, context, own, at, text)
        }
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
    use crate::test_support::{check, fixable};

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
    fn what_an_earlier_statement_reads_is_not_passed_over() {
        for (before, fixes) in [
            ("INSERT INTO b SELECT a.x, a.y FROM a", 1),
            (
                "INSERT INTO b SELECT k.x, k.y FROM (SELECT a.* FROM a) k",
                1,
            ),
            (
                "INSERT INTO b SELECT k.x, k.y FROM (SELECT *, 1 AS y FROM a) k",
                2,
            ),
            (
                "WITH k AS (SELECT * FROM a) INSERT INTO b SELECT k.x FROM k",
                2,
            ),
            ("UPDATE b SET n = a.x FROM a WHERE a.id = b.id", 2),
            ("UPDATE b SET n = x FROM a WHERE a.id = b.id AND b.y", 2),
            ("UPDATE b SET n = (SELECT a.x FROM a WHERE a.id = b.id)", 2),
            ("UPDATE a SET x = 1", 2),
            ("INSERT INTO a (x, y) VALUES (1, 2)", 1),
            ("CREATE TABLE c AS SELECT x FROM a ORDER BY y", 2),
            ("DELETE FROM a WHERE x = 1", 2),
            // What is read is another table's, or may be.
            ("UPDATE a SET n = b.x FROM b WHERE a.id = b.id", 3),
            ("INSERT INTO b (x, y, z) VALUES (1, 2, 3)", 3),
            ("UPDATE b SET n = (SELECT x FROM a WHERE a.id = b.id)", 3),
            ("INSERT INTO b SELECT k.x FROM (SELECT id AS x FROM a) k", 3),
            (
                "WITH a AS (SELECT 1 AS x) INSERT INTO b SELECT a.x FROM a",
                3,
            ),
        ] {
            let drop = "ALTER TABLE a DROP COLUMN x, DROP COLUMN y, DROP COLUMN z;";
            let sql = format!("{before}; {drop}");
            assert_eq!(fixable(&DROP_COLUMN_NOT_RERUNNABLE, &sql), fixes, "{sql}");
        }
    }

    #[test]
    fn read_and_gone() {
        check(
            &DROP_COLUMN_NOT_RERUNNABLE,
            "
    DELETE FROM t USING u WHERE t.id = u.id AND u.old;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 3 has taken column `old` away by then
    SELECT setval('s', (SELECT max(n) FROM u));
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 3 has taken column `n` away by then
    ALTER TABLE u DROP COLUMN IF EXISTS old, DROP COLUMN IF EXISTS n;
-- file: 2_b.up.sql
    DELETE FROM t USING u WHERE t.old = u.id;
    DELETE FROM t USING u WHERE t.id = u.id AND EXISTS (SELECT FROM v WHERE old);
    ALTER TABLE u DROP COLUMN IF EXISTS old;
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
