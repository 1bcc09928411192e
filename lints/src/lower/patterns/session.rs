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

#[cfg(test)]
mod tests {
    use crate::lower::brief::each;

    #[test]
    fn sessions() {
        each(&[
            ("SET lock_timeout = '2s'", "set lock_timeout [\"2s\"]"),
            (
                "SET LOCAL Lock_Timeout TO 5",
                "set lock_timeout [\"5\"] local",
            ),
            (
                "SET SESSION search_path TO A, \"B\", 'c'",
                "set search_path [\"a\", \"B\", \"c\"]",
            ),
            ("SET my.setting = -1", "set my.setting [\"-1\"]"),
            ("SET TIME ZONE 'UTC'", "set timezone [\"UTC\"]"),
            ("SET TimeZone TO DEFAULT", "set timezone []"),
            ("SET SCHEMA 's'", "set search_path [\"s\"]"),
            ("SET ROLE r", "set role [\"r\"]"),
            ("SET LOCAL role = r", "set role [\"r\"] local"),
            (
                "SET SESSION AUTHORIZATION r",
                "set session_authorization [\"r\"]",
            ),
            (
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                "set transaction [\"ISOLATION LEVEL SERIALIZABLE\"] local",
            ),
            ("SET CONSTRAINTS ALL DEFERRED", "other SET CONSTRAINTS"),
            ("RESET ALL", "set all []"),
            ("RESET lock_timeout", "set lock_timeout []"),
            (
                "SET x",
                "unknown: expected TO or =, found the end of the statement",
            ),
        ]);
    }
}
