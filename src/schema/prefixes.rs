//! One spelling for the query of a view over a single relation. Up to Postgres 15 its columns are
//! printed with the relation's name before each, since 16 without: what later majors print is taken.

/// Words that end the `FROM` clause.
const AFTER_FROM: [&str; 9] = [
    "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
];

/// The query without the name of its only relation before columns, if it has only one.
pub(super) fn without(query: String) -> String {
    let tokens = tokens(&query);
    match relation(&tokens) {
        Some((name, clause)) if query.contains(&format!("{name}.")) => {
            strip(&tokens, name, &clause)
        }
        _ => query,
    }
}

/// The name of the only relation in the outermost `FROM`, and where that clause stands.
fn relation<'q>(tokens: &[&'q str]) -> Option<(&'q str, std::ops::Range<usize>)> {
    let outer = outermost(tokens);
    let several = ["UNION", "INTERSECT", "EXCEPT"];
    if outer.iter().any(|at| several.contains(&tokens[*at])) {
        return None;
    }
    let from = outer.iter().enumerate().position(|(place, at)| {
        tokens[*at] == "FROM" && (place == 0 || tokens[outer[place - 1]] != "DISTINCT")
    })?;
    let rest = &outer[from + 1..];
    let length = rest.iter().position(|at| AFTER_FROM.contains(&tokens[*at]));
    let clause = &rest[..length.unwrap_or(rest.len())];
    let joined = [",", "JOIN", "TABLESAMPLE"];
    if clause.iter().any(|at| joined.contains(&tokens[*at])) {
        return None;
    }
    let name = clause.iter().rev().find(|at| is_name(tokens[**at]))?;
    let end = length.map_or(tokens.len(), |length| rest[length]);
    Some((tokens[*name], outer[from]..end))
}

fn strip(tokens: &[&str], name: &str, from: &std::ops::Range<usize>) -> String {
    let outer = outermost(tokens);
    let order = outer
        .iter()
        .find(|at| tokens[**at] == "ORDER" && **at > from.start);
    // There, a bare name is first that of an output column.
    let ordered = order.copied().unwrap_or(tokens.len());
    let outputs: Vec<_> = outer
        .windows(2)
        .filter(|pair| tokens[pair[0]] == "AS")
        .map(|pair| tokens[pair[1]])
        .collect();
    let distinct_on = outer
        .windows(2)
        .any(|pair| tokens[pair[0]] == "DISTINCT" && tokens[pair[1]] == "ON");

    let mut text = String::new();
    // Whether each open parenthesis holds a query of its own.
    let mut queries = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match *token {
            "(" => {
                let first = tokens[at + 1..].iter().find(|token| !is_blank(token));
                queries
                    .push(first.is_some_and(|first| ["SELECT", "WITH", "VALUES"].contains(first)));
            }
            ")" => {
                queries.pop();
            }
            _ => {}
        }
        let column = tokens.get(at + 2).copied().unwrap_or_default();
        let ambiguous = (at > ordered || distinct_on) && outputs.contains(&column);
        if *token == name
            && tokens.get(at + 1) == Some(&".")
            && is_name(column)
            && tokens.get(at + 3) != Some(&"(")
            && !from.contains(&at)
            && !queries.contains(&true)
            && !is_schema(tokens, at)
            && !ambiguous
        {
            at += 2;
            continue;
        }
        text.push_str(token);
        at += 1;
    }
    text
}

/// Whether what stands before says that a qualified name follows which is no column's.
fn is_schema(tokens: &[&str], at: usize) -> bool {
    let mut before = tokens[..at].iter().rev().filter(|token| !is_blank(token));
    match before.next() {
        Some(&("::" | "." | "COLLATE" | "AS")) => true,
        Some(&"(") => before.next() == Some(&"OPERATOR"),
        _ => false,
    }
}

/// The places of what stands in no parentheses, blanks aside.
fn outermost(tokens: &[&str]) -> Vec<usize> {
    let mut depth = 0;
    let mut places = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ if depth == 0 && !is_blank(token) => places.push(at),
            _ => {}
        }
    }
    places
}

fn is_blank(token: &str) -> bool {
    token.trim().is_empty()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"')
}

/// Names, literals, blanks and signs, all of the text in order.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let while_ = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let length = match first {
            '"' | '\'' => quoted(rest, first),
            _ if first.is_whitespace() => while_(char::is_whitespace),
            _ if first.is_alphanumeric() || first == '_' => {
                while_(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
            }
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// How long the name or literal is that the text begins with: a doubled quote does not end it.
fn quoted(text: &str, quote: char) -> usize {
    let mut after = 1;
    while let Some(end) = text[after..].find(quote) {
        after += end + 1;
        if !text[after..].starts_with(quote) {
            return after;
        }
        after += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::without;

    #[track_caller]
    fn check(query: &str, expected: &str) {
        assert_eq!(without(query.to_owned()), expected);
        assert_eq!(without(expected.to_owned()), expected, "it is stable");
    }

    #[test]
    fn the_only_relation_needs_no_prefix() {
        check(
            " SELECT t.a,\n    sum(t.b) AS b\n   FROM shop.t\n  WHERE t.a IS DISTINCT FROM 't.a'::text\n  GROUP BY t.a",
            " SELECT a,\n    sum(b) AS b\n   FROM shop.t\n  WHERE a IS DISTINCT FROM 't.a'::text\n  GROUP BY a",
        );
        check(
            " SELECT \"T\".a FROM shop.\"T\"",
            " SELECT a FROM shop.\"T\"",
        );
        check(
            " SELECT \"a.\"\"b\".c, 'it''s'::text AS d FROM shop.\"a.\"\"b\"",
            " SELECT c, 'it''s'::text AS d FROM shop.\"a.\"\"b\"",
        );
        check(
            " SELECT x.n FROM generate_series(1, 3) x(n)",
            " SELECT n FROM generate_series(1, 3) x(n)",
        );
        check(
            " WITH c AS (SELECT t.a FROM t) SELECT c.a FROM c",
            " WITH c AS (SELECT t.a FROM t) SELECT a FROM c",
        );
    }

    #[test]
    fn several_relations_keep_them() {
        for query in [
            " SELECT t.a FROM t, u",
            " SELECT t.a FROM t JOIN u ON true",
            " SELECT t.a FROM t UNION SELECT u.a FROM u",
            " SELECT 1 AS a",
        ] {
            check(query, query);
        }
    }

    #[test]
    fn inner_queries_keep_them() {
        check(
            " SELECT t.a FROM t WHERE (EXISTS ( SELECT FROM u WHERE u.a = t.a)) AND t.b",
            " SELECT a FROM t WHERE (EXISTS ( SELECT FROM u WHERE u.a = t.a)) AND b",
        );
    }

    #[test]
    fn what_is_no_column_stays() {
        check(
            " SELECT s.f(s.a), s.*, 1::s.t, s.b COLLATE s.c, 2 OPERATOR(s.+) 3 FROM s.t s",
            " SELECT s.f(a), s.*, 1::s.t, b COLLATE s.c, 2 OPERATOR(s.+) 3 FROM s.t s",
        );
    }

    #[test]
    fn output_columns_come_first_in_order_by() {
        check(
            " SELECT t.a AS b, t.b AS c FROM t ORDER BY t.b, t.a",
            " SELECT a AS b, b AS c FROM t ORDER BY t.b, a",
        );
    }
}
