//! Rewrites what sqlparser cannot read into something near that it can.
//!
//! Only what no rule asks for is changed: the tokens that stay keep their places, and the columns and functions in them.

mod clauses;
mod operators;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::lower::cursor::{Cursor, find_word, fold, is_word};

/// Functions whose arguments have a syntax of their own.
const OWN_SYNTAX: &[&str] = &[
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// Words that are left out where one of the words before them stands right before.
const LEFT_OUT: &[(&[&str], &[&str])] = &[
    (&["between"], &["symmetric"]),
    (&["between"], &["asymmetric"]),
    (&["group", "by"], &["distinct"]),
    (&["group", "by"], &["all"]),
    (&["for"], &["no", "key"]),
    (&["for"], &["key"]),
    (&["leading"], &["from"]),
    (&["trailing"], &["from"]),
    (&["both"], &["from"]),
    (&[], &["exclude", "current", "row"]),
    (&[], &["exclude", "no", "others"]),
    (&[], &["exclude", "group"]),
    (&[], &["exclude", "ties"]),
    (&[], &["collation", "for"]),
];

/// Words that are put in the place of others behind the first words.
const REPLACED: &[(&[&str], &str, &[&str])] = &[
    (&["at"], "local", &["time", "zone", "local"]),
    (&["is"], "document", &["null"]),
    (&["is", "not"], "document", &["null"]),
    (&[], "isnull", &["is", "null"]),
    (&[], "notnull", &["is", "not", "null"]),
];

/// The tokens without what sqlparser is known not to read; none where there is nothing of the kind.
pub(super) fn close(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let count = |wanted: &Token| tokens.iter().filter(|token| token.token == *wanted).count();
    if count(&Token::LParen) != count(&Token::RParen) {
        return None;
    }
    let mut closed: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut cursor = Cursor::new(tokens);
    // For each open parenthesis, whether it is that of a `USING`.
    let mut of_using = Vec::new();
    let mut behind_using = false;
    while !cursor.is_at_end() {
        let was_behind_using = std::mem::take(&mut behind_using);
        if is_left_out(&closed, &mut cursor)
            || clauses::leave_out(&closed, &mut cursor)
            || call(&mut closed, &mut cursor)
            || operators::replace(&mut closed, &mut cursor)
        {
            continue;
        }
        if was_behind_using && cursor.eat(&["as"]) {
            cursor.next();
            continue;
        }
        let Some(token) = cursor.next() else { break };
        // Behind a dot, each word is a name.
        if let Token::Word(word) = &token.token
            && closed.last().map(|last| &last.token) == Some(&Token::Period)
        {
            closed.push(TokenWithSpan {
                token: Token::make_word(&fold(word), Some('"')),
                span: token.span,
            });
            continue;
        }
        match &token.token {
            Token::LParen => of_using.push(ends_with(&closed, &["using"])),
            Token::RParen => behind_using = of_using.pop().unwrap_or_default(),
            _ => {}
        }
        match REPLACED
            .iter()
            .find(|(before, word, _)| ends_with(&closed, before) && is_word(&token.token, word))
        {
            Some((_, _, words)) => closed.extend(words.iter().map(|word| TokenWithSpan {
                token: Token::make_keyword(word),
                span: token.span,
            })),
            None => closed.push(token.clone()),
        }
        // A `SELECT` of nothing.
        if is_word(&token.token, "select")
            && (matches!(cursor.peek(), None | Some(Token::RParen))
                || Cursor::new(cursor.rest()).eat_any(&["where", "union", "intersect", "except"]))
        {
            closed.push(TokenWithSpan {
                token: Token::make_keyword("null"),
                span: token.span,
            });
        }
    }
    (closed != tokens).then_some(closed)
}

/// Steps over what is left out.
fn is_left_out(before: &[TokenWithSpan], cursor: &mut Cursor<'_>) -> bool {
    if LEFT_OUT
        .iter()
        .any(|(behind, words)| ends_with(before, behind) && cursor.eat(words))
    {
        return true;
    }
    let last = before.last().map(|last| &last.token);
    if matches!(last, Some(Token::LParen | Token::Comma)) && cursor.eat(&["variadic"]) {
        return true;
    }
    // `(row).*`, and `table *`.
    let star = |at: usize| {
        cursor
            .rest()
            .get(at)
            .is_some_and(|next| next.token == Token::Mul)
    };
    let all_fields =
        last == Some(&Token::RParen) && cursor.peek() == Some(&Token::Period) && star(1);
    let is_listed = || {
        let table = before.len().saturating_sub(1);
        ends_with_any(&before[..table], &["from", "join"])
    };
    let descendants = matches!(last, Some(Token::Word(_)))
        && star(0)
        && (is_listed()
            || cursor
                .rest()
                .get(1)
                .is_none_or(|next| matches!(next.token, Token::Comma | Token::RParen)));
    for _ in 0..2 * usize::from(all_fields) + usize::from(descendants) {
        cursor.next();
    }
    all_fields || descendants
}

/// Replaces `ROWS FROM (…)` and calls with a syntax of their own.
fn call(closed: &mut Vec<TokenWithSpan>, cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.rest();
    // `(TABLE t)`
    if closed.last().map(|last| &last.token) == Some(&Token::LParen) && cursor.eat(&["table"]) {
        let words = ["select", "*", "from"];
        closed.extend(words.iter().map(|word| TokenWithSpan {
            token: match *word {
                "*" => Token::Mul,
                word => Token::make_keyword(word),
            },
            span: rest[0].span,
        }));
        return true;
    }
    if cursor.eat(&["rows", "from"]) {
        closed.push(TokenWithSpan {
            token: Token::make_word("unnest", None),
            span: rest[0].span,
        });
        return true;
    }
    let [name, open, ..] = rest else { return false };
    if open.token != Token::LParen {
        return false;
    }
    let own_syntax = OWN_SYNTAX.iter().any(|own| is_word(&name.token, own));
    if !own_syntax && !is_word(&name.token, "substring") {
        return false;
    }
    let mut ahead = *cursor;
    ahead.next();
    let Some(arguments) = ahead.group() else {
        return false;
    };
    // Of a `substring` only the form with `SIMILAR`; long ones are not searched, since they may hold each other.
    let similar = || arguments.len() < 1_000 && find_word(arguments, &["similar"]).is_some();
    if !own_syntax && !similar() {
        return false;
    }
    let close = rest[rest.len() - ahead.rest().len() - 1].clone();
    let name = match &name.token {
        // Its word alone makes sqlparser expect what is left out.
        Token::Word(word)
            if ["json_table", "xmltable"]
                .iter()
                .any(|table| is_word(&name.token, table)) =>
        {
            TokenWithSpan {
                token: Token::make_word(&fold(word), Some('"')),
                span: name.span,
            }
        }
        _ => name.clone(),
    };
    closed.extend([name, open.clone(), close]);
    *cursor = ahead;
    true
}

fn ends_with(tokens: &[TokenWithSpan], words: &[&str]) -> bool {
    tokens.len() >= words.len()
        && tokens[tokens.len() - words.len()..]
            .iter()
            .zip(words)
            .all(|(token, word)| is_word(&token.token, word))
}

fn ends_with_any(tokens: &[TokenWithSpan], words: &[&str]) -> bool {
    words.iter().any(|word| ends_with(tokens, &[word]))
}

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn what_sqlparser_cannot_read_is_read_without_it() {
        each(&[
            ("SELECT a BETWEEN SYMMETRIC f(1) AND 2", "query f"),
            ("SELECT f(VARIADIC ARRAY[g()])", "query f,g"),
            ("SELECT (f(a)).*", "query f"),
            (
                "SELECT f() OVER (ORDER BY a ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW)",
                "query f",
            ),
            (
                "SELECT f() OVER w FROM t WINDOW w AS (ORDER BY g() RANGE 1 PRECEDING EXCLUDE TIES)",
                "query f,g",
            ),
            ("SELECT f() FROM t FOR NO KEY UPDATE", "query f"),
            ("SELECT f() FROM t *", "query f"),
            ("SELECT f(U&'d!0061' UESCAPE '!')", "query f"),
            ("SELECT f() FROM a JOIN b USING (c) AS j", "query f"),
            ("SELECT f() GROUP BY DISTINCT a", "query f"),
            ("SELECT f() AT LOCAL", "query timezone,f"),
            ("SELECT f() IS DOCUMENT, xmlpi(name php)", "query f,xmlpi"),
            (
                "SELECT f(), substring(a SIMILAR 'x' ESCAPE '#'), trim(LEADING FROM g())",
                "query f,substring,trim,g",
            ),
            (
                "SELECT f(), JSON_QUERY(a, '$.b' WITH WRAPPER)",
                "query f,json_query",
            ),
            (
                "SELECT * FROM ROWS FROM (f(1), g(2)) AS x (a, b)",
                "query unnest,f,g",
            ),
            ("SELECT f() WHERE NOT EXISTS (SELECT)", "query f"),
            ("SELECT s.case FROM (SELECT f() AS \"case\") s", "query f"),
            ("SELECT f() === g(), @#@ h(), a *<= 1", "query f,g,h"),
            ("SELECT f() @@ ANY (g()), a = ANY (b)", "query f,g"),
            ("SELECT UNION SELECT f()", "query f"),
            (
                "WITH RECURSIVE a AS (SELECT f()) SEARCH DEPTH FIRST BY b, c SET d \
                 CYCLE b, c SET e TO true DEFAULT false USING p, g AS (SELECT h()) SELECT 1 FROM g",
                "query f,h",
            ),
            ("SELECT f(json(a WITH UNIQUE KEYS))", "query f,json"),
            (
                "SELECT f() FROM XMLTABLE('/a' PASSING b COLUMNS c int PATH '@c') d",
                "query f,xmltable",
            ),
            ("SELECT f(a) = -1, 2*-a, count(*), a -1", "query f,count"),
            ("SELECT f(hstore 'a=>1' ? 'a'), name 'a' = g()", "query f,g"),
            ("SELECT f() ORDER BY g()::text COLLATE \"C\"", "query f,g"),
            ("SELECT f() FROM a, b FOR UPDATE OF a, b", "query f"),
            (
                "SELECT f() FROM b* y JOIN ONLY a x ON true, ONLY c z",
                "query f",
            ),
            ("SELECT f() FROM g() AS (a int, b text)", "query f,g"),
            ("WITH w (a) AS (SELECT f()) SELECT a FROM w", "query f"),
            ("SELECT WHERE f() NOTNULL", "query f"),
            ("SELECT collation for (f())", "query f"),
            (
                "SELECT f() OVER (ORDER BY g() RANGE BETWEEN '1 day'::interval PRECEDING AND CURRENT ROW), h()",
                "query f,g,h",
            ),
            (
                "SELECT f() FROM JSON_TABLE(a, '$' AS b COLUMNS (c int)) AS d",
                "query f,json_table",
            ),
            ("SELECT f() FROM (TABLE t) s (a)", "query f"),
            (
                "SELECT f() GROUP BY GROUPING SETS ((a), GROUPING SETS ((b), c))",
                "query f",
            ),
            (
                "SELECT f() FROM t TABLESAMPLE SYSTEM (a.b) REPEATABLE (NULL)",
                "query f",
            ),
            (
                "UPDATE t SET a = s.case FROM s WHERE s.case > s.END",
                "update t: a = s.case where s.case > s.END",
            ),
        ]);
    }

    #[test]
    fn the_first_error_is_told() {
        each(&[(
            "SELECT a AT LOCAL )",
            "unknown: expected the end of the statement, found `LOCAL`",
        )]);
    }
}
