//! Which work on rows an action does, the longer the more rows there are.
//!
//! Measured on Postgres 13, 15, 17 and 18 with `pg_relation_filenode` and `pg_stat_xact_user_tables`. Statements that read
//! or change rows by themselves (`SELECT`, `INSERT` and so on) are left to the planner.

use sqlparser::tokenizer::Token;

use crate::{
    SourceFile,
    action::{
        Action, AlterClause, AlterObject, AlterObjectClause, AlterTable, Column, Constraint,
        ConstraintKind, CreateIndex, CreateTable, Expr, Generated, IfExists, ObjectKind,
        ReindexTarget, TypeName,
    },
    catalog::{Catalog, IndexState, Key},
    lower::{cursor::Cursor, parsed::types},
    name::{Ident, ObjectName},
    token, type_change,
    volatility::volatile_function,
};

/// Work on existing rows that takes the longer the more rows there are, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// The whole table is read, such as to check a constraint.
    Scan,
    /// The whole table is read, and an index is built from it.
    Build,
    /// The whole table is written to a new file, and its indexes are built anew.
    Rewrite,
}

/// Work of one action on one relation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toil {
    /// The table or materialized view.
    pub(crate) table: ObjectName,
    /// What is done.
    pub(crate) work: Work,
    /// Whether the text leaves no doubt.
    pub(crate) certain: bool,
}

/// The work of an action, each relation at most once for each kind. `catalog` is as it stands before it.
pub(crate) fn works(
    action: &Action,
    catalog: &Catalog,
    source: &SourceFile,
    postgres: u16,
) -> Vec<Toil> {
    match action {
        Action::CreateIndex(create) => create_index(create, catalog),
        Action::CreateTable(create) => create_table(create, catalog),
        Action::AlterTable(alter) => alter_table(alter, catalog, source, postgres),
        Action::AlterObject(alter) => alter_object(alter, catalog),
        Action::Reindex {
            target,
            name: Some(name),
            ..
        } => reindex(*target, name, catalog),
        Action::Vacuum { tables, full: true } => tables
            .iter()
            .map(|table| toil(table, Work::Rewrite))
            .collect(),
        Action::Cluster { table: Some(table) } => vec![toil(table, Work::Rewrite)],
        Action::Refresh {
            name,
            concurrently: false,
            ..
        } => vec![toil(name, Work::Rewrite)],
        _ => Vec::new(),
    }
}

fn toil(table: &ObjectName, work: Work) -> Toil {
    Toil {
        table: table.clone(),
        work,
        certain: true,
    }
}

fn maybe(table: &ObjectName, work: Work) -> Toil {
    Toil {
        certain: false,
        ..toil(table, work)
    }
}

/// The same for a table and its partitions and heirs. A partitioned table has no rows of its own.
fn with_descendants(table: &ObjectName, work: Work, certain: bool, catalog: &Catalog) -> Vec<Toil> {
    let mut tables = catalog.descendants(table);
    tables.push(table.clone());
    tables
        .iter()
        .map(|table| Toil {
            // It may have partitions that no migration names.
            certain: certain && !catalog.is_partitioned(table),
            ..toil(table, work)
        })
        .collect()
}

fn create_index(create: &CreateIndex, catalog: &Catalog) -> Vec<Toil> {
    let there = create.if_exists == IfExists::Keep
        && create.name.as_ref().is_some_and(|name| {
            let schema = catalog.key(&create.table).schema;
            let index = ObjectName::new(Some(schema), name.clone());
            catalog.index(&index).is_some()
        });
    if there {
        return Vec::new();
    }
    if catalog.is_partitioned(&create.table) {
        if create.only {
            return Vec::new();
        }
        // A partition that has such an index already keeps it.
        return with_descendants(&create.table, Work::Build, false, catalog);
    }
    vec![toil(&create.table, Work::Build)]
}

/// Rows of the default partition must not belong to a new one.
fn create_table(create: &CreateTable, catalog: &Catalog) -> Vec<Toil> {
    let parents = create.partition_of.iter();
    parents
        .flat_map(|parent| default_scans(parent, catalog))
        .collect()
}

/// The search of the default partition for rows that belong to a new one. A check may prove that there are none. Where no
/// migration made a default partition, any may be it.
fn default_scans(parent: &ObjectName, catalog: &Catalog) -> Vec<Toil> {
    let mut partitions = catalog.default_partitions(parent);
    if partitions.is_empty() {
        partitions = catalog.descendants(parent);
    }
    let partitions = partitions.iter();
    partitions
        .map(|partition| maybe(partition, Work::Scan))
        .collect()
}

fn reindex(target: ReindexTarget, name: &ObjectName, catalog: &Catalog) -> Vec<Toil> {
    match target {
        ReindexTarget::Table => vec![toil(name, Work::Build)],
        ReindexTarget::Index => catalog
            .index(name)
            .map(|index| toil(&index.table.object_name(), Work::Build))
            .into_iter()
            .collect(),
        ReindexTarget::Schema | ReindexTarget::Database | ReindexTarget::System => Vec::new(),
    }
}

