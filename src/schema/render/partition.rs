//! Partitions that are as their parent makes them: `PARTITION OF` says it all in one line, so that
//! a new column of the parent is one line in the snapshot and not one for each partition.

use crate::schema::{
    model::{Column, Constraint, Definition, Id, Index, Kind, Relation},
    names,
    render::Script,
};

/// What a partition's parentheses hold, if `PARTITION OF` makes the same columns, constraints and
/// indexes with the same names; `None` where it takes a table of its own that is then attached.
pub(super) fn differences(
    script: &Script<'_>,
    id: &Id,
    relation: &Relation,
) -> Option<Vec<String>> {
    let name = relation.partition_of.clone()?;
    let parent = script.schema.objects.get(&Id {
        kind: Kind::Table,
        name,
    })?;
    let Definition::Relation(parent) = &parent.definition else {
        return None;
    };
    if parent.columns.len() != relation.columns.len() || !same_indexes(id, relation, parent) {
        return None;
    }
    let mut items = Vec::new();
    for (ours, theirs) in relation.columns.iter().zip(&parent.columns) {
        if !same_column(ours, theirs) || !script.order.has(&ours.default_needs, id) {
            return None;
        }
        match (&ours.default, &theirs.default) {
            (ours, theirs) if ours == theirs => {}
            (Some(default), _) if ours.generated.is_none() => {
                items.push(format!("{} DEFAULT {default}", ours.name));
            }
            _ => return None,
        }
    }
    let inherited = parent
        .constraints
        .iter()
        .filter(|part| is_inherited(part))
        .count();
    if relation
        .constraints
        .iter()
        .filter(|part| part.kind == 'c' && !part.local)
        .count()
        != inherited
    {
        return None;
    }
    for part in relation.constraints.iter().filter(|part| part.kind == 'c') {
        match (
            part.local,
            parent
                .constraints
                .iter()
                .any(|theirs| same_check(part, theirs)),
        ) {
            (false, true) => {}
            (true, false) if part.valid && script.order.has(&part.needs, id) => {
                items.push(format!("CONSTRAINT {} {}", part.name, part.definition));
            }
            _ => return None,
        }
    }
    for part in own_keys(relation) {
        if !script.order.has(&part.needs, id) {
            return None;
        }
        items.push(format!("CONSTRAINT {} {}", part.name, part.definition));
    }
    Some(items)
}

fn same_column(ours: &Column, theirs: &Column) -> bool {
    let own_sequence = !ours.sequences.is_empty();
    !ours.local
        && !own_sequence
        && ours.name == theirs.name
        && ours.data_type == theirs.data_type
        && ours.collation == theirs.collation
        && ours.generated == theirs.generated
        && ours.not_null == theirs.not_null
        && ours.storage == theirs.storage
        && ours.compression == theirs.compression
}

/// Whether the partition has exactly the parent's indexes and those of its own, with the names that
/// Postgres chooses for the former. A foreign table has none, whatever its parent has.
fn same_indexes(id: &Id, relation: &Relation, parent: &Relation) -> bool {
    if relation.server.is_some() {
        return true;
    }
    let (_, table) = names::split(&id.name);
    let attached = relation
        .indexes
        .iter()
        .filter(|index| index.parent.is_some());
    let expected = |ours: &Index| {
        let Some(theirs) = parent
            .indexes
            .iter()
            .find(|theirs| ours.parent.as_ref() == Some(&theirs.full_name))
        else {
            return false;
        };
        let constraint = own_constraint(relation, ours);
        let suffix = match constraint.map(|part| part.kind) {
            Some('p') => "pkey",
            Some('u') => "key",
            Some(_) => "excl",
            None => "idx",
        };
        let columns = if suffix == "pkey" {
            String::new()
        } else {
            ours.columns.join("_")
        };
        let chosen = names::chosen_name(&names::unquoted(table), &columns, suffix);
        names::unquoted(&ours.name) == chosen
            && ours.valid
            && theirs.valid
            && ours.options == theirs.options
            && same_definition(&ours.definition, &theirs.definition)
            && constraint.map(|part| &part.definition)
                == own_constraint(parent, theirs).map(|part| &part.definition)
    };
    parent.indexes.len() == attached.clone().count() && attached.clone().all(expected)
}

/// The constraint that an index belongs to.
fn own_constraint<'r>(relation: &'r Relation, index: &Index) -> Option<&'r Constraint> {
    relation
        .constraints
        .iter()
        .find(|part| index.of_constraint && part.name == index.name)
}

/// Whether two indexes of different tables are alike: name and table stand before `USING`.
fn same_definition(ours: &str, theirs: &str) -> bool {
    let unique = |definition: &str| definition.starts_with("CREATE UNIQUE");
    let rest = |definition: &str| {
        definition
            .split_once(" USING ")
            .map(|(_, rest)| rest.to_owned())
    };
    unique(ours) == unique(theirs) && rest(ours) == rest(theirs)
}

/// Whether a partition gets the check by itself.
fn is_inherited(constraint: &Constraint) -> bool {
    constraint.kind == 'c' && !constraint.definition.ends_with("NO INHERIT")
}

/// Whether the parent's check makes ours. It does so as a valid one: a new table has no rows.
fn same_check(ours: &Constraint, theirs: &Constraint) -> bool {
    ours.kind == theirs.kind
        && ours.name == theirs.name
        && ours.definition == theirs.definition.trim_end_matches(" NOT VALID")
}

/// Unique constraints and the like that only the partition has.
pub(super) fn own_keys(relation: &Relation) -> impl Iterator<Item = &Constraint> {
    relation.constraints.iter().filter(|part| {
        let attached = |index: &Index| index.name == part.name && index.parent.is_some();
        matches!(part.kind, 'p' | 'u' | 'x') && !relation.indexes.iter().any(attached)
    })
}
