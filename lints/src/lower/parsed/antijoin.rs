//! Recognises an `INSERT … SELECT` that leaves out the rows which its target holds already.

use sqlparser::ast::{
    BinaryOperator, Expr, JoinOperator, Query, Select, SetExpr, SetOperator, TableFactor,
    TableWithJoins, UnaryOperator,
};

use crate::{
    lower::parsed::{
        dml::Cte,
        expr::{bare, conjuncts, ident, object_name},
    },
    name::{Ident, ObjectName},
};

/// Whether a second run of `query` gives no row that the first has put into `target`.
pub(super) fn excludes(query: &Query, target: &ObjectName, ctes: &[Cte]) -> bool {
    let mut search = Search {
        target,
        readers: Vec::new(),
        excluders: Vec::new(),
    };
    let moved = ctes.iter().filter(|cte| {
        let from = cte.deletes_from.as_ref();
        from.is_some_and(|from| from != target)
    });
    search.excluders.extend(moved.map(|cte| cte.name.clone()));
    // A query of a `WITH` names only those before it.
    for (name, query) in named(query, ctes) {
        let Some(query) = query else { continue };
        let excludes = search.query(query);
        if search.reads_target(query) {
            search.readers.push(name.clone());
        }
        if excludes {
            search.excluders.push(name);
        }
    }
    search.query(query)
}

/// The tables and views that the rows of `query` come from, sub-queries in its expressions left out.
pub(super) fn reads(query: &Query, ctes: &[Cte]) -> Vec<ObjectName> {
    let named = named(query, ctes);
    let mut tables = Vec::new();
    for query in named.iter().filter_map(|(_, query)| *query) {
        query_tables(query, &mut tables);
    }
    body_tables(&query.body, &mut tables);
    tables.retain(|table| {
        table.schema.is_some() || named.iter().all(|(name, _)| *name != table.ident)
    });
    tables
}

/// The statements of the `WITH` before an `INSERT` and of its query's own.
fn named<'a>(query: &'a Query, ctes: &'a [Cte]) -> Vec<(Ident, Option<&'a Query>)> {
    let own = query.with.iter().flat_map(|with| &with.cte_tables);
    ctes.iter()
        .map(|cte| (cte.name.clone(), cte.query.as_ref()))
        .chain(own.map(|cte| (ident(&cte.alias.name), Some(cte.query.as_ref()))))
        .collect()
}

struct Search<'a> {
    target: &'a ObjectName,
    /// The queries of the `WITH` that read the target.
    readers: Vec<Ident>,
    /// Those that leave out what the target holds.
    excluders: Vec<Ident>,
}

impl Search<'_> {
    fn query(&self, query: &Query) -> bool {
        self.body(&query.body)
    }

    fn body(&self, body: &SetExpr) -> bool {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation {
                left, op, right, ..
            } => match op {
                SetOperator::Except => self.holds_target(right) || self.body(left),
                SetOperator::Intersect => self.body(left) || self.body(right),
                _ => self.body(left) && self.body(right),
            },
            _ => false,
        }
    }

    fn select(&self, select: &Select) -> bool {
        let terms = select.selection.iter().flat_map(conjuncts);
        for term in terms {
            if self.is_absence(term) || is_null_of(term, select, self) {
                return true;
            }
        }
        // What a query of the `WITH` or a sub-query in `FROM` leaves out is left out here, too.
        select.from.iter().any(|table| {
            let inner = table
                .joins
                .iter()
                .filter(|join| {
                    matches!(
                        join.join_operator,
                        JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_)
                    )
                })
                .map(|join| &join.relation);
            std::iter::once(&table.relation)
                .chain(inner)
                .any(|factor| self.factor(factor))
        })
    }

    fn factor(&self, factor: &TableFactor) -> bool {
        match factor {
            TableFactor::Derived { subquery, .. } => self.query(subquery),
            TableFactor::Table { name, .. } => {
                let name = object_name(name);
                name.schema.is_none() && self.excluders.contains(&name.ident)
            }
            _ => false,
        }
    }

    /// `NOT EXISTS (… target …)`, `x NOT IN (… target …)`, `x <> ALL (… target …)`.
    fn is_absence(&self, term: &Expr) -> bool {
        match term {
            Expr::Exists {
                subquery,
                negated: true,
            }
            | Expr::InSubquery {
                subquery,
                negated: true,
                ..
            } => self.reads_target(subquery),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => match bare(expr) {
                Expr::Exists {
                    subquery,
                    negated: false,
                }
                | Expr::InSubquery {
                    subquery,
                    negated: false,
                    ..
                } => self.reads_target(subquery),
                _ => false,
            },
            Expr::AllOp {
                compare_op: BinaryOperator::NotEq,
                right,
                ..
            } => matches!(bare(right), Expr::Subquery(query) if self.reads_target(query)),
            _ => false,
        }
    }

    fn reads_target(&self, query: &Query) -> bool {
        let mut tables = Vec::new();
        query_tables(query, &mut tables);
        tables.iter().any(|table| self.is_target(table))
    }

    fn holds_target(&self, body: &SetExpr) -> bool {
        let mut tables = Vec::new();
        body_tables(body, &mut tables);
        tables.iter().any(|table| self.is_target(table))
    }

    /// A query of the `WITH` that reads the target stands for it.
    fn is_target(&self, table: &ObjectName) -> bool {
        same(table, self.target) || table.schema.is_none() && self.readers.contains(&table.ident)
    }
}

