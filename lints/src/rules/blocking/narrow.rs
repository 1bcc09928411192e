//! Whether a `WHERE` picks few rows, and finds them without reading them all.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    Context, SourceFile,
    action::Expr,
    catalog::Handle,
    lower::cursor::{Cursor, is_word, literal, split_commas},
    name::ObjectName,
    token,
};

/// Whether a `WHERE` picks rows by the values of a column that are written out, such as `id = 5 AND …` or
/// `kind IN ('a', 'b')`: no backfill.
pub(super) fn is_point(source: &SourceFile, filter: Option<&Expr>) -> bool {
    !points(source, filter).is_empty()
}

/// As [`is_point`], and an index may lead to the rows of `table`: nothing is known that makes Postgres read all of them.
pub(super) fn is_narrow(context: &Context<'_>, table: &ObjectName, filter: Option<&Expr>) -> bool {
    let columns = points(&context.migration.up, filter);
    columns
        .iter()
        .any(|column| may_lead(context, table, column))
}

/// Whether an index may lead with the column. One on a column that a migration made was made behind it, and is known too,
/// unless it came along with a copied definition, from a parent, or with an exclusion.
fn may_lead(context: &Context<'_>, table: &ObjectName, column: &ObjectName) -> bool {
    let catalog = context.catalog;
    let name = &column.ident;
    let (Some(known), Some(_)) = (catalog.relation(table), catalog.column(table, name)) else {
        return true;
    };
    let excludes = Handle::Words("EXCLUDE");
    !known.keys_known
        || !known.parents.is_empty()
        || known.constraints.by(&excludes).next().is_some()
        || catalog
            .indexes_led_by(&catalog.key(table), &name.value)
            .next()
            .is_some()
}

/// The columns by whose values a `WHERE` picks rows; none where it may pick others besides.
fn points(source: &SourceFile, filter: Option<&Expr>) -> Vec<ObjectName> {
    let Some(filter) = filter else {
        return Vec::new();
    };
    let tokens = token::tokenize(source.slice(filter.span), 0).code;
    if split_at(&tokens, "or").len() > 1 {
        return Vec::new();
    }
    let conditions = split_at(&tokens, "and").into_iter();
    conditions.filter_map(picked).collect()
}

/// The column of a condition that is `column = value` or `column IN (value, …)`.
fn picked(condition: &[TokenWithSpan]) -> Option<ObjectName> {
    let mut cursor = Cursor::new(condition);
    let column = cursor.object_name()?;
    let picks = if cursor.eat_token(&Token::Eq) {
        is_value(cursor.rest())
    } else {
        cursor.eat(&["in"])
            && cursor
                .group()
                .is_some_and(|values| split_commas(values).into_iter().all(is_value))
            && cursor.is_at_end()
    };
    picks.then_some(column)
}

/// Whether this is a literal, cast or not.
fn is_value(value: &[TokenWithSpan]) -> bool {
    let [first, rest @ ..] = value else {
        return false;
    };
    let is_literal = matches!(first.token, Token::Number(..)) || literal(&first.token).is_some();
    let is_cast = rest
        .first()
        .is_none_or(|next| next.token == Token::DoubleColon);
    is_literal && is_cast
}

/// The pieces of a condition between the words that stand outside of parentheses.
fn split_at<'a>(tokens: &'a [TokenWithSpan], word: &str) -> Vec<&'a [TokenWithSpan]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && is_word(&token.token, word)
        })
        .collect()
}
