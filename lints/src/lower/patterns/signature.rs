//! Argument lists, so that `CREATE FUNCTION f(a int DEFAULT 1)` and `DROP FUNCTION f(integer)` name one function.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{ObjectKind, TypeName},
    lower::{
        Input,
        cursor::{Cursor, fold, is_word, span_of_all, split_commas},
        parsed::types,
    },
};

/// The types of an argument list.
///
/// Source: <https://www.postgresql.org/docs/current/sql-createfunction.html>: modes, names and defaults are no part of a
/// function's identity, nor are output arguments; of a procedure's identity they are.
pub(super) fn signature(input: Input<'_>, kind: ObjectKind, arguments: &[TokenWithSpan]) -> String {
    // An ordered-set aggregate: `(a ORDER BY b)`.
    let (direct, ordered) = match arguments
        .iter()
        .position(|token| is_word(&token.token, "order"))
    {
        Some(order) => (
            &arguments[..order],
            arguments.get(order + 2..).unwrap_or_default(),
        ),
        None => (arguments, &[][..]),
    };
    let types: Vec<_> = [direct, ordered]
        .into_iter()
        .flat_map(split_commas)
        .filter_map(|argument| argument_type(kind, argument))
        .map(|data_type| canonical(input, data_type))
        .collect();
    types.join(",")
}

/// A type as it tells overloads apart: aliases resolved, modifiers left out.
pub(super) fn canonical(input: Input<'_>, tokens: &[TokenWithSpan]) -> String {
    let mut cursor = Cursor::new(tokens);
    match types::read(&mut cursor) {
        Ok(data_type) if cursor.is_at_end() => TypeName {
            modifiers: Vec::new(),
            ..data_type
        }
        .to_string(),
        // `table.column%TYPE`, `*`.
        _ => input.source.slice(span_of_all(tokens)).to_lowercase(),
    }
}

/// The tokens of an argument's type; none for one that is no part of the identity.
fn argument_type(kind: ObjectKind, argument: &[TokenWithSpan]) -> Option<&[TokenWithSpan]> {
    let mut rest = argument;
    if let Some(default) = rest.iter().position(|token| {
        is_word(&token.token, "default") || matches!(token.token, Token::Eq | Token::Assignment)
    }) {
        rest = &rest[..default];
    }
    let mut output = false;
    rest = without_mode(rest, &mut output);
    if begins_with_name(rest) {
        rest = without_mode(&rest[1..], &mut output);
    }
    (!output || kind == ObjectKind::Procedure).then_some(rest)
}

/// The argument without `IN`, `OUT`, `INOUT`, `IN OUT` or `VARIADIC`, which may stand before or behind its name.
fn without_mode<'a>(tokens: &'a [TokenWithSpan], output: &mut bool) -> &'a [TokenWithSpan] {
    let [first, second, ..] = tokens else {
        return tokens;
    };
    let first = |word| is_word(&first.token, word);
    if first("in") && is_word(&second.token, "out") {
        return &tokens[2..];
    }
    *output |= first("out");
    if first("in") || first("out") || first("inout") || first("variadic") {
        return &tokens[1..];
    }
    tokens
}

/// Whether an argument begins with its name: a word before a type.
fn begins_with_name(tokens: &[TokenWithSpan]) -> bool {
    let [first, second, ..] = tokens else {
        return false;
    };
    let (Token::Word(word), Token::Word(_)) = (&first.token, &second.token) else {
        return false;
    };
    let followers: &[&str] = match fold(word).as_str() {
        _ if word.quote_style.is_some() => &[],
        "double" => &["precision"],
        "character" | "char" | "nchar" | "bit" => &["varying"],
        "national" => &["character", "char"],
        "time" | "timestamp" => &["with", "without"],
        "interval" => &["year", "month", "day", "hour", "minute", "second"],
        _ => &[],
    };
    !followers
        .iter()
        .chain(&["array"])
        .any(|follower| is_word(&second.token, follower))
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn overloads_are_told_apart_by_their_types() {
        each(&[
            (
                "CREATE FUNCTION f(a int, b text DEFAULT 'x,y') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
                "create function f(integer,text) not volatile",
            ),
            (
                "CREATE FUNCTION f(IN a double precision, OUT b int, VARIADIC c int[]) AS 'x' LANGUAGE c",
                "create function f(double precision,integer[])",
            ),
            (
                "CREATE FUNCTION f(t a.b%TYPE, varchar(3), at timestamp with time zone = now()) RETURNS int AS '' LANGUAGE sql STABLE",
                "create function f(a.b%type,character varying,timestamp with time zone) not volatile",
            ),
            (
                "CREATE FUNCTION f(\"int\" \"int\") RETURNS int RETURN 1",
                "create function f(int)",
            ),
            (
                "CREATE FUNCTION f(timestamp without time zone, pg_catalog.int8, x integer array) RETURNS int RETURN 1",
                "create function f(timestamp without time zone,bigint,integer[])",
            ),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
                "create function f()",
            ),
            (
                "CREATE PROCEDURE p(a int, OUT b text) LANGUAGE sql AS ''",
                "create procedure p(integer,text)",
            ),
            (
                "CREATE OR REPLACE AGGREGATE public.first (anyelement) (SFUNC = f, STYPE = anyelement)",
                "create aggregate public.first(anyelement) replace",
            ),
            (
                "CREATE AGGREGATE a (int ORDER BY b text) (SFUNC = f, STYPE = int)",
                "create aggregate a(integer,text)",
            ),
            (
                "CREATE AGGREGATE a (BASETYPE = int4, SFUNC = f, STYPE = int)",
                "create aggregate a(integer)",
            ),
            (
                "DROP FUNCTION f(integer, text)",
                "drop function f(integer,text)",
            ),
            ("DROP FUNCTION IF EXISTS f", "drop function f if exists"),
            ("DROP AGGREGATE a(*)", "drop aggregate a(*)"),
            (
                "DROP OPERATOR a.=== (int, text)",
                "drop operator a.===(integer,text)",
            ),
            (
                "DROP OPERATOR !! (NONE, int)",
                "drop operator !!(none,integer)",
            ),
        ]);
    }
}