/// A domain's new constraint is checked in every table that has a column of it.
fn alter_object(alter: &AlterObject, catalog: &Catalog) -> Vec<Toil> {
    let checks = match &alter.clause {
        AlterObjectClause::AddConstraint(constraint) => !constraint.not_valid,
        AlterObjectClause::SetNotNull | AlterObjectClause::ValidateConstraint(_) => true,
        _ => false,
    };
    if alter.kind != ObjectKind::Domain || !checks {
        return Vec::new();
    }
    let tables = catalog.tables_with_type(&alter.name);
    tables.iter().map(|table| toil(table, Work::Scan)).collect()
}

fn alter_table(
    alter: &AlterTable,
    catalog: &Catalog,
    source: &SourceFile,
    postgres: u16,
) -> Vec<Toil> {
    let table = &alter.table;
    if matches!(
        alter.kind,
        ObjectKind::ForeignTable | ObjectKind::View | ObjectKind::Index | ObjectKind::Sequence
    ) {
        return Vec::new();
    }
    let all = |work| with_descendants(table, work, true, catalog);
    match &alter.clause {
        AlterClause::AddColumn {
            column,
            if_not_exists,
            ..
        } => {
            if *if_not_exists && catalog.column(table, &column.name).is_some() {
                return Vec::new();
            }
            add_column(table, column, catalog)
        }
        AlterClause::AddConstraint(constraint) => add_constraint(table, constraint, catalog),
        AlterClause::ValidateConstraint(name) => match catalog.constraint(table, name) {
            Some(known) if known.valid => Vec::new(),
            Some(known) => {
                let mut toils = all(Work::Scan);
                let references = known.references.iter();
                toils.extend(references.map(|to| maybe(&to.object_name(), Work::Scan)));
                toils
            }
            None => with_descendants(table, Work::Scan, false, catalog),
        },
        AlterClause::SetNotNull(column) if !catalog.is_proven_not_null(table, column) => {
            let known = catalog.column(table, column).is_some();
            with_descendants(table, Work::Scan, known, catalog)
        }
        AlterClause::ColumnType {
            column,
            data_type,
            using,
            collation,
            ..
        } => {
            let converts = using
                .as_ref()
                .is_some_and(|using| !is_plain(source, using, column, data_type));
            let change = TypeChange {
                column,
                data_type,
                converts,
                collates: collation.is_some(),
            };
            column_type(table, &change, catalog)
        }
        // A virtual column has no values that could be written anew.
        AlterClause::SetExpression(column) => match catalog.column(table, column) {
            Some(known) if known.is_virtual => Vec::new(),
            known => {
                let stored = postgres < 18 || known.is_some();
                with_descendants(table, Work::Rewrite, stored, catalog)
            }
        },
        AlterClause::SetLogged | AlterClause::SetTablespace => vec![toil(table, Work::Rewrite)],
        // Which method it has is not known.
        AlterClause::SetAccessMethod => vec![maybe(table, Work::Rewrite)],
        AlterClause::AttachPartition { partition, .. } => {
            // A valid check may prove the bounds, and indexes may be there already.
            let default = default_scans(table, catalog);
            let own = with_descendants(partition, Work::Scan, false, catalog);
            let builds = with_descendants(partition, Work::Build, false, catalog);
            own.into_iter().chain(builds).chain(default).collect()
        }
        _ => Vec::new(),
    }
}

/// Source: `ATExecAddColumn` in Postgres's `tablecmds.c`.
fn add_column(table: &ObjectName, column: &Column, catalog: &Catalog) -> Vec<Toil> {
    let rewrites = column.data_type.is_serial()
        || matches!(
            column.generated,
            Some(Generated::Identity | Generated::Stored(_))
        )
        || is_constrained_domain(&column.data_type, catalog)
        || column
            .default
            .as_ref()
            .is_some_and(|default| volatile_function(default, catalog).is_some());
    if rewrites {
        return with_descendants(table, Work::Rewrite, true, catalog);
    }
    let has_value = column
        .default
        .as_ref()
        .is_some_and(|default| !default.is_null);
    let mut toils = Vec::new();
    if column.not_null && !has_value {
        toils.extend(with_descendants(table, Work::Scan, true, catalog));
    }
    for constraint in &column.constraints {
        // A foreign key of a column that holds nothing has nothing to check.
        let foreign = matches!(constraint.kind, ConstraintKind::ForeignKey { .. });
        if !foreign || holds_values(column) {
            toils.extend(add_constraint(table, constraint, catalog));
        } else {
            // It is checked where another clause of the statement makes Postgres check.
            toils.extend(with_descendants(table, Work::Scan, false, catalog));
        }
    }
    toils
}

/// Whether Postgres takes a new column for one that holds values, so that it checks a foreign key of it. `DEFAULT NULL` is
/// enough.
///
/// Source: `transformAlterTableStmt` in Postgres's `parse_utilcmd.c`.
pub(crate) fn holds_values(column: &Column) -> bool {
    column.default.is_some() || column.generated.is_some() || column.data_type.is_serial()
}

