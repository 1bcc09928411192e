//! What the rules about indexes that do the work of others share.

use std::collections::HashSet;

use crate::{
    Context, Step,
    action::{Action, AlterClause, Constraint, ConstraintKind, CreateIndex},
    catalog::{IndexState, Key, Origin, index_name},
    name::ObjectName,
};

/// An index with its name.
type Named<'a> = (&'a Key, &'a IndexState);

/// Other indexes of the same table that find the same rows by the same keys, in the order of their names.
pub(super) fn twins<'a>(
    context: &'a Context<'_>,
    index: &'a IndexState,
) -> impl Iterator<Item = Named<'a>> {
    let method = index.method.as_deref();
    let catalog = context.catalog;
    catalog
        .indexes_like(&index.table, &index.keys, method, &index.qualities)
        .filter(|(_, other)| !std::ptr::eq(*other, index))
}

/// B-trees of the same table whose keys go on where those of an index end, in the order of their names.
pub(super) fn longer<'a>(
    context: &'a Context<'_>,
    index: &'a IndexState,
) -> impl Iterator<Item = Named<'a>> {
    let longer = context.catalog.longer_indexes(index);
    longer.filter(|(_, other)| begins(index, other))
}

/// B-trees of the same table whose keys are the beginning of those of an index.
pub(super) fn shorter<'a>(
    context: &'a Context<'_>,
    index: &'a IndexState,
) -> impl Iterator<Item = Named<'a>> {
    let own = index.qualities.as_str();
    let plain = index.includes_columns().then_some("");
    index
        .beginnings()
        .flat_map(move |keys| [Some(own), plain].map(|qualities| (keys, qualities)))
        .filter_map(|(keys, qualities)| Some((keys, qualities?)))
        .flat_map(|(keys, qualities)| {
            let catalog = context.catalog;
            catalog.indexes_like(&index.table, keys, None, qualities)
        })
        .filter(|(_, other)| begins(other, index))
}

/// The indexes and unique constraints that the migration adds to tables and that stand when it is over, each once. Postgres
/// itself merges equal constraints of one `CREATE TABLE`.
pub(super) fn new<'a>(context: &'a Context<'_>) -> Vec<(&'a Step, &'a str, &'a IndexState)> {
    let mut seen: HashSet<&Key> = HashSet::new();
    let new = context.migration.steps.iter().filter_map(|step| {
        let mut of_step = match &step.action {
            Action::CreateIndex(create) => created(context, create),
            Action::AlterTable(alter) => match &alter.clause {
                AlterClause::AddConstraint(constraint) => added(context, &alter.table, constraint),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        of_step.retain(|(key, index)| index.origin == Origin::Here && !seen.contains(key));
        let (key, index) = of_step.into_iter().next()?;
        seen.insert(key);
        Some((step, key.name.as_str(), index))
    });
    new.collect()
}

/// The index that a `CREATE INDEX` has made; those that it may have made where no name is written.
fn created<'a>(context: &'a Context<'_>, create: &CreateIndex) -> Vec<Named<'a>> {
    let table = context.catalog.key(&create.table);
    let Some(name) = &create.name else {
        let catalog = context.catalog;
        let method = create.method.as_deref();
        return catalog
            .indexes_like(&table, &create.keys, method, &create.qualities)
            .filter(|(key, index)| !index.constraint && key.name.starts_with(&index_name(create)))
            .collect();
    };
    let qualified = ObjectName::new(Some(table.schema), name.clone());
    let made = context.catalog.index_entry(&qualified);
    // One that was dropped and made again in other form, or that `IF NOT EXISTS` passed over, is not this one.
    made.into_iter()
        .filter(|(_, index)| index.keys == create.keys && index.qualities == create.qualities)
        .collect()
}

/// The indexes that an `ADD UNIQUE` may have brought: more than one where it is written twice.
fn added<'a>(
    context: &'a Context<'_>,
    table: &ObjectName,
    constraint: &Constraint,
) -> Vec<Named<'a>> {
    let ConstraintKind::Unique {
        columns,
        using_index: None,
    } = &constraint.kind
    else {
        return Vec::new();
    };
    let keys: Vec<String> = columns.iter().map(|column| column.value.clone()).collect();
    let named = |key: &Key| {
        let written = constraint.name.as_ref();
        written.is_none_or(|name| name.value == key.name)
    };
    let table = context.catalog.key(table);
    context
        .catalog
        .indexes_like(&table, &keys, None, "")
        .filter(|(key, index)| index.constraint && named(key))
        .collect()
}

/// Whether the keys of a B-tree are the beginning of a longer one's, over the same rows.
fn begins(short: &IndexState, long: &IndexState) -> bool {
    let same_rows =
        short.qualities == long.qualities || short.qualities.is_empty() && long.includes_columns();
    short.method.is_none()
        && long.method.is_none()
        && same_rows
        && short.keys.len() < long.keys.len()
        && long.keys.starts_with(&short.keys)
}
