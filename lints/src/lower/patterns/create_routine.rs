//! `CREATE FUNCTION`, `PROCEDURE`, `AGGREGATE` and `OPERATOR`: what tells overloads apart.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    action::{CreateDetail, CreateObject, Function, ObjectKind, RoutineSecurity, Volatility},
    lower::{
        Input,
        cursor::{Cursor, find_word, fold, is_word, literal, split_commas},
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
        create.detail = CreateDetail::Function(function(group, cursor.rest()));
    }
    Ok(())
}

/// What stands behind the arguments. A body that is no string is the last thing written.
fn function(arguments: &[TokenWithSpan], options: &[TokenWithSpan]) -> Function {
    let body = find_word(options, &["return", "begin"]).unwrap_or(options.len());
    let options = &options[..body];
    let has = |word| options.iter().any(|token| is_word(&token.token, word));
    let volatility = if has("immutable") {
        Volatility::Immutable
    } else if has("stable") {
        Volatility::Stable
    } else {
        Volatility::Volatile
    };
    let language = options
        .iter()
        .position(|token| is_word(&token.token, "language"))
        .and_then(|at| options.get(at + 1))
        .and_then(|token| match &token.token {
            Token::Word(word) => Some(fold(word)),
            token => literal(token).map(str::to_lowercase),
        });
    let defaults = split_commas(arguments)
        .into_iter()
        .filter(|argument| {
            find_word(argument, &["default"]).is_some()
                || argument
                    .iter()
                    .any(|token| matches!(token.token, Token::Eq | Token::Assignment))
        })
        .count();
    Function {
        volatility,
        language,
        defaults,
        security: security(options),
    }
}

/// `SECURITY DEFINER` and `SET search_path` in the options of `CREATE` or `ALTER` of a routine.
pub(super) fn security(options: &[TokenWithSpan]) -> RoutineSecurity {
    let has = |first, second| {
        options.windows(2).any(|pair| {
            is_word(&pair[0].token, first)
                && matches!(&pair[1].token, Token::Word(word) if word.value.eq_ignore_ascii_case(second))
        })
    };
    RoutineSecurity {
        definer: has("security", "definer"),
        invoker: has("security", "invoker"),
        sets_search_path: has("set", "search_path"),
    }
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
