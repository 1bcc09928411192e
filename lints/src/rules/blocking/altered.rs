//! What the rules about changes of a table share.

use std::fmt::Display;

use crate::{
    Context, Finding, Rule, Step,
    action::{Action, AlterClause, AlterTable, Column, Constraint, ObjectKind},
    name::ObjectName,
};

/// The table of a new trigger, rule or policy, if somebody may wait for a lock on it. Views hold no rows.
pub(super) fn created_on<'a>(
    context: &Context<'_>,
    step: &'a Step,
    kind: ObjectKind,
) -> Option<&'a ObjectName> {
    let Action::CreateObject(create) = &step.action else {
        return None;
    };
    let table = create.table.as_ref().filter(|_| create.kind == kind)?;
    let is_view = context
        .catalog
        .relation(table)
        .is_some_and(|known| known.kind == ObjectKind::View);
    (!is_view && context.is_shared(table)).then_some(table)
}

/// The table whose trigger (or rule, by `kind`) fires from now on, if somebody may wait for a lock on it.
pub(super) fn enabled_on<'a>(
    context: &Context<'_>,
    step: &'a Step,
    kind: ObjectKind,
) -> Option<&'a ObjectName> {
    let Action::AlterTable(alter) = &step.action else {
        return None;
    };
    let AlterClause::ToggleTrigger {
        enable: true, rule, ..
    } = alter.clause
    else {
        return None;
    };
    let of_kind = rule == (kind == ObjectKind::Rule);
    (of_kind && context.is_shared(&alter.table)).then_some(&alter.table)
}

/// The table and the column of `ADD COLUMN`.
pub(super) fn added_column(step: &Step) -> Option<(&ObjectName, &Column)> {
    let Action::AlterTable(alter) = &step.action else {
        return None;
    };
    match &alter.clause {
        AlterClause::AddColumn { column, .. } => Some((&alter.table, column)),
        _ => None,
    }
}

/// The constraints that a clause adds, alone or with a column.
pub(in crate::rules) fn added_constraints(alter: &AlterTable) -> &[Constraint] {
    match &alter.clause {
        AlterClause::AddConstraint(constraint) => std::slice::from_ref(constraint),
        AlterClause::AddColumn { column, .. } => &column.constraints,
        _ => &[],
    }
}

/// A finding about work under `ACCESS EXCLUSIVE`: who waits, and then `until` or while what.
pub(super) fn holds_up(
    rule: &'static Rule,
    context: &Context<'_>,
    step: &Step,
    table: &ObjectName,
    until: impl Display,
) -> Finding {
    let waits = context.waits("reads and writes of", table);
    Finding::new(rule, step.span, format!("{waits} {until}"))
        .label(format!("takes ACCESS EXCLUSIVE on `{table}`"))
}
