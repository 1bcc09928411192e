//! Types, read from the tokens.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::TypeName,
    lower::{
        Input,
        cursor::{Cursor, fold, is_word, span_of_all},
    },
};

/// Other spellings of a type's name and the one that `format_type` gives.
///
/// Source: <https://www.postgresql.org/docs/current/datatype.html>
const ALIASES: &[(&[&str], &str)] = &[
    (&["bit", "varying"], "bit varying"),
    (&["bool"], "boolean"),
    (&["char", "varying"], "character varying"),
    (&["character", "varying"], "character varying"),
    (&["char"], "character"),
    (&["bpchar"], "character"),
    (&["dec"], "numeric"),
    (&["decimal"], "numeric"),
    (&["double", "precision"], "double precision"),
    (&["float4"], "real"),
    (&["float8"], "double precision"),
    (&["float"], "double precision"),
    (&["int2"], "smallint"),
    (&["int4"], "integer"),
    (&["int8"], "bigint"),
    (&["int"], "integer"),
    (&["national", "character", "varying"], "character varying"),
    (&["national", "char", "varying"], "character varying"),
    (&["national", "character"], "character"),
    (&["national", "char"], "character"),
    (&["nchar", "varying"], "character varying"),
    (&["nchar"], "character"),
    (&["serial2"], "smallserial"),
    (&["serial4"], "serial"),
    (&["serial8"], "bigserial"),
    (&["timestamptz"], "timestamp with time zone"),
    (&["timestamp"], "timestamp without time zone"),
    (&["timetz"], "time with time zone"),
    (&["time"], "time without time zone"),
    (&["varbit"], "bit varying"),
    (&["varchar"], "character varying"),
];

/// Reads the type that these tokens begin with; its name is empty where there is none.
pub(crate) fn type_name(cursor: &mut Cursor<'_>) -> TypeName {
    let mut result = TypeName::default();
    cursor.eat(&["setof"]);
    let quoted = matches!(cursor.peek(), Some(Token::Word(word)) if word.quote_style.is_some());
    if cursor.eat(&["pg_catalog"]) {
        cursor.eat_token(&Token::Period);
    }
    let alias = ALIASES.iter().find(|(words, _)| cursor.eat(words));
    if let Some((_, name)) = alias
        && !quoted
        && cursor.peek() != Some(&Token::Period)
    {
        (*name).clone_into(&mut result.name);
    } else if alias.is_none()
        && let Some(name) = cursor.object_name()
    {
        result.schema = name.schema.filter(|schema| schema != "pg_catalog");
        result.name = name.ident.value;
    }
    if let Some(modifiers) = cursor.group() {
        result.modifiers = modifiers_of(modifiers);
    }
    let zones: [(&[&str], &str); 2] = [
        (&["with", "time", "zone"], " with time zone"),
        (&["without", "time", "zone"], " without time zone"),
    ];
    for (words, suffix) in zones {
        if cursor.eat(words) {
            let stem = result.name.split(" with").next().unwrap_or_default();
            result.name = format!("{stem}{suffix}");
        }
    }
    result.array = cursor.eat(&["array"]);
    while cursor.eat_token(&Token::LBracket) {
        result.array = true;
        while !cursor.is_at_end() && !cursor.eat_token(&Token::RBracket) {
            cursor.next();
        }
    }
    // `float(24)` is the smaller one.
    if result.name == "double precision" && !result.modifiers.is_empty() {
        if result.modifiers[0] < 25 {
            "real".clone_into(&mut result.name);
        }
        result.modifiers.clear();
    }
    result
}

fn modifiers_of(tokens: &[TokenWithSpan]) -> Vec<i64> {
    let mut modifiers = Vec::new();
    let mut negative = false;
    for token in tokens {
        match &token.token {
            Token::Minus => negative = true,
            Token::Number(digits, _) => {
                if let Ok(number) = digits.parse::<i64>() {
                    modifiers.push(if negative { -number } else { number });
                }
                negative = false;
            }
            _ => {}
        }
    }
    modifiers
}

/// The type as it tells overloads apart: aliases resolved, modifiers left out.
pub(crate) fn canonical(input: Input<'_>, tokens: &[TokenWithSpan]) -> String {
    let mut cursor = Cursor::new(tokens);
    let data_type = TypeName {
        modifiers: Vec::new(),
        ..type_name(&mut cursor)
    };
    if data_type.name.is_empty() || cursor.peek() == Some(&Token::Mod) {
        // `table.column%TYPE`, `*`.
        return input.source.slice(span_of_all(tokens)).to_lowercase();
    }
    data_type.to_string()
}

/// Whether an argument begins with its name: a word before a type.
pub(crate) fn begins_with_name(tokens: &[TokenWithSpan]) -> bool {
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
