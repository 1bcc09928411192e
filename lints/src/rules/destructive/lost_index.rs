//! What is lost with an index, and what others that stand in the end do in its place.

use std::borrow::Cow;

use crate::{
    Context,
    action::{Action, AlterClause, ConstraintKind, ObjectKind},
    catalog::{IndexState, Key, constraint_name},
    name::ObjectName,
    rules::destructive::dropped,
};

/// What is lost.
pub(super) struct LostIndex {
    /// Rows that are equal in its keys come in.
    pub apart: bool,
    /// `ON CONFLICT` on its keys finds no unique index.
    pub conflict: bool,
    /// No other index finds all that it found.
    pub queries: bool,
    /// The tables whose rows other rows of its table refer to, without an index to find these.
    pub referenced: Vec<ObjectName>,
}

impl LostIndex {
    /// Looks at what stands when the migration is over: what is there and stays, and what later steps add.
    pub(super) fn new(context: &Context<'_>, name: &Key, index: &IndexState) -> Self {
        // Without one of its columns, nobody can ask for it.
        let mut keys = index.bare_keys();
        let unique = index.unique && !keys.any(|key| goes(context, index, key));
        let mut lost = Self {
            apart: unique,
            conflict: unique,
            queries: true,
            referenced: unserved(context, name, index),
        };
        // One that is not unique is replaced by those alone that begin as it does.
        let count = if index.unique { index.keys.len() } else { 1 };
        for first in index.bare_keys().take(count) {
            for other in others(context, name, &index.table, first) {
                lost.apart &= !other.keeps_apart(index);
                lost.conflict &= !other.arbitrates(index);
                lost.queries &= !other.serves(index);
            }
        }
        lost
    }

    /// What becomes of each `DELETE` of the rows that are referred to.
    pub(super) fn deletes(&self, table: &Key) -> impl Iterator<Item = String> {
        let table = table.object_name();
        self.referenced.iter().map(move |referenced| {
            format!("each `DELETE` from `{referenced}` reads the whole of `{table}`")
        })
    }
}

/// Whether an index goes in any case, or loses its use: with its table, with the column by which it is searched.
pub(super) fn goes_anyway(context: &Context<'_>, index: &IndexState) -> bool {
    let first = index.columns.first();
    first.is_some_and(|first| goes(context, index, first))
        || dropped::is_dropped_later(context, &index.table.name)
}

fn goes(context: &Context<'_>, index: &IndexState, column: &str) -> bool {
    dropped::is_column_dropped_later(context, &index.table.name, column)
}

/// How many indexes are looked at that begin alike.
const MOST: usize = 64;

/// The other indexes of a table with that first key that stand when the migration is over.
fn others<'a>(
    context: &Context<'a>,
    name: &Key,
    table: &Key,
    first: &str,
) -> Vec<Cow<'a, IndexState>> {
    let swaps = &context.outline.swaps;
    let there = context.catalog.indexes_led_by_key(table, first).take(MOST);
    let stay = there.filter(|(key, _)| {
        *key != name && !swaps.is_dropped_after(context.index, ObjectKind::Index, &key.name)
    });
    let stay = stay.map(|(_, index)| Cow::Borrowed(index));
    let later = swaps.indexes_after(context.index, &table.name, first);
    let made = later.iter().filter_map(|&step| made(context, step, table));
    stay.chain(made.map(Cow::Owned)).collect()
}

/// The index that a step makes, unless it is for another table or does not stay.
fn made(context: &Context<'_>, step: usize, table: &Key) -> Option<IndexState> {
    let catalog = context.catalog;
    let (name, index) = match &context.migration.steps.get(step)?.action {
        Action::CreateIndex(create) if catalog.key(&create.table) == *table => {
            let name = create.name.as_ref().map(|name| name.value.clone());
            (name, IndexState::created(create, table.clone()))
        }
        Action::AlterTable(alter) if catalog.key(&alter.table) == *table => {
            let AlterClause::AddConstraint(constraint) = &alter.clause else {
                return None;
            };
            let (ConstraintKind::PrimaryKey { columns, .. }
            | ConstraintKind::Unique { columns, .. }) = &constraint.kind
            else {
                return None;
            };
            let columns = columns.iter().map(|column| column.value.clone()).collect();
            let name = constraint_name(&table.name, constraint, None);
            (Some(name), IndexState::of_key(table.clone(), columns))
        }
        _ => return None,
    };
    let swaps = &context.outline.swaps;
    let goes = name.is_some_and(|name| swaps.is_dropped_after(step, ObjectKind::Index, &name));
    (!goes).then_some(index)
}

/// The tables to which the index's table refers by a foreign key that no other index serves.
fn unserved(context: &Context<'_>, name: &Key, index: &IndexState) -> Vec<ObjectName> {
    let (catalog, swaps) = (context.catalog, &context.outline.swaps);
    let table = &index.table;
    let relation = catalog.relation(&table.object_name());
    let (Some(first), Some(relation)) = (index.columns.first(), relation) else {
        return Vec::new();
    };
    if !index.finds_any_row() {
        return Vec::new();
    }
    let is_served = |column: &String| {
        let others = others(context, name, table, column);
        others.iter().any(|other| other.finds_any_row())
    };
    let keys = relation.constraints.over(first).filter(|key| {
        let constraint = ObjectKind::Constraint;
        let goes = |column: &String| dropped::is_column_dropped_later(context, &table.name, column);
        !swaps.is_taken_after(context.index, constraint, &table.name, &key.name)
            && !key.columns.iter().any(goes)
            && !key.columns.iter().any(is_served)
    });
    let mut referenced: Vec<ObjectName> = Vec::new();
    for references in keys.filter_map(|key| key.references.as_ref()) {
        let name = references.object_name();
        if !referenced.contains(&name) && !dropped::is_dropped_later(context, &references.name) {
            referenced.push(name);
        }
    }
    referenced
}
