//! Which names the steps of a file create, drop or change, and whether the guards around them ask for any of these.

use std::collections::HashSet;

use crate::{
    action::{
        Action, AlterClause, AlterObjectClause, AlterTable, Column, Constraint, CreateDetail,
        RenamePart,
    },
    catalog::{constraint_name, index_name},
    name::{Ident, ObjectName},
    step::Step,
};

/// A guard that asks for nothing that the file changes gets the same answer in a second run: it is a condition like any
/// other.
pub(super) fn check_guards(steps: &mut [Step]) {
    let asks = |step: &Step| step.guard.tests_catalog && !step.guard.asks_for.is_empty();
    let unknown = |step: &Step| matches!(step.action, Action::DynamicSql | Action::Unknown { .. });
    if !steps.iter().any(asks) || steps.iter().any(unknown) {
        return;
    }
    let touched: HashSet<String> = steps.iter().flat_map(|step| names(&step.action)).collect();
    for step in steps.iter_mut().filter(|step| asks(step)) {
        if step
            .guard
            .asks_for
            .iter()
            .all(|name| !touched.contains(name))
        {
            step.guard.tests_catalog = false;
            step.guard.conditional = true;
        }
    }
}

/// The names of what an action creates, drops or changes; of a change to a part of a table, the part's.
fn names(action: &Action) -> Vec<String> {
    match action {
        Action::CreateTable(create) => {
            let mut names = vec![one(&create.name)];
            for column in &create.columns {
                names.extend(added_column(&create.name, column));
            }
            let own = create.constraints.iter();
            names.extend(
                own.map(|constraint| constraint_name(create.name.name(), constraint, None)),
            );
            names
        }
        Action::CreateIndex(create) => vec![match &create.name {
            Some(name) => name.value.clone(),
            None => index_name(create),
        }],
        Action::CreateObject(create) => {
            let mut names = vec![one(&create.name)];
            if let CreateDetail::Enum { labels } = &create.detail {
                names.extend(labels.iter().cloned());
            }
            names
        }
        Action::DropObject(drop) => vec![one(&drop.name)],
        Action::AlterTable(alter) => altered(alter),
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::AddEnumValue { label, .. } => vec![label.clone()],
            AlterObjectClause::AddAttribute(name)
            | AlterObjectClause::DropAttribute { name, .. }
            | AlterObjectClause::DropConstraint { name, .. }
            | AlterObjectClause::ValidateConstraint(name) => vec![name.value.clone()],
            AlterObjectClause::AddConstraint(constraint) => {
                vec![constraint_name(alter.name.name(), constraint, None)]
            }
            _ => vec![one(&alter.name)],
        },
        Action::Rename(rename) => {
            let from = match &rename.part {
                RenamePart::Object => one(&rename.object),
                RenamePart::Column(name)
                | RenamePart::Constraint(name)
                | RenamePart::Attribute(name) => name.value.clone(),
                RenamePart::EnumValue(label) => label.clone(),
            };
            vec![from, rename.to.value.clone()]
        }
        Action::SetSchema { name, schema, .. } => vec![one(name), schema.value.clone()],
        Action::Truncate { table, .. } | Action::Merge { table } => vec![one(table)],
        Action::Insert(insert) => vec![one(&insert.table)],
        Action::Update(update) => vec![one(&update.table)],
        Action::Delete(delete) => vec![one(&delete.table)],
        _ => Vec::new(),
    }
}

fn altered(alter: &AlterTable) -> Vec<String> {
    let name: &Ident = match &alter.clause {
        AlterClause::AddColumn { column, .. } => {
            return added_column(&alter.table, column).collect();
        }
        AlterClause::AddConstraint(constraint) => {
            return vec![constraint_name(alter.table.name(), constraint, None)];
        }
        AlterClause::AttachPartition { partition, .. }
        | AlterClause::DetachPartition { partition, .. } => {
            return vec![one(&alter.table), one(partition)];
        }
        AlterClause::DropColumn { name, .. }
        | AlterClause::DropConstraint { name, .. }
        | AlterClause::ToggleTrigger { name, .. }
        | AlterClause::ValidateConstraint(name)
        | AlterClause::AlterConstraint { name, .. }
        | AlterClause::SetNotNull(name)
        | AlterClause::DropNotNull(name)
        | AlterClause::DropDefault(name)
        | AlterClause::AddIdentity(name)
        | AlterClause::SetExpression(name) => name,
        AlterClause::ColumnType { column, .. }
        | AlterClause::SetDefault { column, .. }
        | AlterClause::DropIdentity { column, .. }
        | AlterClause::DropExpression { column, .. } => column,
        _ => return vec![one(&alter.table)],
    };
    vec![name.value.clone()]
}

fn added_column(table: &ObjectName, column: &Column) -> impl Iterator<Item = String> {
    let name =
        |constraint: &Constraint| constraint_name(table.name(), constraint, Some(&column.name));
    std::iter::once(column.name.value.clone()).chain(column.constraints.iter().map(name))
}

fn one(name: &ObjectName) -> String {
    name.name().to_owned()
}
