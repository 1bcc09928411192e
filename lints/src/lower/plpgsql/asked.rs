//! Which names a condition asks the catalog about.
//!
//! A guard protects only where the migration changes its answer: `IF EXISTS` of a table says nothing about the column that
//! is added below it.

use std::collections::{BTreeSet, HashMap};

use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::lower::{
    cursor::{fold, literal},
    plpgsql::condition::is_catalog,
};

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Asked {
    /// Not the catalog.
    #[default]
    Nothing,
    /// The catalog, about these names.
    Names(BTreeSet<String>),
    /// The catalog, about what cannot be told.
    Anything,
}

/// The variables that hold what the catalog said.
pub(super) type Variables = HashMap<String, Asked>;

/// Columns that name a part of a table or type.
const PARTS: &[&str] = &[
    "attname",
    "column_name",
    "conname",
    "constraint_name",
    "enumlabel",
    "indexname",
    "policyname",
    "polname",
    "tgname",
    "trigger_name",
];

/// Columns that name an object.
const OBJECTS: &[&str] = &[
    "collname",
    "datname",
    "evtname",
    "extname",
    "matviewname",
    "nspname",
    "proname",
    "pubname",
    "relname",
    "rolname",
    "routine_name",
    "schema_name",
    "sequence_name",
    "sequencename",
    "srvname",
    "subname",
    "table_name",
    "tablename",
    "typname",
    "usename",
    "viewname",
];

/// Catalogs whose rows are the objects that they name; in others, an object's name only says where to look.
const OBJECT_CATALOGS: &[&str] = &[
    "pg_authid",
    "pg_catalog",
    "pg_class",
    "pg_collation",
    "pg_database",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_server",
    "pg_matviews",
    "pg_namespace",
    "pg_proc",
    "pg_publication",
    "pg_roles",
    "pg_sequences",
    "pg_subscription",
    "pg_tables",
    "pg_type",
    "pg_user",
    "pg_views",
    "routines",
    "schemata",
    "sequences",
    "tables",
    "views",
];

impl Asked {
    /// Both were asked.
    pub(super) fn and(&self, more: &Self) -> Self {
        match (self, more) {
            (Self::Nothing, one) | (one, Self::Nothing) => one.clone(),
            (Self::Names(some), Self::Names(more)) => Self::Names(some | more),
            _ => Self::Anything,
        }
    }

    /// What an expression or query asks, itself or by a variable.
    pub(super) fn of(tokens: &[TokenWithSpan], variables: &Variables) -> Self {
        let mut asked = Self::Nothing;
        let mut reads = false;
        for token in tokens {
            match &token.token {
                Token::Word(word) => {
                    let name = fold(word);
                    reads |= is_catalog(&name);
                    if let Some(answer) = variables.get(&name) {
                        asked = asked.and(answer);
                    }
                }
                // A query in a string, such as `EXECUTE 'SELECT … FROM pg_class' INTO found`.
                token => {
                    let text = literal(token).unwrap_or_default().to_ascii_lowercase();
                    if text.contains("from pg_") || text.contains("from information_schema.") {
                        asked = Self::Anything;
                    }
                }
            }
        }
        if reads {
            asked = asked.and(&names(tokens).map_or(Self::Anything, Self::Names));
        }
        asked
    }
}

/// The names that a condition looks for; none where they cannot be told.
fn names(tokens: &[TokenWithSpan]) -> Option<BTreeSet<String>> {
    let mut parts = BTreeSet::new();
    let mut objects = BTreeSet::new();
    let mut objects_only = true;
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = &token.token else {
            continue;
        };
        let name = fold(word);
        let behind = &tokens[at + 1..];
        let of_schema = at
            .checked_sub(2)
            .is_some_and(|before| tokens[before].token.to_string() == "information_schema");
        if PARTS.contains(&name.as_str()) {
            parts.extend(sought(behind)?);
        } else if OBJECTS.contains(&name.as_str()) {
            objects.extend(sought(behind)?);
        } else if name.starts_with("to_reg") {
            let argument = behind.get(1).and_then(|token| literal(&token.token))?;
            objects.insert(last_part(argument));
        } else if of_schema || is_catalog(&name) && name.starts_with("pg_") {
            objects_only &= OBJECT_CATALOGS.contains(&name.as_str());
        }
    }
    let found = if objects_only && parts.is_empty() {
        objects
    } else {
        parts
    };
    Some(found).filter(|found| !found.is_empty())
}

/// The literals that a column is compared with; empty where it is not compared, none where they cannot be told.
fn sought(behind: &[TokenWithSpan]) -> Option<Vec<String>> {
    let mut tokens = behind.iter().map(|token| &token.token);
    let text = |token: &Token| literal(token).map(str::to_owned);
    match tokens.next() {
        Some(Token::Eq) => Some(vec![text(tokens.next()?)?]),
        Some(Token::Word(word)) if fold(word) == "in" => tokens
            .skip(1)
            .take_while(|token| **token != Token::RParen)
            .filter(|token| **token != Token::Comma)
            .map(text)
            .collect(),
        Some(Token::Word(word)) => match fold(word).as_str() {
            "like" | "ilike" | "not" | "similar" | "between" => None,
            _ => Some(Vec::new()),
        },
        None | Some(Token::Comma | Token::RParen | Token::SemiColon) => Some(Vec::new()),
        _ => None,
    }
}

/// The name in a text such as `public.users`.
fn last_part(text: &str) -> String {
    let last = text.rsplit('.').next().unwrap_or(text);
    match last
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.to_owned(),
        None => last.to_lowercase(),
    }
}
