//! Tells whose the columns are that a statement names: the tables of its `FROM`, by the names that they have there.

use sqlparser::ast::{
    JoinConstraint, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    TableFactor, TableWithJoins,
};

use crate::{
    action::{ColumnRead, Reads},
    lower::parsed::{
        dml::Cte,
        expr::{self, ident, object_name},
        walk,
    },
    name::{Ident, ObjectName},
};

/// Where more tables stand in a statement's `FROM`s around a column, it is not looked for among them.
const MOST: usize = 64;

/// A sub-query that names more columns is not looked through.
const MOST_NAMED: usize = 256;

/// What stands in a `FROM`.
#[derive(Clone)]
pub(super) struct Source {
    /// What it is called there.
    name: String,
    columns: Columns,
}

/// Whose the columns of a source are.
#[derive(Clone)]
enum Columns {
    /// The table's.
    Of(ObjectName),
    /// A sub-query's: those of the tables behind its `*`, but for those that it names itself.
    Behind {
        tables: Vec<ObjectName>,
        own: Vec<String>,
    },
    Unknown,
}

impl Source {
    /// A table under each of its names.
    pub(super) fn tables(table: &ObjectName, names: &[String]) -> Vec<Self> {
        let source = |name: &String| Self {
            name: name.clone(),
            columns: Columns::Of(table.clone()),
        };
        names.iter().map(source).collect()
    }

    /// The tables among which a column of it is; none where it is no table's.
    fn behind(&self, column: &str) -> &[ObjectName] {
        match &self.columns {
            Columns::Of(table) => std::slice::from_ref(table),
            Columns::Behind { tables, own } if own.iter().all(|own| own != column) => tables,
            _ => &[],
        }
    }
}

/// The `FROM`s around the place that is looked at, the outermost first.
#[derive(Default)]
pub(super) struct Scopes {
    /// None of a level where a name may mean something else, too: in an `ORDER BY`, what is selected.
    levels: Vec<Option<Vec<Source>>>,
    /// The queries of a `WITH`.
    named: Vec<(String, Columns)>,
    pub(super) reads: Reads,
}

impl Scopes {
    pub(super) fn enter(&mut self, sources: Option<Vec<Source>>) {
        self.levels.push(sources);
    }

    pub(super) fn leave(&mut self) -> Option<Vec<Source>> {
        self.levels.pop().flatten()
    }

    /// How many queries of a `WITH` are known; [`Self::forget`] takes the later ones away.
    pub(super) fn known(&self) -> usize {
        self.named.len()
    }

    pub(super) fn forget(&mut self, known: usize) {
        self.named.truncate(known);
    }

    /// Notes a query of a `WITH`; none of a statement that changes rows.
    pub(super) fn name(&mut self, name: Ident, query: Option<&Query>) {
        let columns = query.map_or(Columns::Unknown, |query| self.of_query(query));
        self.named.push((name.value, columns));
    }

    /// Notes that the statement reads a table, unless a `WITH` names it.
    pub(super) fn table(&mut self, table: &ObjectName) {
        if self.query_named(table).is_none() {
            self.reads.tables.push(table.clone());
        }
    }

    fn query_named(&self, table: &ObjectName) -> Option<&Columns> {
        if table.schema.is_some() {
            return None;
        }
        let mut named = self.named.iter().rev();
        let found = named.find(|(name, _)| name == table.name());
        found.map(|(_, columns)| columns)
    }

    /// What stands in the `FROM` of a `SELECT`.
    pub(super) fn sources(&self, from: &[TableWithJoins]) -> Vec<Source> {
        let mut sources = Vec::new();
        for table in from {
            self.add(table, &mut sources);
        }
        sources
    }

