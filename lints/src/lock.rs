//! Which table-level locks an action takes on which relations, until the transaction ends.
//!
//! Measured on Postgres 13, 15, 17 and 18 with `pg_locks`; where versions differ, the strongest mode is given.
//! Manual: <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>. `ACCESS SHARE` is left out.

use crate::{
    action::{
        Action, AlterClause, AlterObject, AlterObjectClause, AlterTable, Column, Constraint,
        ConstraintKind, CreateObject, CreateTable, DropObject, IfExists, ObjectKind, ReindexTarget,
        Rename, RenamePart,
    },
    catalog::{Catalog, ConstraintState, Constraints, Handle},
    lock_mode::LockMode,
    name::{Ident, ObjectName},
};

/// A relation and the lock taken on it.
pub(crate) type Lock = (ObjectName, LockMode);

/// The locks that an action takes on relations, those that it creates left out. `catalog` is as it stands before it.
///
/// Indexes, partitions and sequences of columns are named only by actions that name them: every action that locks a table
/// locks what belongs to it. Tables that inherit from it are named.
pub(crate) fn locks(action: &Action, catalog: &Catalog) -> Vec<Lock> {
    use LockMode::{AccessExclusive, Exclusive, RowExclusive, Share, ShareUpdateExclusive};
    match action {
        Action::CreateTable(create) => create_table(create, catalog),
        Action::CreateIndex(create) if create.concurrently => {
            one(&create.table, ShareUpdateExclusive)
        }
        Action::CreateIndex(create) => one(&create.table, Share),
        Action::CreateObject(create) => create_object(create, catalog),
        Action::DropObject(drop) => drop_object(drop, catalog),
        Action::AlterTable(alter) => alter_table(alter, catalog),
        Action::AlterObject(alter) => alter_object(alter, catalog),
        Action::Rename(rename) => self::rename(rename, catalog),
        Action::SetSchema { kind, name, .. } if kind.is_relation() => one(name, AccessExclusive),
        Action::Comment { table, kind, name } => comment(*kind, name.as_ref(), table.as_ref()),
        Action::Insert(insert) => one(&insert.table, RowExclusive),
        Action::Update(update) => one(&update.table, RowExclusive),
        Action::Delete(delete) => one(&delete.table, RowExclusive),
        Action::Merge { table } => one(table, RowExclusive),
        Action::Copy(copy) if copy.from => copy
            .table
            .iter()
            .map(|table| (table.clone(), RowExclusive))
            .collect(),
        Action::Truncate { table, cascade } => {
            let mut locks = with_heirs(table, AccessExclusive, catalog);
            if *cascade {
                locks.extend(referring(catalog, table));
            }
            locks
        }
        Action::Refresh {
            name, concurrently, ..
        } => one(
            name,
            if *concurrently {
                Exclusive
            } else {
                AccessExclusive
            },
        ),
        Action::Reindex {
            target,
            name: Some(name),
            concurrently,
        } => reindex(*target, name, *concurrently, catalog),
        Action::Vacuum { tables, full } => {
            let mode = if *full {
                AccessExclusive
            } else {
                ShareUpdateExclusive
            };
            tables.iter().map(|table| (table.clone(), mode)).collect()
        }
        Action::Analyze { tables } => tables
            .iter()
            .map(|table| (table.clone(), ShareUpdateExclusive))
            .collect(),
        Action::Cluster { table: Some(table) } => one(table, AccessExclusive),
        Action::Lock { table, mode } => one(table, *mode),
        _ => Vec::new(),
    }
}

/// Whether the lock that the drop of an index takes is told by the index's name: no migration made it, so that its table is
/// not known.
pub(crate) fn is_of_unknown_index(action: &Action, relation: &ObjectName) -> bool {
    matches!(action, Action::DropObject(drop) if drop.kind == ObjectKind::Index && drop.name == *relation)
}

fn one(relation: &ObjectName, mode: LockMode) -> Vec<Lock> {
    vec![(relation.clone(), mode)]
}

/// A table and those that inherit from it.
fn with_heirs(table: &ObjectName, mode: LockMode, catalog: &Catalog) -> Vec<Lock> {
    let heirs = catalog.heirs(table).into_iter();
    std::iter::once(table.clone())
        .chain(heirs)
        .map(|table| (table, mode))
        .collect()
}

