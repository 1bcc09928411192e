//! `SET` and `RESET` of run-time parameters.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{Action, SetParameter},
    lower::{
        Input,
        cursor::{Cursor, fold, is_word, literal, span_of_all, split_commas},
        patterns::{Reading, one},
    },
};

/// Reads what stands behind `SET`.
pub(super) fn set(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    if cursor.eat(&["constraints"]) {
        let keywords = "SET CONSTRAINTS";
        return one(input, Action::Other { keywords });
    }
    if cursor.eat(&["session", "characteristics", "as", "transaction"]) {
        return parameter(input, "transaction", cursor.rest(), false);
    }
    if cursor.eat(&["session", "authorization"]) {
        return parameter(input, "session_authorization", cursor.rest(), false);
    }
    let local = cursor.eat(&["local"]);
    if !local {
        cursor.eat(&["session"]);
    }
    if cursor.eat(&["session", "authorization"]) {
        return parameter(input, "session_authorization", cursor.rest(), local);
    }
    if cursor.eat(&["transaction"]) {
        // Of the current transaction alone.
        return parameter(input, "transaction", cursor.rest(), true);
    }
    let keyword_forms: [(&[&str], &str); 5] = [
        (&["time", "zone"], "timezone"),
        (&["role"], "role"),
        (&["schema"], "search_path"),
        (&["names"], "client_encoding"),
        (&["xml", "option"], "xmloption"),
    ];
    for (words, name) in keyword_forms {
        if cursor.at(words) {
            let mut behind = cursor;
            behind.eat(words);
            if !matches!(behind.peek(), Some(Token::Eq)) && !behind.at(&["to"]) {
                return parameter(input, name, behind.rest(), local);
            }
        }
    }
    let name = setting_name(&mut cursor)?;
    if !cursor.eat(&["to"]) && !cursor.eat_token(&Token::Eq) {
        return Err(cursor.expected("TO or ="));
    }
    parameter(input, &name, cursor.rest(), local)
}

/// Reads what stands behind `RESET`.
pub(super) fn reset(input: Input<'_>, mut cursor: Cursor<'_>) -> Reading {
    if cursor.eat(&["session", "authorization"]) {
        return parameter(input, "session_authorization", &[], false);
    }
    if cursor.eat(&["time", "zone"]) {
        return parameter(input, "timezone", &[], false);
    }
    if cursor.eat(&["transaction"]) {
        return parameter(input, "transaction", &[], false);
    }
    let name = setting_name(&mut cursor)?;
    parameter(input, &name, &[], false)
}

/// `name` or `extension.name`, in lower case even when quoted: parameter names have no case.
fn setting_name(cursor: &mut Cursor<'_>) -> Result<String, String> {
    let mut name = cursor.expect_ident("a parameter")?.value;
    while cursor.eat_token(&Token::Period) {
        name.push('.');
        name.push_str(&cursor.expect_ident("a parameter")?.value);
    }
    Ok(name.to_lowercase())
}

fn parameter(input: Input<'_>, name: &str, values: &[TokenWithSpan], local: bool) -> Reading {
    let default = matches!(values, [only] if is_word(&only.token, "default"));
    let values = if default {
        Vec::new()
    } else {
        split_commas(values)
            .into_iter()
            .map(|value| setting_value(input, value))
            .collect()
    };
    one(
        input,
        Action::Set(SetParameter {
            name: name.to_owned(),
            values,
            local,
        }),
    )
}

/// A value as written, without its quotes.
fn setting_value(input: Input<'_>, tokens: &[TokenWithSpan]) -> String {
    if let [only] = tokens {
        if let Some(text) = literal(&only.token) {
            return text.to_owned();
        }
        if let Token::Word(word) = &only.token {
            return fold(word);
        }
    }
    input.source.slice(span_of_all(tokens)).to_owned()
}
