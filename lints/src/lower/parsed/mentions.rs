//! What an expression or query in PL/pgSQL mentions: the tables, the functions, and what may be a variable.

use sqlparser::tokenizer::TokenWithSpan;

use crate::{
    lower::parsed::{syntax, walk},
    name::ObjectName,
};

/// What is mentioned.
pub(crate) struct Mentions {
    pub(crate) tables: Vec<ObjectName>,
    pub(crate) functions: Vec<ObjectName>,
    /// What may be a variable, or the row that a field is taken of.
    pub(crate) names: Vec<Mention>,
}

/// A name that may be a variable's.
pub(crate) struct Mention {
    pub(crate) name: String,
    /// It stands in a query, where it may be a column's, too.
    pub(crate) in_query: bool,
}

/// What a query or an expression mentions; none where nobody understands it.
pub(crate) fn read(tokens: &[TokenWithSpan]) -> Option<Mentions> {
    let mut seen = walk::Seen::default();
    match syntax::expression(tokens) {
        Ok(expression) => seen.expr(&expression),
        Err(_) => seen.query(&syntax::query(tokens).ok()?),
    }
    let names = seen.columns.into_iter().zip(seen.references);
    Some(Mentions {
        tables: seen.tables,
        functions: seen.functions,
        names: names
            .map(|(column, reference)| Mention {
                name: reference.qualifier.unwrap_or(column.value),
                in_query: reference.in_subquery,
            })
            .collect(),
    })
}
