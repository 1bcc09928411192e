//! What the rules about indexes that do the work of others share.

use crate::{
    Context, Step,
    action::Action,
    catalog::{IndexState, Key, Origin},
    name::ObjectName,
};

/// The indexes that the migration creates and that stand when it is over, each once.
pub(super) fn new<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (&'a Step, &'a str, &'a IndexState)> {
    let mut seen = Vec::new();
    context.migration.steps.iter().filter_map(move |step| {
        let Action::CreateIndex(create) = &step.action else {
            return None;
        };
        let name = create.name.as_ref()?;
        let schema = context.catalog.key(&create.table).schema;
        let qualified = ObjectName::new(Some(schema), name.clone());
        let index = context.catalog.index(&qualified)?;
        // One that was dropped and made again in other form, or that `IF NOT EXISTS` passed over, is not this one.
        let same = index.keys == create.keys && index.qualities == create.qualities;
        if index.origin != Origin::Here || !same || seen.contains(&&name.value) {
            return None;
        }
        seen.push(&name.value);
        Some((step, name.value.as_str(), index))
    })
}

/// The other indexes of the same table, in the order of their names.
pub(super) fn others<'a>(
    context: &'a Context<'_>,
    index: &'a IndexState,
) -> impl Iterator<Item = (&'a Key, &'a IndexState)> {
    let mut others: Vec<_> = context
        .catalog
        .indexes_of(&index.table.object_name())
        .filter(|(_, other)| !std::ptr::eq(*other, index))
        .collect();
    others.sort_by_key(|(key, _)| *key);
    others.into_iter()
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
