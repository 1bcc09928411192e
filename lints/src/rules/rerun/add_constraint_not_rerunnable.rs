//! `add-constraint-not-rerunnable`.

use crate::{
    action::{Action, AlterClause, AlterObjectClause, ConstraintKind, IfExists},
    declare_rule,
    finding::Finding,
    name::Ident,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    source::Span,
    split,
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
    /// ```sql,bad
    /// CREATE UNIQUE INDEX users_name_idx ON users (name);
    /// ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE USING INDEX users_name_idx;
    /// ```
    ///
    /// ## Safer way
    /// Drop it with `IF EXISTS` in the same statement, or catch the error. A second `CHECK` or foreign key is a `duplicate_object`,
    /// a second `UNIQUE` or `EXCLUDE` a `duplicate_table` (its index is), a second primary key an `invalid_table_definition`.
    /// `USING INDEX` gives the index the constraint's name: build it under that name, or a second run builds it once more.
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
    let reason = match obstacle {
        Obstacle::Spare { index, built_by } => context.line_of(*built_by).map(|line| {
            format!("a second run leaves index `{index}` beside that of the constraint: line {line} builds it again, and it is not renamed then")
        }),
        _ => rerun::reason(context, obstacle, there, gone),
    };
    let Some(message) = reason else {
        return;
    };
    let finding = Finding::new(&ADD_CONSTRAINT_NOT_RERUNNABLE, step.span, message);
    if let (Some(using), Some(name)) = (constraint.kind.using_index(), &constraint.name)
        && using != name
        && *obstacle != Obstacle::Gone
    {
        let finding = finding.help(format!(
            "give the index the constraint's name, `{name}`, where it is built, too: it gets that name in the end"
        ));
        found.push(with_one_name(finding, context, step, using, name));
        return;
    }
    if *obstacle != Obstacle::AlreadyThere {
        found.push(finding.help("ask the catalog first, in a `DO` block"));
        return;
    }
    let condition = match &constraint.kind {
        kind if kind.using_index().is_some() => IN_USE,
        ConstraintKind::PrimaryKey { .. } => "invalid_table_definition",
        ConstraintKind::Unique { .. } | ConstraintKind::Exclude => "duplicate_table",
        _ => "duplicate_object",
    };
    let help = format!("catch `{condition}` in a `DO` block, or `DROP CONSTRAINT IF EXISTS` first");
    found.push(rerun::catch(finding.help(help), context, step, condition));
}

/// What Postgres says to an index that is a constraint's own already.
const IN_USE: &str = "object_not_in_prerequisite_state";

/// Adds the fix that builds the index under the constraint's name, and lets the build and the step run twice: that catches its
/// error, or asks the catalog for the constraint as it did.
fn with_one_name(
    finding: Finding,
    context: &Context<'_>,
    step: &Step,
    using: &Ident,
    name: &Ident,
) -> Finding {
    let migration = context.migration;
    if migration.steps.len() > split::MOST_STEPS {
        return finding;
    }
    let earlier = &migration.steps[..context.index];
    let built = earlier.iter().rev().find_map(|step| match &step.action {
        Action::CreateIndex(create) if create.name.as_ref() == Some(using) => Some((step, create)),
        _ => None,
    });
    let Some((build, create)) = built.filter(|(_, create)| !create.concurrently) else {
        return finding;
    };
    let (Some(old), Some(at)) = (&create.name, create.name_start) else {
        return finding;
    };
    let others = migration.statements.iter().enumerate();
    let mut others = others.filter(|(at, _)| ![build.statement, step.statement].contains(at));
    let named =
        |text: &str| split::mentions(text, &using.value) || split::mentions(text, &name.value);
    if build.statement == step.statement
        || others.any(|(_, statement)| named(migration.up.slice(statement.span)))
    {
        return finding;
    }
    let mut finding = match step.guard.tests_catalog {
        true => finding,
        false => rerun::catch(finding, context, step, IN_USE),
    };
    if !step.guard.tests_catalog && finding.fix.is_empty() {
        return finding;
    }
    // The name may be the first of a line, or the last of its statement: edits may not touch.
    let mut edits = finding.fix.edits.iter_mut();
    match edits.find(|edit| edit.span.start <= using.span.end && using.span.start <= edit.span.end)
    {
        Some(edit) if edit.span.start == using.span.end => {
            edit.span.start = using.span.start;
            edit.text.insert_str(0, &name.sql());
        }
        Some(edit) => {
            edit.span.end = using.span.end;
            edit.text.push_str(&name.sql());
        }
        None => finding = finding.replace(using.span, name.sql()),
    }
    let if_not_exists = match create.if_exists {
        IfExists::Fail => "IF NOT EXISTS ",
        _ => "",
    };
    finding.replace(
        Span::new(at, old.span.end),
        format!("{if_not_exists}{}", name.sql()),
    )
}

