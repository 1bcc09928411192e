//! `add-column-not-rerunnable`.

use crate::{
    action::{Action, AlterClause, AlterObjectClause, AlterTable, Column},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD COLUMN` without `IF NOT EXISTS`, `ADD ATTRIBUTE` on a composite type, and `ADD GENERATED … AS IDENTITY`.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because the column is already there, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TABLE users ADD COLUMN email text;
    /// ```
    ///
    /// ## Safer way
    /// Say `IF NOT EXISTS`. For an attribute or an identity ask the catalog in a `DO` block, or catch the error there.
    ///
    /// ```sql,good
    /// ALTER TABLE users ADD COLUMN IF NOT EXISTS email text;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ADD_COLUMN_NOT_RERUNNABLE = {
        name: "add-column-not-rerunnable",
        group: Rerun,
        summary: "an `ADD COLUMN` that a second run cannot repeat",
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
    let (what, help, edit) = match &step.action {
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddColumn {
                column,
                name_start,
                column_keyword,
                ..
            } => {
                let text = if *column_keyword {
                    "IF NOT EXISTS "
                } else {
                    "COLUMN IF NOT EXISTS "
                };
                (
                    format!("column `{}` of `{}`", column.name, alter.table),
                    "add `IF NOT EXISTS`",
                    Some((*name_start, text))
                        .filter(|_| !replaces_constraint(context, alter, column)),
                )
            }
            AlterClause::AddIdentity(column) => (
                format!("the identity of column `{column}`"),
                "catch `object_not_in_prerequisite_state` in a `DO` block",
                None,
            ),
            _ => return,
        },
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::AddAttribute(name) => (
                format!("attribute `{name}` of `{}`", alter.name),
                "catch `duplicate_column` in a `DO` block",
                None,
            ),
            _ => return,
        },
        _ => return,
    };
    let there = || format!("{what} is already there");
    let Some(message) = rerun::reason(context, obstacle, there, String::new) else {
        return;
    };
    let finding = Finding::new(&ADD_COLUMN_NOT_RERUNNABLE, step.span, message);
    found.push(match (obstacle, edit) {
        (Obstacle::AlreadyThere, Some((at, text))) => finding.help(help).insert(at, text),
        (Obstacle::AlreadyThere, None) => finding.help(help),
        (Obstacle::Lost { .. }, _) => {
            finding.help("add the constraint in an `ADD CONSTRAINT` of its own, behind the column")
        }
        (Obstacle::Obstructs { .. }, _) => {
            finding.help("drop it with `IF EXISTS` before that line")
        }
        _ => finding.help("ask the catalog first, in a `DO` block"),
    });
}

/// Whether the column brings a constraint for one that the file has dropped: `IF NOT EXISTS` would leave the table without
/// either in the second run, silently.
fn replaces_constraint(context: &Context<'_>, alter: &AlterTable, column: &Column) -> bool {
    let table = alter.table.name();
    !column.constraints.is_empty()
        && context
            .outline
            .drops_constraint_before(context.index, table)
}

#[cfg(test)]
mod tests {
    use super::ADD_COLUMN_NOT_RERUNNABLE;
    use crate::test_support::{check, fixable};

    #[test]
    fn columns() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TABLE t ADD COLUMN a int, ADD b int, ADD COLUMN IF NOT EXISTS c int;
--                ^^^^^^^^^^^^^^^^ error: a second run fails here: column `a` of `t` is already there
--                                  ^^^^^^^^^ error: a second run fails here: column `b` of `t` is already there
",
        );
    }

    #[test]
    fn a_column_that_brings_the_key_anew_stays_as_it_is() {
        let swap = |column: &str| {
            let sql = format!(
                "ALTER TABLE files DROP CONSTRAINT files_pkey; ALTER TABLE files ADD {column};"
            );
            fixable(&ADD_COLUMN_NOT_RERUNNABLE, &sql)
        };
        assert_eq!(swap("id uuid DEFAULT gen_random_uuid() PRIMARY KEY"), 0);
        assert_eq!(swap("note text"), 1);
    }

    #[test]
    fn a_column_that_is_computed_from_another() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TABLE t ALTER COLUMN a TYPE bigint;
    ALTER TABLE t ADD COLUMN IF NOT EXISTS c bigint GENERATED ALWAYS AS (a * 2) STORED;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails at line 1: the type of column `a` cannot change, not even to the same, while this uses it
    ALTER TABLE t ALTER COLUMN b TYPE bigint;
    ALTER TABLE t DROP COLUMN IF EXISTS a;
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    CREATE TABLE t (id bigint);
    ALTER TABLE t ADD COLUMN a int;
",
        );
    }

    #[test]
    fn a_table_that_the_second_run_keeps() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS t (id bigint);
    ALTER TABLE t ADD COLUMN a int;
--                ^^^^^^^^^^^^^^^^ error: a second run fails here: column `a` of `t` is already there
",
        );
    }

    #[test]
    fn a_column_that_is_gone_at_the_end() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TABLE t ADD COLUMN b int;
    UPDATE t SET b = a::int;
    ALTER TABLE t DROP COLUMN a;
    ALTER TABLE t RENAME COLUMN b TO a;
",
        );
    }

    #[test]
    fn a_constraint_that_is_not_added_again() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey;
    ALTER TABLE t ADD COLUMN IF NOT EXISTS id int PRIMARY KEY;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run loses constraint `t_pkey`: line 1 drops it, and this adds nothing to a column that is there
    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_u_id_fkey;
    ALTER TABLE t ADD COLUMN IF NOT EXISTS u_id int REFERENCES u;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run loses constraint `t_u_id_fkey`: line 3 drops it, and this adds nothing to a column that is there
    ALTER TABLE t DROP CONSTRAINT IF EXISTS other;
    ALTER TABLE t ADD COLUMN IF NOT EXISTS code int CONSTRAINT code UNIQUE;
    ALTER TABLE t DROP CONSTRAINT IF EXISTS t_n_key, ADD COLUMN IF NOT EXISTS n int UNIQUE;
--                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run loses constraint `t_n_key`: line 7 drops it, and this adds nothing to a column that is there
    ALTER TABLE v DROP CONSTRAINT IF EXISTS v_pkey;
    ALTER TABLE v ADD COLUMN IF NOT EXISTS id int PRIMARY KEY;
    DO $$ BEGIN
        ALTER TABLE v ADD CONSTRAINT v_pkey PRIMARY KEY (id);
    EXCEPTION WHEN invalid_table_definition THEN NULL; END $$;
",
        );
    }

    #[test]
    fn a_block_that_stops_before_it() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        CREATE TYPE s AS ENUM ('a');
        ALTER TABLE t ADD COLUMN a s;
    EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    DO $$ BEGIN
        BEGIN
            CREATE TYPE r AS ENUM ('a');
        EXCEPTION WHEN duplicate_object THEN NULL; END;
        ALTER TABLE t ADD COLUMN b r;
--                    ^^^^^^^^^^^^^^ error: a second run fails here: column `b` of `t` is already there
        ALTER TABLE t ADD COLUMN c r;
--                    ^^^^^^^^^^^^^^ error: a second run fails here: column `c` of `t` is already there
    EXCEPTION WHEN duplicate_object THEN NULL; END $$;
",
        );
    }

    #[test]
    fn attributes_and_identities() {
        check(
            &ADD_COLUMN_NOT_RERUNNABLE,
            "
    ALTER TYPE pair ADD ATTRIBUTE c int;
--                  ^^^^^^^^^^^^^^^^^^^ error: a second run fails here: attribute `c` of `pair` is already there
    ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: the identity of column `id` is already there
",
        );
    }
}
