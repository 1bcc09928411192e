//! What the outcome of a condition depends on.
//!
//! A condition holds back the second run only where the first changes its outcome: `IF EXISTS` of rows that the file does
//! not touch holds again, and a loop over them runs as often.

use std::collections::{BTreeSet, HashMap};

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::{
    lower::{
        cursor::{Cursor, find_word, fold, is_word},
        parsed::mentions,
    },
    volatility,
};

/// What a condition or value depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Depends {
    /// The tables that it reads, by unqualified name.
    pub(super) tables: BTreeSet<String>,
    /// Something else that cannot be told.
    pub(super) untold: bool,
}

/// The variables of a body; one that is not among them holds what cannot be told.
pub(super) type Values = HashMap<String, Depends>;

impl Depends {
    /// What cannot be told.
    pub(super) fn untold() -> Self {
        Self {
            tables: BTreeSet::new(),
            untold: true,
        }
    }

    /// Both matter.
    pub(super) fn and(&self, more: &Self) -> Self {
        Self {
            tables: &self.tables | &more.tables,
            untold: self.untold || more.untold,
        }
    }

    /// What an expression or a query depends on.
    pub(super) fn of(tokens: &[TokenWithSpan], values: &Values) -> Self {
        let Some(mentions) = mentions::read(tokens) else {
            return Self::untold();
        };
        let mut depends = Self::default();
        for name in mentions.names {
            match values.get(&name.name) {
                Some(value) => depends = depends.and(value),
                None => depends.untold |= !name.in_query,
            }
        }
        depends.untold |= !mentions.functions.iter().all(volatility::repeats);
        let tables = mentions.tables.iter();
        depends
            .tables
            .extend(tables.map(|name| name.name().to_owned()));
        depends
    }

    /// What the head of a loop without its `LOOP` depends on: `i IN 1..3`, `row IN SELECT …`, `x IN ARRAY …`, a condition.
    pub(super) fn of_loop(word: &str, head: &[TokenWithSpan], values: &Values) -> Self {
        let Some(at) = find_word(head, &["in"]).filter(|_| word != "while") else {
            return Self::of(head, values);
        };
        let mut cursor = Cursor::new(&head[at + 1..]);
        if word == "foreach" {
            cursor.eat(&["array"]);
            return Self::of(cursor.rest(), values);
        }
        cursor.eat(&["reverse"]);
        Self::of_range(cursor.rest(), values).unwrap_or_else(|| Self::of(cursor.rest(), values))
    }

    /// `1..3`, `0..n - 1`: tokens in which no query and no call stands.
    fn of_range(tokens: &[TokenWithSpan], values: &Values) -> Option<Self> {
        let mut depends = Self::default();
        for token in tokens {
            match &token.token {
                Token::Number(..) | Token::Period | Token::Plus | Token::Minus => {}
                Token::Word(word) if is_word(&token.token, "by") || word.quote_style.is_some() => {}
                Token::Word(word) => depends = depends.and(values.get(&fold(word))?),
                _ => return None,
            }
        }
        Some(depends)
    }
}