#[cfg(test)]
mod tests {
    use super::ADD_CONSTRAINT_NOT_RERUNNABLE;
    use crate::{
        fix,
        test_support::{check, found},
    };

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
    fn an_index_that_is_renamed_is_built_again() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    CREATE UNIQUE INDEX i ON t (a);
    ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: constraint `c` of `t` is already there
    CREATE UNIQUE INDEX IF NOT EXISTS j ON t (b);
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'd') THEN
            ALTER TABLE t ADD CONSTRAINT d UNIQUE USING INDEX j;
--                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run leaves index `j` beside that of the constraint: line 3 builds it again, and it is not renamed then
        END IF;
    END $$;
    CREATE UNIQUE INDEX k ON t (d);
    DO $$ BEGIN
        ALTER TABLE t ADD CONSTRAINT e UNIQUE USING INDEX k;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run leaves index `k` beside that of the constraint: line 9 builds it again, and it is not renamed then
    EXCEPTION WHEN duplicate_table THEN NULL;
    END $$;
",
        );
    }

    #[test]
    fn one_guard_around_both_is_enough() {
        check(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        CREATE UNIQUE INDEX i ON t (a);
        ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i;
    EXCEPTION WHEN duplicate_table THEN NULL;
    END $$;
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'd') THEN
            CREATE UNIQUE INDEX j ON t (a);
            ALTER TABLE t ADD CONSTRAINT d UNIQUE USING INDEX j;
        END IF;
    END $$;
    CREATE UNIQUE INDEX k ON t (a);
    ALTER TABLE t DROP CONSTRAINT IF EXISTS e, ADD CONSTRAINT e UNIQUE USING INDEX k;
",
        );
    }

    #[test]
    fn the_fix_gives_both_one_name() {
        let fixed = |sql: &str| {
            let found = found(&ADD_CONSTRAINT_NOT_RERUNNABLE, sql);
            let [finding] = found.as_slice() else {
                panic!("{} findings", found.len())
            };
            assert!(finding.fix.is_safe());
            fix::edit(sql, finding.fix.own_edits())
        };
        assert_eq!(
            fixed(
                "CREATE UNIQUE INDEX i ON t (a);\nALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i;\n"
            ),
            "CREATE UNIQUE INDEX IF NOT EXISTS c ON t (a);\n\
             DO $do$ BEGIN\n    ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX c;\n\
             EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL;\nEND $do$;\n"
        );
        let guarded = |index: &str| {
            format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS {index} ON t (a);\n\
                 DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'c') THEN \
                 ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX {index}; END IF; END $$;\n"
            )
        };
        assert_eq!(fixed(&guarded("i")), guarded("c"));
    }

    #[test]
    fn a_name_that_more_is_said_of_stays() {
        let found = found(
            &ADD_CONSTRAINT_NOT_RERUNNABLE,
            "CREATE UNIQUE INDEX i ON t (a);\nCOMMENT ON INDEX i IS 'x';\nALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i;\n",
        );
        assert!(found.len() == 1 && found[0].fix.is_empty(), "{found:?}");
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
