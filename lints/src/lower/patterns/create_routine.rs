//! `CREATE FUNCTION`, `PROCEDURE`, `AGGREGATE` and `OPERATOR`: what tells overloads apart.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{CreateDetail, CreateObject, ObjectKind},
    lower::{
        Input,
        cursor::{Cursor, is_word, split_commas},
        patterns::signature::{canonical, signature},
    },
};

/// Reads what stands behind the name.
pub(super) fn read(
    input: Input<'_>,
    cursor: &mut Cursor<'_>,
    create: &mut CreateObject,
) -> Result<(), String> {
    let problem = cursor.expected("an argument list");
    let group = cursor.group().ok_or(problem)?;
    create.arguments = match create.kind {
        ObjectKind::Operator => {
            let side = |name| {
                option(group, name)
                    .map_or_else(|| "none".to_owned(), |value| canonical(input, value))
            };
            Some(format!("{},{}", side("leftarg"), side("rightarg")))
        }
        // The old form: `CREATE AGGREGATE name (BASETYPE = type, SFUNC = …)`.
        ObjectKind::Aggregate if cursor.peek() != Some(&Token::LParen) => {
            option(group, "basetype").map(|value| canonical(input, value))
        }
        kind => Some(signature(input, kind, group)),
    };
    if matches!(create.kind, ObjectKind::Function | ObjectKind::Procedure) {
        create.detail = CreateDetail::Function {
            volatile: is_volatile(cursor.rest()),
        };
    }
    Ok(())
}

/// The value of `NAME = value` in a list of options.
fn option<'a>(options: &'a [TokenWithSpan], name: &str) -> Option<&'a [TokenWithSpan]> {
    split_commas(options)
        .into_iter()
        .find_map(|option| match option {
            [key, equals, value @ ..] if is_word(&key.token, name) && equals.token == Token::Eq => {
                Some(value)
            }
            _ => None,
        })
}

/// Whether the options say neither `IMMUTABLE` nor `STABLE`. A body that is no string is the last thing written.
fn is_volatile(options: &[TokenWithSpan]) -> bool {
    options
        .iter()
        .take_while(|token| !is_word(&token.token, "return") && !is_word(&token.token, "begin"))
        .all(|token| !is_word(&token.token, "immutable") && !is_word(&token.token, "stable"))
}