/// The tables whose foreign keys refer to a table, directly or through others: `CASCADE` reaches them.
fn referring(catalog: &Catalog, table: &ObjectName) -> Vec<Lock> {
    let mut found: Vec<ObjectName> = Vec::new();
    let mut waiting = vec![table.clone()];
    while let Some(referenced) = waiting.pop() {
        for (table, _) in catalog.referring(&referenced) {
            if !found.contains(&table) {
                found.push(table.clone());
                waiting.push(table);
            }
        }
    }
    let others = found.into_iter().filter(|other| other != table);
    others
        .map(|table| (table, LockMode::AccessExclusive))
        .collect()
}

/// Whoever comments on a relation or column keeps other schema changes of it out.
fn comment(
    kind: Option<ObjectKind>,
    name: Option<&ObjectName>,
    table: Option<&ObjectName>,
) -> Vec<Lock> {
    let relation = match kind {
        Some(ObjectKind::Column) => table,
        Some(kind) if kind.is_relation() => name,
        _ => None,
    };
    let relation = relation.into_iter();
    relation
        .map(|relation| (relation.clone(), LockMode::ShareUpdateExclusive))
        .collect()
}

/// The new table is locked too, but nobody else can see it. What it refers to is there already.
fn create_table(create: &CreateTable, catalog: &Catalog) -> Vec<Lock> {
    let inline = create.columns.iter().flat_map(|column| &column.constraints);
    let mut locks: Vec<Lock> = inline
        .chain(&create.constraints)
        .filter_map(referenced)
        .filter(|(table, _)| *table != create.name)
        .collect();
    let parents = create.inherits.iter();
    locks.extend(parents.map(|parent| (parent.clone(), LockMode::ShareUpdateExclusive)));
    let partitioned = create.partition_of.iter();
    for parent in partitioned {
        locks.push((parent.clone(), LockMode::AccessExclusive));
        locks.extend(inherited_references(parent, catalog));
        locks.extend(default_partitions(parent, catalog));
    }
    locks
}

/// The default partition takes no row of a new one any more: Postgres locks it, whether or not it has to look for such rows.
fn default_partitions(parent: &ObjectName, catalog: &Catalog) -> impl Iterator<Item = Lock> {
    let partitions = catalog.default_partitions(parent).into_iter();
    partitions.map(|partition| (partition, LockMode::AccessExclusive))
}

/// A partition takes over the foreign keys of its table.
fn inherited_references(parent: &ObjectName, catalog: &Catalog) -> Vec<Lock> {
    let constraints = catalog.relation(parent).into_iter();
    constraints
        .flat_map(|known| &known.constraints)
        .filter_map(|constraint| constraint.references.as_ref())
        .map(|references| (references.object_name(), LockMode::ShareRowExclusive))
        .collect()
}

/// A foreign key makes triggers on the referenced table.
fn referenced(constraint: &Constraint) -> Option<Lock> {
    match &constraint.kind {
        ConstraintKind::ForeignKey { references, .. } => {
            Some((references.clone(), LockMode::ShareRowExclusive))
        }
        _ => None,
    }
}

fn create_object(create: &CreateObject, catalog: &Catalog) -> Vec<Lock> {
    let mode = match create.kind {
        ObjectKind::Trigger => LockMode::ShareRowExclusive,
        ObjectKind::Rule | ObjectKind::Policy => LockMode::AccessExclusive,
        ObjectKind::Statistics => LockMode::ShareUpdateExclusive,
        ObjectKind::View
            if create.if_exists == IfExists::Replace
                && catalog.relation(&create.name).is_some() =>
        {
            return one(&create.name, LockMode::AccessExclusive);
        }
        _ => return Vec::new(),
    };
    let table = create.table.iter();
    table.map(|table| (table.clone(), mode)).collect()
}