    fn add(&self, table: &TableWithJoins, sources: &mut Vec<Source>) {
        let joins = table.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&table.relation).chain(joins) {
            if sources.len() > MOST {
                return;
            }
            self.add_factor(factor, sources);
        }
    }

    fn add_factor(&self, factor: &TableFactor, sources: &mut Vec<Source>) {
        let (alias, name, columns) = match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let table = object_name(name);
                let columns = self.query_named(&table).cloned();
                let name = table.name().to_owned();
                (alias, name, columns.unwrap_or(Columns::Of(table)))
            }
            TableFactor::Derived {
                alias, subquery, ..
            } => (alias, String::new(), self.of_query(subquery)),
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => return self.add(table_with_joins, sources),
            TableFactor::Function { alias, .. } | TableFactor::Table { alias, .. } => {
                (alias, String::new(), Columns::Unknown)
            }
            _ => (&None, String::new(), Columns::Unknown),
        };
        let (name, columns) = match alias {
            Some(alias) if alias.columns.is_empty() => (ident(&alias.name).value, columns),
            Some(alias) => (ident(&alias.name).value, Columns::Unknown),
            None => (name, columns),
        };
        sources.push(Source { name, columns });
    }

    /// Whose the columns are that a query gives.
    fn of_query(&self, query: &Query) -> Columns {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Columns::Unknown;
        };
        if query.with.is_some() {
            return Columns::Unknown;
        }
        self.of_select(select)
    }

    fn of_select(&self, select: &Select) -> Columns {
        let mut sources = None;
        let (mut tables, mut own) = (Vec::new(), Vec::new());
        for item in &select.projection {
            let of = match item {
                SelectItem::UnnamedExpr(expr) => {
                    own.extend(expr::column(expr).map(|column| column.value));
                    continue;
                }
                SelectItem::ExprWithAlias { alias, .. } => {
                    own.push(ident(alias).value);
                    continue;
                }
                SelectItem::Wildcard(_) => None,
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => Some(object_name(name)),
                _ => return Columns::Unknown,
            };
            let sources = sources.get_or_insert_with(|| self.sources(&select.from));
            let of = of.as_ref().map(ObjectName::name);
            for source in sources
                .iter()
                .filter(|one| of.is_none_or(|of| one.name == of))
            {
                match &source.columns {
                    Columns::Of(table) => tables.push(table.clone()),
                    Columns::Behind {
                        tables: behind,
                        own: named,
                    } => {
                        tables.extend_from_slice(behind);
                        own.extend_from_slice(named);
                    }
                    Columns::Unknown => return Columns::Unknown,
                }
            }
            if tables.len() > MOST || own.len() > MOST_NAMED {
                return Columns::Unknown;
            }
        }
        Columns::Behind { tables, own }
    }

    /// Notes that the statement reads a column, where the tables can be told among which it is.
    pub(super) fn column(&mut self, column: &Ident, qualifier: Option<&str>) {
        let mut around = 0;
        let mut levels = self.levels.iter().rev();
        let mut tables = Vec::new();
        let mut unless = Vec::new();
        match qualifier {
            Some(qualifier) => {
                let found = levels.find_map(|level| match level {
                    Some(sources) => {
                        around += sources.len();
                        let named = sources.iter().find(|source| source.name == qualifier);
                        named.map(|source| source.behind(&column.value))
                    }
                    None => Some(&[][..]),
                });
                tables.extend_from_slice(found.unwrap_or_default());
            }
            None => {
                for (depth, level) in levels.enumerate() {
                    let Some(sources) = level else {
                        return;
                    };
                    around += sources.len();
                    if around > MOST {
                        return;
                    }
                    for source in sources {
                        let behind = source.behind(&column.value);
                        // A name that the next `FROM` does not know is looked for in those around it.
                        match depth {
                            0 => tables.extend_from_slice(behind),
                            _ if behind.is_empty() => return,
                            _ => unless.extend_from_slice(behind),
                        }
                    }
                }
            }
        }
        if !tables.is_empty() && around <= MOST {
            self.reads.columns.push(ColumnRead {
                tables,
                column: column.clone(),
                unless,
            });
        }
    }

    /// `JOIN … USING (column)`: both sides have it.
    pub(super) fn using(&mut self, constraint: &JoinConstraint) {
        let JoinConstraint::Using(columns) = constraint else {
            return;
        };
        let Some(Some(sources)) = self.levels.last() else {
            return;
        };
        // Which of several tables has it, the first level alone does not tell.
        let [left, right] = sources.as_slice() else {
            return;
        };
        for column in columns.iter().map(object_name) {
            for source in [left, right] {
                if let Columns::Of(table) = &source.columns {
                    self.reads.columns.push(ColumnRead {
                        tables: vec![table.clone()],
                        column: column.ident.clone(),
                        unless: Vec::new(),
                    });
                }
            }
        }
    }
}

/// What a query reads.
pub(super) fn of_query(query: &Query, ctes: &[Cte]) -> Reads {
    let mut seen = walk::Seen::within(ctes);
    seen.query(query);
    seen.scopes.reads
}
