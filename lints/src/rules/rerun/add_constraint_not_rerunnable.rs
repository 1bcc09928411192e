//! `add-constraint-not-rerunnable`.

use crate::{
    action::{Action, AlterClause, AlterObjectClause, ConstraintKind},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD CONSTRAINT` with a name, and `ADD PRIMARY KEY`, on a table or domain that was there before. Postgres has no
    /// `IF NOT EXISTS` for it.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because the constraint is already there, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
    /// ```
    ///
    /// ## Safer way
    /// Drop it with `IF EXISTS` in the same statement, or catch the error. A second `CHECK` or foreign key is a `duplicate_object`,
    /// a second `UNIQUE` or `EXCLUDE` a `duplicate_table` (its index is), a second primary key an `invalid_table_definition`.
    ///
    /// ```sql,good
    /// DO $$ BEGIN
    ///     ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
    /// EXCEPTION WHEN duplicate_object THEN NULL;
    /// END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. `ADD CONSTRAINT … NOT NULL` of 18 may be repeated.
    pub(crate) static ADD_CONSTRAINT_NOT_RERUNNABLE = {
        name: "add-constraint-not-rerunnable",
        group: Rerun,
        summary: "an `ADD CONSTRAINT` that a second run cannot repeat",
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
    let (constraint, owner) = match &step.action {
        Action::AlterTable(alter) => match &alter.clause {
            AlterClause::AddConstraint(constraint) => (constraint, &alter.table),
            _ => return,
        },
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::AddConstraint(constraint) => (constraint, &alter.name),
            _ => return,
        },
        _ => return,
    };
    let there = || match (&constraint.name, &constraint.kind) {
        (Some(name), _) => format!("constraint `{name}` of `{owner}` is already there"),
        (None, kind) => format!("`{owner}` already has a {}", kind.words()),
    };
    let gone = || "the index that it uses has become the constraint's own".to_owned();
    let Some(message) = rerun::reason(context, obstacle, there, gone) else {
        return;
    };
    let finding = Finding::new(&ADD_CONSTRAINT_NOT_RERUNNABLE, step.span, message);
    if *obstacle != Obstacle::AlreadyThere {
        found.push(finding.help("ask the catalog first, in a `DO` block"));
        return;
    }
    let condition = match &constraint.kind {
        ConstraintKind::PrimaryKey { using_index, .. }
        | ConstraintKind::Unique { using_index, .. }
            if using_index.is_some() && *using_index == constraint.name =>
        {
            "object_not_in_prerequisite_state"
        }
        ConstraintKind::PrimaryKey { .. } => "invalid_table_definition",
        ConstraintKind::Unique { .. } | ConstraintKind::Exclude => "duplicate_table",
        _ => "duplicate_object",
    };
    let help = format!("catch `{condition}` in a `DO` block, or `DROP CONSTRAINT IF EXISTS` first");
    found.push(rerun::catch(finding.help(help), context, step, condition));
}

#[cfg(test)]
mod tests {
    use super::ADD_CONSTRAINT_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn each_kind_has_its_condition() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `c` of `t` is already there
    ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `u` of `t` is already there
    ALTER TABLE t ADD PRIMARY KEY (a);
--                ^^^^^^^^^^^^^^^^^^^ error: a second run fails here: `t` already has a PRIMARY KEY
",
        );
    }

    #[test]
    fn a_unique_constraint_is_a_duplicate_table() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `u` of `t` is already there
    EXCEPTION WHEN duplicate_object THEN NULL;
    END $$;
    DO $$ BEGIN
        ALTER TABLE t ADD CONSTRAINT v UNIQUE (b);
    EXCEPTION WHEN duplicate_table THEN NULL;
    END $$;
",
        );
    }

    #[test]
    fn an_index_becomes_a_constraint() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: the index that it uses has become the constraint's own
    CREATE UNIQUE INDEX IF NOT EXISTS j ON u (a);
    ALTER TABLE u ADD CONSTRAINT j UNIQUE USING INDEX j;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `j` of `u` is already there
",
        );
    }

    #[test]
    fn dropped_before() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    ALTER TABLE t DROP CONSTRAINT IF EXISTS c, ADD CONSTRAINT c CHECK (a > 0);
    ALTER TABLE t DROP CONSTRAINT t_pkey;
    ALTER TABLE t ADD PRIMARY KEY (a, b);
",
        );
    }

    #[test]
    fn a_new_table() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    CREATE TABLE t (a int);
    ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a);
",
        );
    }
}
