//! Reads a type name and resolves its aliases to what `format_type` prints.

use sqlparser::tokenizer::{Token, Word};

use crate::{
    action::TypeName,
    lower::cursor::{Cursor, fold, split_commas},
    token::tokenize,
};

/// Reads a type with its modifiers and array bounds.
///
/// Source: <https://www.postgresql.org/docs/current/datatype.html#DATATYPE-TABLE>
///
/// # Errors
/// What was expected, where no type stands here.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<TypeName, String> {
    cursor.eat(&["setof"]);
    let (Some(Token::Word(first)), next) = (cursor.peek(), cursor.rest().get(1)) else {
        return Err(cursor.expected("a type name"));
    };
    let qualified = next.is_some_and(|token| token.token == Token::Period);
    let mut data_type = if qualified || first.quote_style.is_some() {
        named(cursor)?
    } else {
        keyword(cursor, first)?
    };
    data_type.array = array(cursor);
    Ok(data_type)
}

/// A type that the parser has spelled; its name as it is where it is no type that is known here.
pub(crate) fn from_text(text: &str) -> TypeName {
    let tokens = tokenize(text, 0).code;
    read(&mut Cursor::new(&tokens)).unwrap_or_else(|_| plain(text.to_lowercase(), Vec::new()))
}

/// A type with a schema or in quotes: quotes leave only the names in `pg_type`, not SQL's own such as `integer`.
fn named(cursor: &mut Cursor<'_>) -> Result<TypeName, String> {
    let name = cursor.expect_name("a type name")?;
    let modifiers = modifiers(cursor);
    match name.schema.as_deref() {
        None | Some("pg_catalog") => Ok(builtin(name.name(), modifiers).unwrap_or(TypeName {
            schema: None,
            name: name.ident.value,
            modifiers: Vec::new(),
            array: false,
        })),
        Some(_) => Ok(TypeName {
            schema: name.schema,
            name: name.ident.value,
            modifiers,
            array: false,
        }),
    }
    .map(|data_type| with_time_zone(cursor, data_type))
}

/// `pg_catalog.timestamp with time zone` is no Postgres, but `pg_dump` of old versions wrote it.
fn with_time_zone(cursor: &mut Cursor<'_>, data_type: TypeName) -> TypeName {
    match time_zone(cursor) {
        Some(zone) => TypeName {
            name: data_type.name.replace(" without time zone", zone),
            ..data_type
        },
        None => data_type,
    }
}

/// A type in SQL's own words, or an unquoted name of any other.
fn keyword(cursor: &mut Cursor<'_>, first: &Word) -> Result<TypeName, String> {
    let word = fold(first);
    cursor.next();
    let (name, modifiers) = match word.as_str() {
        "double" if cursor.eat(&["precision"]) => ("double precision", Vec::new()),
        "national" if cursor.eat(&["character"]) || cursor.eat(&["char"]) => character(cursor),
        "character" | "char" | "nchar" => character(cursor),
        "bit" => {
            let varying = cursor.eat(&["varying"]);
            let modifiers = modifiers(cursor);
            match (varying, modifiers.is_empty()) {
                (true, _) => ("bit varying", modifiers),
                (false, true) => ("bit", vec![1]),
                (false, false) => ("bit", modifiers),
            }
        }
        "time" | "timestamp" => {
            let modifiers = modifiers(cursor);
            let zone = time_zone(cursor).unwrap_or(" without time zone");
            return Ok(plain(format!("{word}{zone}"), modifiers));
        }
        "interval" => {
            let fields = ["year", "month", "day", "hour", "minute", "second", "to"];
            while fields.iter().any(|field| cursor.eat(&[field])) {}
            ("interval", modifiers(cursor))
        }
        "float" => match modifiers(cursor).first() {
            Some(..=24) => ("real", Vec::new()),
            _ => ("double precision", Vec::new()),
        },
        "int" | "integer" => ("integer", Vec::new()),
        "smallint" => ("smallint", Vec::new()),
        "bigint" => ("bigint", Vec::new()),
        "real" => ("real", Vec::new()),
        "boolean" => ("boolean", Vec::new()),
        "decimal" | "dec" => ("numeric", modifiers(cursor)),
        "smallserial" | "serial2" => ("smallserial", Vec::new()),
        "serial" | "serial4" => ("serial", Vec::new()),
        "bigserial" | "serial8" => ("bigserial", Vec::new()),
        _ => {
            let modifiers = modifiers(cursor);
            return Ok(builtin(&word, modifiers.clone()).unwrap_or_else(|| plain(word, modifiers)));
        }
    };
    Ok(plain(name.to_owned(), modifiers))
}

/// `character` and `char`, with `varying` or without; without a length they hold one character.
fn character(cursor: &mut Cursor<'_>) -> (&'static str, Vec<i64>) {
    let varying = cursor.eat(&["varying"]);
    let modifiers = modifiers(cursor);
    match (varying, modifiers.is_empty()) {
        (true, _) => ("character varying", modifiers),
        (false, true) => ("character", vec![1]),
        (false, false) => ("character", modifiers),
    }
}

/// The types whose names in `pg_type` differ from what `format_type` prints.
///
/// Source: `format_type_extended` in Postgres's `format_type.c`.
fn builtin(name: &str, modifiers: Vec<i64>) -> Option<TypeName> {
    let name = match name {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bool" => "boolean",
        "varchar" => "character varying",
        // Without a length it is unlimited, unlike `char`.
        "bpchar" if !modifiers.is_empty() => "character",
        "varbit" => "bit varying",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        _ => return None,
    };
    Some(plain(name.to_owned(), modifiers))
}

fn plain(name: String, modifiers: Vec<i64>) -> TypeName {
    TypeName {
        schema: None,
        name,
        modifiers,
        array: false,
    }
}

fn time_zone(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    if cursor.eat(&["with", "time", "zone"]) {
        Some(" with time zone")
    } else if cursor.eat(&["without", "time", "zone"]) {
        Some(" without time zone")
    } else {
        None
    }
}

/// The numbers in parentheses; other modifiers, such as those of PostGIS's `geometry(Point, 4326)`, are left out.
fn modifiers(cursor: &mut Cursor<'_>) -> Vec<i64> {
    let Some(group) = cursor.group() else {
        return Vec::new();
    };
    split_commas(group)
        .iter()
        .filter_map(|part| match part {
            [number] => as_number(&number.token),
            [sign, number] if sign.token == Token::Minus => {
                as_number(&number.token).map(|number| -number)
            }
            _ => None,
        })
        .collect()
}

fn as_number(token: &Token) -> Option<i64> {
    match token {
        Token::Number(text, _) => text.parse().ok(),
        _ => None,
    }
}

/// `[]`, `[3]`, `ARRAY`, `ARRAY[3]`, any number of times.
fn array(cursor: &mut Cursor<'_>) -> bool {
    let mut found = cursor.eat(&["array"]);
    while cursor.eat_token(&Token::LBracket) {
        found = true;
        if matches!(cursor.peek(), Some(Token::Number(..))) {
            cursor.next();
        }
        cursor.eat_token(&Token::RBracket);
    }
    found
}
