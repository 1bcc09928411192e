//! `enum-value-not-rerunnable`.

use crate::{
    action::{Action, AlterObjectClause, RenamePart},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER TYPE … ADD VALUE` without `IF NOT EXISTS`, and `RENAME VALUE`.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because the label is already there or has its new name, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// ALTER TYPE order_state ADD VALUE 'refunded';
    /// ```
    ///
    /// ## Safer way
    /// Say `IF NOT EXISTS`. For a rename ask `pg_enum` in a `DO` block first.
    ///
    /// ```sql,good
    /// ALTER TYPE order_state ADD VALUE IF NOT EXISTS 'refunded';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ENUM_VALUE_NOT_RERUNNABLE = {
        name: "enum-value-not-rerunnable",
        group: Rerun,
        summary: "an `ADD VALUE` or `RENAME VALUE` that a second run cannot repeat",
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
    let (label, name, add_at) = match &step.action {
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::AddEnumValue {
                label, label_start, ..
            } => (label, &alter.name, Some(*label_start)),
            _ => return,
        },
        Action::Rename(rename) => match &rename.part {
            RenamePart::EnumValue(label) => (label, &rename.object, None),
            _ => return,
        },
        _ => return,
    };
    let there = || format!("type `{name}` already has this value");
    let gone = || format!("type `{name}` has no value '{label}' any more");
    let Some(message) = rerun::reason(context, obstacle, there, gone) else {
        return;
    };
    let finding = Finding::new(&ENUM_VALUE_NOT_RERUNNABLE, step.span, message);
    found.push(match (obstacle, add_at) {
        (Obstacle::AlreadyThere, Some(at)) => finding
            .help("add `IF NOT EXISTS`")
            .insert(at, "IF NOT EXISTS "),
        _ => finding.help("ask `pg_enum` first, in a `DO` block"),
    });
}

#[cfg(test)]
mod tests {
    use super::ENUM_VALUE_NOT_RERUNNABLE;
    use crate::test_support::check;

    #[test]
    fn values() {
        check(
            &ENUM_VALUE_NOT_RERUNNABLE,
            "
    ALTER TYPE e ADD VALUE 'b' AFTER 'a';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: type `e` already has this value
    ALTER TYPE e RENAME VALUE 'c' TO 'd';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: type `e` has no value 'c' any more
    ALTER TYPE e ADD VALUE IF NOT EXISTS 'f';
",
        );
    }

    #[test]
    fn a_new_type() {
        check(
            &ENUM_VALUE_NOT_RERUNNABLE,
            "
    CREATE TYPE e AS ENUM ('a');
    ALTER TYPE e RENAME VALUE 'a' TO 'b';
",
        );
    }
}
