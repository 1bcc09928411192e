//! `CREATE VIEW`: its columns, and where their types are to be had.

use sqlparser::{
    ast::{Expr, Query, Select, SelectItem, SetExpr, TableFactor},
    tokenizer::TokenWithSpan,
};

use crate::{
    action::ViewColumn,
    lower::parsed::{constraint, expr, query, types},
    name::ObjectName,
};

/// A view's columns, with the names written before `AS`, else with those that its query gives them. None where the query
/// takes all columns of a table, or leaves a name to Postgres.
pub(super) fn columns(
    written: Option<&[TokenWithSpan]>,
    query: &[TokenWithSpan],
) -> Option<Vec<ViewColumn>> {
    let query = query::parse(query).ok();
    let select = query.as_ref().and_then(|query| first(&query.body));
    let Some(written) = written else {
        let select = select?;
        let names = select.projection.iter().map(name);
        let names: Option<Vec<String>> = names.collect();
        return Some(with_types(names?, query.as_ref(), select));
    };
    let names: Vec<String> = constraint::idents(written)
        .into_iter()
        .map(|name| name.value)
        .collect();
    match select {
        Some(select) if select.projection.len() == names.len() => {
            Some(with_types(names, query.as_ref(), select))
        }
        _ => Some(names.into_iter().map(without_type).collect()),
    }
}

/// The first branch of a union, after which the columns are called.
fn first(mut body: &SetExpr) -> Option<&Select> {
    loop {
        match body {
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Query(query) => body = query.body.as_ref(),
            SetExpr::Select(select) => return Some(select),
            _ => return None,
        }
    }
}

fn with_types(names: Vec<String>, query: Option<&Query>, select: &Select) -> Vec<ViewColumn> {
    // The types of a union are those that its branches agree on; a `WITH` may hide the table.
    let simple = query.is_some_and(|query| {
        query.with.is_none() && matches!(query.body.as_ref(), SetExpr::Select(_))
    });
    if !simple {
        return names.into_iter().map(without_type).collect();
    }
    let table = only_table(select);
    names
        .into_iter()
        .zip(&select.projection)
        .map(|(name, item)| {
            let mut column = without_type(name);
            if let SelectItem::ExprWithAlias { expr, .. } | SelectItem::UnnamedExpr(expr) = item {
                match expr::bare(expr) {
                    Expr::Cast { data_type, .. } => {
                        column.cast = Some(types::from_text(&data_type.to_string()));
                    }
                    expr => column.shows = table.clone().zip(expr::column(expr)),
                }
            }
            column
        })
        .collect()
}

fn without_type(name: String) -> ViewColumn {
    ViewColumn {
        name,
        ..ViewColumn::default()
    }
}

/// The table of a `FROM` that names just one.
fn only_table(select: &Select) -> Option<ObjectName> {
    match select.from.as_slice() {
        [one] if one.joins.is_empty() => match &one.relation {
            TableFactor::Table {
                name, args: None, ..
            } => Some(expr::object_name(name)),
            _ => None,
        },
        _ => None,
    }
}

fn name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(match alias.quote_style {
            Some(_) => alias.value.clone(),
            None => alias.value.to_lowercase(),
        }),
        // The name of a column without `AS`, where it is a plain column of a table, cast or not.
        SelectItem::UnnamedExpr(expr) => match expr::bare(expr) {
            Expr::Cast { expr, .. } => expr::column(expr),
            expr => expr::column(expr),
        }
        .map(|name| name.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn views() {
        each(&[
            (
                "CREATE VIEW v AS SELECT a, t.b, c + 1 AS \"D\" FROM t",
                "create view v of a=t.a,b=t.b,D",
            ),
            (
                "CREATE VIEW v (x, y) AS SELECT * FROM t",
                "create view v of x,y",
            ),
            (
                "CREATE VIEW v AS SELECT a FROM t UNION SELECT b FROM u",
                "create view v of a",
            ),
            (
                "CREATE VIEW v (x, y) AS SELECT s.a, b::varchar(9) FROM u.s",
                "create view v of x=u.s.a,y::character varying(9)",
            ),
            (
                "CREATE VIEW v AS SELECT a::text, cast(b AS int) FROM t JOIN u USING (c)",
                "create view v of a::text,b::integer",
            ),
            (
                "CREATE VIEW v AS WITH t AS (SELECT 1 AS a) SELECT a FROM t",
                "create view v of a",
            ),
            (
                "CREATE VIEW v AS SELECT a FROM f(1) AS a",
                "create view v of a",
            ),
            ("CREATE VIEW v AS SELECT * FROM t", "create view v"),
            ("CREATE VIEW v AS SELECT count(*) FROM t", "create view v"),
        ]);
    }
}
