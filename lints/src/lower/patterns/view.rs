//! `CREATE VIEW`: the names of its columns.

use sqlparser::{
    ast::{Expr, SelectItem, SetExpr},
    tokenizer::TokenWithSpan,
};

use crate::lower::parsed::{constraint, expr, query};

/// The names of a view's columns: those written before `AS`, else those that its query gives them. None where the query
/// takes all columns of a table, or leaves a name to Postgres.
pub(super) fn columns(
    written: Option<&[TokenWithSpan]>,
    query: &[TokenWithSpan],
) -> Option<Vec<String>> {
    if let Some(names) = written {
        let names = constraint::idents(names);
        return Some(names.into_iter().map(|name| name.value).collect());
    }
    let parsed = query::parse(query).ok()?;
    let mut body = parsed.body.as_ref();
    loop {
        match body {
            // A union's columns are called like those of its first branch.
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Query(query) => body = query.body.as_ref(),
            SetExpr::Select(select) => return select.projection.iter().map(name).collect(),
            _ => return None,
        }
    }
}

fn name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(match alias.quote_style {
            Some(_) => alias.value.clone(),
            None => alias.value.to_lowercase(),
        }),
        SelectItem::UnnamedExpr(expr) => unnamed(expr),
        _ => None,
    }
}

/// The name of a column without `AS`, where it is a plain column of a table.
fn unnamed(expr: &Expr) -> Option<String> {
    expr::column(expr).map(|name| name.value)
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn views() {
        each(&[
            (
                "CREATE VIEW v AS SELECT a, t.b, c + 1 AS \"D\" FROM t",
                "create view v of a,b,D",
            ),
            (
                "CREATE VIEW v (x, y) AS SELECT * FROM t",
                "create view v of x,y",
            ),
            (
                "CREATE VIEW v AS SELECT a FROM t UNION SELECT b FROM u",
                "create view v of a",
            ),
            ("CREATE VIEW v AS SELECT * FROM t", "create view v"),
            ("CREATE VIEW v AS SELECT count(*) FROM t", "create view v"),
        ]);
    }
}
