//! The definitions of indexes, from their parts, as `pg_get_indexdef` spells them. That takes most of
//! the time of a large schema: it looks up afresh, for each, what is already read.

use std::collections::{HashMap, HashSet};

use crate::schema::{
    model::Index,
    read::{Catalog, ColumnRow, IndexParts, Oid},
};

// Types' own OIDs are fixed: see `src/include/catalog/pg_type.dat` in Postgres's sources.
const TEXT: Oid = Oid(25);
const VARCHAR: Oid = Oid(1043);

/// The columns of all tables, by table and number.
type Columns<'c> = HashMap<(Oid, i32), &'c ColumnRow>;

/// Spells what the catalog holds in parts. Returns the indexes that only Postgres can spell.
pub(super) fn definitions(catalog: &mut Catalog) -> Vec<Oid> {
    let rows = catalog.columns.iter();
    let columns: Columns<'_> = rows.map(|row| ((row.of, row.number), row)).collect();
    let classes = catalog.operator_classes.iter();
    let classes: HashSet<_> = classes.map(|row| (row.oid, row.type_oid)).collect();

    let mut unusual = Vec::new();
    for row in &mut catalog.indexes {
        if row.index.of_constraint {
            continue;
        }
        match index(&row.index, &row.parts, row.of, &columns, &classes) {
            Some(definition) => row.index.definition = definition,
            None => unusual.push(row.oid),
        }
    }
    unusual
}

/// An index over columns with their usual operator classes and collations.
fn index(
    index: &Index,
    parts: &IndexParts,
    table: Oid,
    columns: &Columns<'_>,
    classes: &HashSet<(Oid, Oid)>,
) -> Option<String> {
    if !index.options.is_empty() || parts.has_class_options {
        return None;
    }
    let mut names = Vec::new();
    for (at, number) in parts.keys.iter().enumerate() {
        let column = columns.get(&(table, i32::from(*number)))?;
        let mut name = column.column.name.clone();
        if at < parts.key_count {
            let (class, data_type) = (*parts.classes.get(at)?, column.type_oid);
            let usual = classes.contains(&(class, data_type))
                || data_type == VARCHAR && classes.contains(&(class, TEXT));
            if !usual || *parts.collations.get(at)? != column.collation_oid {
                return None;
            }
            name.push_str(match parts.modes.get(at)? {
                0 => "",
                1 => " DESC NULLS LAST",
                2 => " NULLS FIRST",
                _ => " DESC",
            });
        }
        names.push(name);
    }
    let unique = if parts.unique { "UNIQUE " } else { "" };
    let only = if index.partitioned { "ONLY " } else { "" };
    let (name, table, method) = (&index.name, &parts.table, &parts.method);
    let (keys, included) = names.split_at_checked(parts.key_count)?;
    let keys = keys.join(", ");
    let mut text = format!("CREATE {unique}INDEX {name} ON {only}{table} USING {method} ({keys})");
    if !included.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", included.join(", ")));
    }
    if parts.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(predicate) = &parts.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    Some(text)
}