/// `target.x IS NULL` where `target` is left joined.
fn is_null_of(term: &Expr, select: &Select, search: &Search<'_>) -> bool {
    let Expr::IsNull(inner) = term else {
        return false;
    };
    let Expr::CompoundIdentifier(parts) = bare(inner) else {
        return false;
    };
    let [.., qualifier, _] = parts.as_slice() else {
        return false;
    };
    let qualifier = ident(qualifier);
    select
        .from
        .iter()
        .flat_map(|table| &table.joins)
        .filter(|join| {
            matches!(
                join.join_operator,
                JoinOperator::Left(_) | JoinOperator::LeftOuter(_)
            )
        })
        .any(|join| match &join.relation {
            TableFactor::Table { name, alias, .. } => {
                let name = object_name(name);
                let called = alias
                    .as_ref()
                    .map_or_else(|| name.ident.clone(), |alias| ident(&alias.name));
                called == qualifier && search.is_target(&name)
            }
            TableFactor::Derived {
                subquery,
                alias: Some(alias),
                ..
            } => ident(&alias.name) == qualifier && search.reads_target(subquery),
            _ => false,
        })
}

/// Whether two names as written may mean one table.
fn same(one: &ObjectName, other: &ObjectName) -> bool {
    one.ident == other.ident
        && (one.schema == other.schema || one.schema.is_none() || other.schema.is_none())
}

fn query_tables(query: &Query, tables: &mut Vec<ObjectName>) {
    for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
        query_tables(&cte.query, tables);
    }
    body_tables(&query.body, tables);
}

fn body_tables(body: &SetExpr, tables: &mut Vec<ObjectName>) {
    match body {
        SetExpr::Select(select) => {
            for table in &select.from {
                joined_tables(table, tables);
            }
        }
        SetExpr::Query(query) => query_tables(query, tables),
        SetExpr::SetOperation { left, right, .. } => {
            body_tables(left, tables);
            body_tables(right, tables);
        }
        SetExpr::Table(table) => {
            if let Some(name) = &table.table_name {
                tables.push(ObjectName::new(
                    table
                        .schema_name
                        .as_ref()
                        .map(|schema| schema.to_lowercase()),
                    Ident::new(name.to_lowercase(), Default::default()),
                ));
            }
        }
        _ => {}
    }
}

fn joined_tables(table: &TableWithJoins, tables: &mut Vec<ObjectName>) {
    let factors =
        std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation));
    for factor in factors {
        match factor {
            TableFactor::Table {
                name, args: None, ..
            } => tables.push(object_name(name)),
            TableFactor::Derived { subquery, .. } => query_tables(subquery, tables),
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => joined_tables(table_with_joins, tables),
            _ => {}
        }
    }
}