fn drop_object(drop: &DropObject, catalog: &Catalog) -> Vec<Lock> {
    let mode = if drop.concurrently {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    };
    match drop.kind {
        // What is not there is looked for and locks nothing.
        ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy
            if drop.if_exists
                && drop.table.as_ref().is_some_and(|table| {
                    catalog.relation(table).is_some()
                        && catalog.object(drop.kind, &drop.name, Some(table)).is_none()
                }) =>
        {
            Vec::new()
        }
        kind if drop.if_exists
            && (kind == ObjectKind::Index || kind.is_relation())
            && catalog.is_gone(&drop.name) =>
        {
            Vec::new()
        }
        ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy => drop
            .table
            .iter()
            .map(|table| (table.clone(), mode))
            .collect(),
        ObjectKind::Index => {
            let table = catalog
                .index(&drop.name)
                .map(|index| index.table.object_name());
            one(&table.unwrap_or_else(|| drop.name.clone()), mode)
        }
        kind if kind.is_relation() => {
            let mut locks = one(&drop.name, mode);
            locks.extend(referenced_by(catalog, &drop.name, |own| own.iter()));
            locks.extend(
                catalog
                    .parents(&drop.name)
                    .into_iter()
                    .map(|parent| (parent, mode)),
            );
            if drop.cascade {
                let tables = catalog.referring(&drop.name);
                locks.extend(tables.into_iter().map(|(table, _)| (table, mode)));
                let views = catalog.readers(&drop.name);
                locks.extend(views.into_iter().map(|view| (view, mode)));
            }
            locks
        }
        ObjectKind::Type | ObjectKind::Domain if drop.cascade => catalog
            .tables_with_type(&drop.name)
            .into_iter()
            .map(|table| (table, mode))
            .collect(),
        _ => Vec::new(),
    }
}

/// The tables that those foreign keys of `table` reference which `gone` picks: their triggers go when the key goes.
fn referenced_by<'a, Gone>(
    catalog: &'a Catalog,
    table: &ObjectName,
    gone: impl Fn(&'a Constraints) -> Gone,
) -> Vec<Lock>
where
    Gone: Iterator<Item = &'a ConstraintState>,
{
    let Some(relation) = catalog.relation(table) else {
        return Vec::new();
    };
    let own = catalog.key(table);
    gone(&relation.constraints)
        .filter_map(|constraint| constraint.references.as_ref())
        .filter(|references| **references != own)
        .map(|references| (references.object_name(), LockMode::AccessExclusive))
        .collect()
}

/// Source: <https://www.postgresql.org/docs/current/sql-altertable.html>, per clause.
fn alter_table(alter: &AlterTable, catalog: &Catalog) -> Vec<Lock> {
    use LockMode::{AccessExclusive, RowShare, ShareRowExclusive, ShareUpdateExclusive};
    let table = &alter.table;
    match &alter.clause {
        AlterClause::AddColumn { column, .. } => add_column(table, column, catalog),
        AlterClause::AddConstraint(constraint) => match referenced(constraint) {
            Some(referenced) => vec![(table.clone(), ShareRowExclusive), referenced],
            None => match constraint.kind {
                ConstraintKind::Check(_) | ConstraintKind::NotNull(_) => {
                    with_heirs(table, AccessExclusive, catalog)
                }
                _ => one(table, AccessExclusive),
            },
        },
        AlterClause::ColumnType { column, .. } => {
            // Foreign keys over the column are made anew, those of other tables too.
            let mut locks = with_heirs(table, AccessExclusive, catalog);
            locks.extend(referenced_by(catalog, table, |own| own.over(&column.value)));
            let referring = catalog.referring(table).into_iter();
            let referring = referring.filter(|(_, key)| catalog.refers_to(key, &column.value));
            locks.extend(referring.map(|(table, _)| (table, AccessExclusive)));
            locks
        }
        AlterClause::SetNotNull(_)
        | AlterClause::DropNotNull(_)
        | AlterClause::SetDefault { .. }
        | AlterClause::DropDefault(_) => with_heirs(table, AccessExclusive, catalog),
        AlterClause::DropColumn { name, cascade, .. } => {
            let mut locks = with_heirs(table, AccessExclusive, catalog);
            if *cascade {
                let referring = catalog.referring(table).into_iter();
                let referring = referring.filter(|(_, key)| catalog.refers_to(key, &name.value));
                locks.extend(referring.map(|(table, _)| (table, AccessExclusive)));
            }
            locks.extend(referenced_by(catalog, table, |own| own.over(&name.value)));
            locks
        }
        AlterClause::DropConstraint { name, cascade, .. } => {
            let mut locks = one(table, AccessExclusive);
            let key = catalog.constraint(table, name);
            if let Some(key) = key.filter(|key| *cascade && key.is_key()) {
                let referring = catalog.referring(table).into_iter();
                let referring = referring.filter(|(_, other)| {
                    other.referenced.is_empty() || other.referenced == key.columns
                });
                locks.extend(referring.map(|(table, _)| (table, AccessExclusive)));
            }
            let named = Handle::Name(name.value.clone());
            locks.extend(referenced_by(catalog, table, |own| own.by(&named)));
            locks
        }
        AlterClause::ValidateConstraint(name) => {
            let mut locks = one(table, ShareUpdateExclusive);
            let references = references_of(catalog, table, name);
            locks.extend(references.map(|references| (references, RowShare)));
            locks
        }
        // A rule may change what a `SELECT` reads.
        AlterClause::ToggleTrigger { rule: true, .. } => one(table, AccessExclusive),
        AlterClause::ToggleTrigger { rule: false, .. } => one(table, ShareRowExclusive),
        // Options of a view are part of its definition.
        AlterClause::Options if alter.kind == ObjectKind::View => one(table, AccessExclusive),
        AlterClause::Options => one(table, ShareUpdateExclusive),
        AlterClause::AttachPartition { partition, .. } => {
            let mut locks = vec![
                (table.clone(), ShareUpdateExclusive),
                (partition.clone(), AccessExclusive),
            ];
            if alter.kind != ObjectKind::Index {
                locks.extend(inherited_references(table, catalog));
                locks.extend(default_partitions(table, catalog));
            }
            locks
        }
        AlterClause::DetachPartition {
            partition,
            concurrently,
        } => {
            let parent = if *concurrently {
                ShareUpdateExclusive
            } else {
                AccessExclusive
            };
            vec![
                (table.clone(), parent),
                (partition.clone(), AccessExclusive),
            ]
        }
        AlterClause::Inherit { parent, no: false } => vec![
            (table.clone(), AccessExclusive),
            (parent.clone(), ShareUpdateExclusive),
        ],
        _ => one(table, AccessExclusive),
    }
}

