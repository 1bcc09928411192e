//! What the rules about indexes that do the work of others share.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    Context, Step,
    action::{Action, AlterClause, Constraint, ConstraintKind, CreateIndex},
    catalog::{IndexState, Key, Origin},
    name::ObjectName,
};

/// A table, and the first key of an index of it.
type Place<'a> = (&'a Key, Option<&'a str>);

/// The indexes of the tables for which the migration creates some, as they stand when it is over.
pub(super) struct Indexes<'a> {
    /// Those that the migration creates, each once: the step, the name, and what it is.
    pub(super) new: Vec<(&'a Step, &'a str, &'a IndexState)>,
    /// By table and first key, in the order of their names: others do not do each other's work.
    alike: HashMap<Place<'a>, Vec<(&'a Key, &'a IndexState)>>,
}

impl<'a> Indexes<'a> {
    pub(super) fn of(context: &'a Context<'_>) -> Self {
        let new = new(context);
        let tables: BTreeSet<&Key> = new.iter().map(|(_, _, index)| &index.table).collect();
        let mut alike: HashMap<_, Vec<_>> = HashMap::new();
        for table in tables {
            for (key, index) in context.catalog.indexes_of(&table.object_name()) {
                alike.entry(place(index)).or_default().push((key, index));
            }
        }
        Self { new, alike }
    }

    /// The other indexes of the same table that begin with the same key, in the order of their names.
    pub(super) fn others(
        &self,
        index: &'a IndexState,
    ) -> impl Iterator<Item = (&'a Key, &'a IndexState)> {
        let alike = self.alike.get(&place(index)).into_iter().flatten().copied();
        alike.filter(|(_, other)| !std::ptr::eq(*other, index))
    }
}

fn place(index: &IndexState) -> Place<'_> {
    (&index.table, index.keys.first().map(String::as_str))
}

/// The indexes and unique constraints that the migration adds to tables and that stand when it is over, each once. Postgres
/// itself merges equal constraints of one `CREATE TABLE`.
fn new<'a>(context: &'a Context<'_>) -> Vec<(&'a Step, &'a str, &'a IndexState)> {
    let mut seen: HashSet<&Key> = HashSet::new();
    let new = context.migration.steps.iter().filter_map(|step| {
        let mut of_step = match &step.action {
            Action::CreateIndex(create) => created(context, create).into_iter().collect(),
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

fn created<'a>(
    context: &'a Context<'_>,
    create: &CreateIndex,
) -> Option<(&'a Key, &'a IndexState)> {
    let name = create.name.as_ref()?;
    let schema = context.catalog.key(&create.table).schema;
    let qualified = ObjectName::new(Some(schema), name.clone());
    let (key, index) = context.catalog.index_entry(&qualified)?;
    // One that was dropped and made again in other form, or that `IF NOT EXISTS` passed over, is not this one.
    let same = index.keys == create.keys && index.qualities == create.qualities;
    same.then_some((key, index))
}

/// The indexes that an `ADD UNIQUE` may have brought: more than one where it is written twice.
fn added<'a>(
    context: &'a Context<'_>,
    table: &ObjectName,
    constraint: &Constraint,
) -> Vec<(&'a Key, &'a IndexState)> {
    let ConstraintKind::Unique {
        columns,
        using_index: None,
    } = &constraint.kind
    else {
        return Vec::new();
    };
    let is_it = |key: &Key, index: &IndexState| {
        let named = constraint.name.as_ref();
        index.constraint
            && named.is_none_or(|name| name.value == key.name)
            && index
                .keys
                .iter()
                .eq(columns.iter().map(|column| &column.value))
    };
    let mut found: Vec<_> = context
        .catalog
        .indexes_of(table)
        .filter(|(key, index)| is_it(key, index))
        .collect();
    found.sort_by_key(|(key, _)| *key);
    found
}

/// Whether both find the same rows by the same keys.
pub(super) fn have_equal_keys(one: &IndexState, other: &IndexState) -> bool {
    one.keys == other.keys && one.method == other.method && one.qualities == other.qualities
}

/// Whether the keys of a B-tree are the beginning of a longer one's, over the same rows.
pub(super) fn begins(short: &IndexState, long: &IndexState) -> bool {
    let same_rows = short.qualities == long.qualities
        || short.qualities.is_empty()
            && long.qualities.starts_with("include")
            && !long.qualities.contains(" where ");
    short.method.is_none()
        && long.method.is_none()
        && same_rows
        && short.keys.len() < long.keys.len()
        && long.keys.starts_with(&short.keys)
}