/// Whether each value of a new column of the type would be checked, by a constraint of the domain or of one under it. An
/// array of a domain is no domain.
pub(crate) fn is_constrained_domain(data_type: &TypeName, catalog: &Catalog) -> bool {
    // A text may say that two domains are built on each other.
    const DEEPEST: usize = 32;
    let under = std::iter::successors(Some(data_type), |of| {
        catalog.domain(of).map(|(base, _)| base)
    });
    under.take(DEEPEST).take_while(|of| !of.array).any(|of| {
        catalog
            .domain(of)
            .is_some_and(|(_, constrained)| constrained)
    })
}

fn add_constraint(table: &ObjectName, constraint: &Constraint, catalog: &Catalog) -> Vec<Toil> {
    let all = |work| with_descendants(table, work, true, catalog);
    let unchecked = constraint.not_valid || constraint.not_enforced;
    match &constraint.kind {
        ConstraintKind::Check(_) if unchecked => Vec::new(),
        ConstraintKind::Check(_) => all(Work::Scan),
        ConstraintKind::NotNull(column)
            if unchecked || catalog.is_proven_not_null(table, column) =>
        {
            Vec::new()
        }
        ConstraintKind::NotNull(_) => all(Work::Scan),
        ConstraintKind::ForeignKey { .. } if unchecked => Vec::new(),
        ConstraintKind::ForeignKey { references, .. } => {
            let mut toils = all(Work::Scan);
            toils.extend(with_descendants(references, Work::Scan, false, catalog));
            toils
        }
        ConstraintKind::PrimaryKey {
            using_index: None, ..
        }
        | ConstraintKind::Unique {
            using_index: None, ..
        }
        | ConstraintKind::Exclude => all(Work::Build),
        // Columns that may be null are scanned.
        ConstraintKind::PrimaryKey { .. } => with_descendants(table, Work::Scan, false, catalog),
        ConstraintKind::Unique { .. } => Vec::new(),
    }
}

/// `ALTER COLUMN … TYPE`.
pub(crate) struct TypeChange<'a> {
    /// The column.
    pub(crate) column: &'a Ident,
    /// Its new type.
    pub(crate) data_type: &'a TypeName,
    /// `USING` computes something.
    pub(crate) converts: bool,
    /// `COLLATE` is written.
    pub(crate) collates: bool,
}

fn column_type(table: &ObjectName, change: &TypeChange<'_>, catalog: &Catalog) -> Vec<Toil> {
    if change.converts {
        return with_descendants(table, Work::Rewrite, true, catalog);
    }
    let Some(known) = catalog.column(table, change.column) else {
        return with_descendants(table, Work::Rewrite, false, catalog);
    };
    let old = &known.data_type;
    let certain = !type_change::depends_on_time_zone(old, change.data_type);
    let mut toils = Vec::new();
    if type_change::rewrites(old, change.data_type, catalog) {
        toils.extend(with_descendants(table, Work::Rewrite, certain, catalog));
    } else {
        let uses = |columns: &[String]| columns.contains(&change.column.value);
        let sorts_anew = change.collates || type_change::rebuilds_indexes(old, change.data_type);
        // What an index computes is computed anew.
        let rebuilt = |index: &IndexState| {
            uses(&index.computed)
                || uses(&index.columns) && (sorts_anew || !index.computed.is_empty())
        };
        if catalog.indexes_of(table).any(|(_, index)| rebuilt(index)) {
            toils.extend(with_descendants(table, Work::Build, true, catalog));
        }
    }
    // Checks and foreign keys over the column may have to be proven again.
    toils.extend(with_descendants(table, Work::Scan, false, catalog));
    let own = catalog.relation(table).into_iter();
    let references = own
        .flat_map(|known| &known.constraints)
        .filter_map(|key| key.references.as_ref())
        .map(Key::object_name);
    let referring = catalog.referring(table).into_iter().map(|(other, _)| other);
    let others = references.chain(referring);
    toils.extend(others.map(|other| maybe(&other, Work::Scan)));
    toils
}

/// Whether `USING` says no more than the change itself: the column, or its cast to the new type.
pub(crate) fn is_plain(
    source: &SourceFile,
    using: &Expr,
    column: &Ident,
    data_type: &TypeName,
) -> bool {
    let text = source.slice(using.span);
    let mut tokens = token::tokenize(text, 0).code;
    while let [first, inner @ .., last] = tokens.as_slice()
        && first.token == Token::LParen
        && last.token == Token::RParen
    {
        tokens = inner.to_vec();
    }
    let mut cursor = Cursor::new(&tokens);
    if cursor.ident().as_ref() != Some(column) {
        return false;
    }
    if cursor.eat_token(&Token::DoubleColon) {
        return types::read(&mut cursor).is_ok_and(|cast| cast == *data_type) && cursor.is_at_end();
    }
    cursor.is_at_end()
}
