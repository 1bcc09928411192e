//! What the rules about indexes that do the work of others share.

use std::collections::{HashMap, HashSet};

use crate::{
    Context, Step,
    action::{Action, AlterClause, ConstraintKind},
    catalog::{IndexState, Key, Origin, index_name},
    name::{Ident, ObjectName},
    source::Span,
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
    // Statements that say the same share what they may have made, and each takes the next of it.
    let mut made_by: HashMap<Written, Vec<Named<'a>>> = HashMap::new();
    let new = context.migration.steps.iter().filter_map(|step| {
        let made = made_by
            .entry(Written::new(context, step)?)
            .or_insert_with_key(|written| {
                let mut made = written.made(context);
                made.retain(|(_, index)| index.origin == Origin::Here);
                made.reverse();
                made
            });
        while let Some((key, index)) = made.pop() {
            if seen.insert(key) {
                return Some((step, key.name.as_str(), index));
            }
        }
        None
    });
    new.collect()
}

/// A `CREATE INDEX` or an `ADD UNIQUE`.
#[derive(PartialEq, Eq, Hash)]
struct Written {
    table: Key,
    keys: Vec<String>,
    method: Option<String>,
    qualities: String,
    /// It is a constraint.
    constraint: bool,
    name: Option<String>,
    /// What the name begins with that Postgres gives an index that has none.
    stem: String,
}

impl Written {
    fn new(context: &Context<'_>, step: &Step) -> Option<Self> {
        match &step.action {
            Action::CreateIndex(create) => Some(Self {
                table: context.catalog.key(&create.table),
                keys: create.keys.clone(),
                method: create.method.clone(),
                qualities: create.qualities.clone(),
                constraint: false,
                name: create.name.as_ref().map(|name| name.value.clone()),
                stem: index_name(create),
            }),
            Action::AlterTable(alter) => {
                let AlterClause::AddConstraint(constraint) = &alter.clause else {
                    return None;
                };
                let ConstraintKind::Unique {
                    columns,
                    using_index: None,
                } = &constraint.kind
                else {
                    return None;
                };
                Some(Self {
                    table: context.catalog.key(&alter.table),
                    keys: columns
                        .iter()
                        .map(|column| IndexState::key_of(&column.value))
                        .collect(),
                    method: None,
                    qualities: String::new(),
                    constraint: true,
                    name: constraint.name.as_ref().map(|name| name.value.clone()),
                    stem: String::new(),
                })
            }
            _ => None,
        }
    }

    /// The index that it has made; those that it may have made where no name is written, in the order of their names.
    fn made<'a>(&self, context: &'a Context<'_>) -> Vec<Named<'a>> {
        let catalog = context.catalog;
        let is_named = |(key, index): &Named<'_>| {
            let fits = match &self.name {
                Some(name) => *name == key.name,
                None => key.name.starts_with(&self.stem),
            };
            fits && index.constraint == self.constraint
        };
        if let Some(name) = self.name.as_ref().filter(|_| !self.constraint) {
            let name = Ident::new(name.clone(), Span::default());
            let qualified = ObjectName::new(Some(self.table.schema.clone()), name);
            let made = catalog.index_entry(&qualified).into_iter();
            // One that was dropped and made again in other form, or that `IF NOT EXISTS` passed over, is not this one.
            let as_written = made
                .filter(|(_, index)| index.keys == self.keys && index.qualities == self.qualities);
            return as_written.collect();
        }
        let method = self.method.as_deref();
        catalog
            .indexes_like(&self.table, &self.keys, method, &self.qualities)
            .filter(is_named)
            .collect()
    }
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
