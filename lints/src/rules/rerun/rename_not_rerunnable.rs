//! `rename-not-rerunnable`.

use crate::{
    action::{Action, RenamePart},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `RENAME` and `SET SCHEMA` of anything that the migration does not create again before.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because nothing has the old name any more, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TABLE users RENAME COLUMN name TO full_name;
    /// ```
    ///
    /// ## Safer way
    /// Ask the catalog first. `ALTER TABLE IF EXISTS … RENAME TO` is enough for a whole table.
    ///
    /// ```sql,good
    /// DO $$ BEGIN
    ///     IF EXISTS (
    ///         SELECT FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'name'
    ///     ) THEN
    ///         ALTER TABLE users RENAME COLUMN name TO full_name;
    ///     END IF;
    /// END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static RENAME_NOT_RERUNNABLE = {
        name: "rename-not-rerunnable",
        group: Rerun,
        summary: "a `RENAME` or `SET SCHEMA` that a second run cannot repeat",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(obstacle) = context.obstacle() else {
        return;
    };
    let (from, to) = match &step.action {
        Action::Rename(rename) => {
            let from = match &rename.part {
                RenamePart::Object => format!("{} `{}`", rename.kind, rename.object),
                RenamePart::Column(name) => format!("column `{name}` of `{}`", rename.object),
                RenamePart::Constraint(name) => {
                    format!("constraint `{name}` of `{}`", rename.object)
                }
                RenamePart::Attribute(name) => format!("attribute `{name}` of `{}`", rename.object),
                RenamePart::EnumValue(_) => return,
            };
            (from, rename.to.to_string())
        }
        Action::SetSchema {
            kind, name, schema, ..
        } => (
            format!("{kind} `{name}`"),
            format!("{schema}.{}", name.name()),
        ),
        _ => return,
    };
    let there = || format!("`{to}` is already there");
    let gone = || format!("{from} is called `{to}` by then");
    let Some(message) = rerun::reason(context, obstacle, there, gone) else {
        return;
    };
    found.push(
        Finding::new(&RENAME_NOT_RERUNNABLE, step.span, message)
            .help("ask the catalog for the old name first, in a `DO` block"),
    );
}

#[cfg(test)]
mod tests {
    use super::RENAME_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn tables_columns_and_constraints() {
        check(
            &RENAME_NOT_RERUNNABLE,
            "
    ALTER TABLE a RENAME TO b;
--                ^^^^^^^^^^^ error: a second run fails here: table `a` is called `b` by then
    ALTER TABLE t RENAME COLUMN a TO b;
--                ^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: column `a` of `t` is called `b` by then
    ALTER TYPE x SET SCHEMA s;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: type `x` is called `s.x` by then
    ALTER TABLE IF EXISTS c RENAME TO d;
",
        );
    }

    #[test]
    fn a_table_that_the_second_run_creates_again() {
        check(
            &RENAME_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS a (id bigint);
    ALTER TABLE a RENAME TO b;
--                ^^^^^^^^^^^ error: a second run fails here: `b` is already there
",
        );
    }

    #[test]
    fn the_old_name_is_there_again() {
        check(
            &RENAME_NOT_RERUNNABLE,
            "
    ALTER TYPE e RENAME TO e_old;
    CREATE TYPE e AS ENUM ('a');
    DROP TYPE e_old;
",
        );
    }

    #[test]
    fn the_old_name_alone_is_asked_for_and_there_again() {
        check(
            &RENAME_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a') THEN
            ALTER TABLE t RENAME COLUMN a TO b;
--                        ^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: `b` is already there
        END IF;
        IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c')
            AND NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 't' AND column_name = 'd') THEN
            ALTER TABLE t RENAME COLUMN c TO d;
        END IF;
    END $$;
    ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD COLUMN IF NOT EXISTS c int;
",
        );
    }

    #[test]
    fn guarded() {
        check(
            &RENAME_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        ALTER TABLE t RENAME COLUMN a TO b;
    EXCEPTION WHEN undefined_column THEN NULL;
    END $$;
",
        );
    }
}