fn add_column(table: &ObjectName, column: &Column, catalog: &Catalog) -> Vec<Lock> {
    let mut locks = with_heirs(table, LockMode::AccessExclusive, catalog);
    locks.extend(column.constraints.iter().filter_map(referenced));
    locks
}

fn references_of(catalog: &Catalog, table: &ObjectName, name: &Ident) -> Option<ObjectName> {
    let references = catalog.constraint(table, name)?.references.as_ref()?;
    Some(references.object_name())
}

/// A new constraint of a domain is checked in every table that has a column of it.
fn alter_object(alter: &AlterObject, catalog: &Catalog) -> Vec<Lock> {
    let validates = match &alter.clause {
        AlterObjectClause::AddConstraint(constraint) => !constraint.not_valid,
        AlterObjectClause::SetNotNull | AlterObjectClause::ValidateConstraint(_) => true,
        _ => false,
    };
    match alter.kind {
        ObjectKind::Domain if validates => catalog
            .tables_with_type(&alter.name)
            .into_iter()
            .map(|table| (table, LockMode::Share))
            .collect(),
        ObjectKind::Sequence => one(&alter.name, LockMode::ShareRowExclusive),
        ObjectKind::Policy => {
            let table = alter.table.iter();
            table
                .map(|table| (table.clone(), LockMode::AccessExclusive))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn rename(rename: &Rename, catalog: &Catalog) -> Vec<Lock> {
    match (&rename.part, rename.kind, &rename.table) {
        (_, ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy, Some(table)) => {
            one(table, LockMode::AccessExclusive)
        }
        (RenamePart::Object, ObjectKind::Index, _) => {
            one(&rename.object, LockMode::ShareUpdateExclusive)
        }
        (RenamePart::Column(_), _, _) => {
            with_heirs(&rename.object, LockMode::AccessExclusive, catalog)
        }
        (_, kind, _) if kind.is_relation() => one(&rename.object, LockMode::AccessExclusive),
        _ => Vec::new(),
    }
}

fn reindex(
    target: ReindexTarget,
    name: &ObjectName,
    concurrently: bool,
    catalog: &Catalog,
) -> Vec<Lock> {
    let mode = if concurrently {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::Share
    };
    // Nobody can plan a query meanwhile that could use the index.
    let index_mode = if concurrently {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    };
    match target {
        ReindexTarget::Table => {
            let mut indexes: Vec<Lock> = catalog
                .indexes_of(name)
                .map(|(index, _)| (index.object_name(), index_mode))
                .collect();
            indexes.sort_by(|(a, _), (b, _)| a.name().cmp(b.name()));
            indexes.insert(0, (name.clone(), mode));
            indexes
        }
        ReindexTarget::Index => match catalog.index(name) {
            Some(index) => vec![
                (index.table.object_name(), mode),
                (name.clone(), index_mode),
            ],
            // The table is not known; the index itself can be read by nobody meanwhile.
            None if !concurrently => one(name, LockMode::AccessExclusive),
            None => one(name, mode),
        },
        ReindexTarget::Schema | ReindexTarget::Database | ReindexTarget::System => Vec::new(),
    }
}
