//! What an index does for rows and queries, and whether another one does it too.

use crate::{
    action::CreateIndex,
    catalog::{IndexState, Key, Origin, relation::names},
};

impl IndexState {
    /// What `CREATE INDEX` makes of a table.
    pub(crate) fn created(create: &CreateIndex, table: Key) -> Self {
        let computed = create.expressions.iter();
        let later = create.keys.iter().skip(create.columns.len());
        let later = later.filter(|key| !key.contains('('));
        Self {
            table,
            columns: names(&create.columns),
            computed: computed.flat_map(|expr| names(&expr.columns)).collect(),
            beside: later
                .map(|key| Self::bare_key(key))
                .chain(included(&create.qualities))
                .map(str::to_owned)
                .collect(),
            keys: create.keys.clone(),
            method: create.method.clone(),
            qualities: create.qualities.clone(),
            constraint: false,
            unique: create.unique,
            partial: create.partial,
            origin: Origin::Here,
        }
    }

    /// What a primary key or unique constraint over these columns brings.
    pub(crate) fn of_key(table: Key, columns: Vec<String>) -> Self {
        Self {
            table,
            keys: columns.iter().map(|name| Self::key_of(name)).collect(),
            columns,
            computed: Vec::new(),
            beside: Vec::new(),
            method: None,
            qualities: String::new(),
            constraint: true,
            unique: true,
            partial: false,
            origin: Origin::Here,
        }
    }

    /// Its keys without order, operator class and needless parentheses, none of which tell rows apart.
    pub(crate) fn bare_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| Self::bare_key(key))
    }

    /// A folded key without what does not change its value: its order, its operator class, a collation that compares bytes,
    /// parentheses around it, the quotes of a column.
    pub(crate) fn bare_key(key: &str) -> &str {
        const SAME: &[&str] = &[
            " nulls first",
            " nulls last",
            " desc",
            " asc",
            " collate \"C\"",
            " collate \"POSIX\"",
        ];
        let mut key = key;
        for end in SAME {
            key = key.strip_suffix(end).unwrap_or(key);
        }
        // `name text_pattern_ops`
        if let Some((value, class)) = key.rsplit_once(' ')
            && is_word(class)
            && (is_word(value) || value.ends_with(')') || unquoted(value).is_some())
        {
            key = value;
        }
        let key = unwrapped(key);
        unquoted(key).unwrap_or(key)
    }

    /// A column as a folded key writes it.
    pub(crate) fn key_of(column: &str) -> String {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        match column.chars().all(is_plain) {
            true => column.to_owned(),
            false => format!("\"{column}\""),
        }
    }

    /// Whether it keeps all those rows apart that another one does: rows that are equal in the other's keys are equal in these,
    /// which are some of them.
    pub(crate) fn keeps_apart(&self, other: &Self) -> bool {
        let nulls = |index: &Self| index.qualities.contains("nulls not distinct");
        self.unique
            && self.has_rows_of(other)
            && (nulls(self) || !nulls(other))
            && self.is_within(other)
    }

    /// Whether an `ON CONFLICT` that names the keys of another one finds this one: it must have exactly these.
    ///
    /// Source: `infer_arbiter_indexes` in Postgres's `plancat.c`.
    pub(crate) fn arbitrates(&self, other: &Self) -> bool {
        self.unique && self.has_rows_of(other) && self.is_within(other) && other.is_within(self)
    }

    /// Whether it finds all that another one does.
    pub(crate) fn serves(&self, other: &Self) -> bool {
        let included = other.beside_keys();
        let begins = match self.method {
            None => self.keys.starts_with(&other.keys),
            Some(_) => self.keys == other.keys,
        };
        self.method == other.method
            && begins
            && self.has_rows_of(other)
            && (included.is_empty() || included == self.beside_keys())
    }

    /// Whether it finds the rows of any one value of its first column: a condition other than that this is not null, which a
    /// value never is, leaves rows out, and other methods only narrow the search.
    pub(crate) fn finds_any_row(&self) -> bool {
        let Some(first) = self.columns.first() else {
            return false;
        };
        let exact = matches!(self.method.as_deref(), None | Some("hash"));
        let condition = self.condition().replace(['(', ')'], "");
        let condition = condition.split_whitespace();
        let whole = condition.eq([first, "is", "not", "null"]);
        exact && (!self.partial || whole)
    }

    /// A column goes by another name.
    pub(super) fn rename_column(&mut self, from: &str, to: &str) {
        let names = self.columns.iter_mut().chain(&mut self.computed);
        for name in names.chain(&mut self.beside).filter(|name| *name == from) {
            to.clone_into(name);
        }
        for text in self.keys.iter_mut().chain([&mut self.qualities]) {
            let words = text.split(' ');
            let renamed = Self::key_of(to);
            let is_old = |word: &str| unquoted(word).unwrap_or(word) == from;
            let words: Vec<&str> = words
                .map(|word| if is_old(word) { &*renamed } else { word })
                .collect();
            *text = words.join(" ");
        }
    }

    /// Whether each of its keys is one of another's.
    fn is_within(&self, other: &Self) -> bool {
        self.bare_keys()
            .all(|key| other.bare_keys().any(|known| known == key))
    }

    /// Whether it has all rows that another one has.
    fn has_rows_of(&self, other: &Self) -> bool {
        !self.partial || unwrapped(self.condition()) == unwrapped(other.condition())
    }

    /// What stands behind `WHERE`.
    fn condition(&self) -> &str {
        self.split_qualities().1
    }

    /// What stands between the keys and `WHERE`, and tells no rows apart.
    fn beside_keys(&self) -> String {
        let beside = self.split_qualities().0;
        beside
            .replace("nulls not distinct", "")
            .replace("nulls distinct", "")
            .trim()
            .to_owned()
    }

    fn split_qualities(&self) -> (&str, &str) {
        let qualities = self.qualities.as_str();
        match qualities.strip_prefix("where ") {
            Some(condition) => ("", condition),
            None => qualities.split_once(" where ").unwrap_or((qualities, "")),
        }
    }
}

/// Folded text without parentheses around all of it.
fn unwrapped(text: &str) -> &str {
    let mut text = text;
    while let Some(inner) = text
        .strip_prefix("( ")
        .and_then(|rest| rest.strip_suffix(" )"))
        && is_balanced(inner)
    {
        text = inner;
    }
    text
}

fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether each parenthesis that closes was opened before.
fn is_balanced(text: &str) -> bool {
    let mut depth = 0_i64;
    text.split(' ').all(|word| {
        depth += match word {
            "(" => 1,
            ")" => -1,
            _ => 0,
        };
        depth >= 0
    })
}

/// What stands in quotes, where that is all.
fn unquoted(key: &str) -> Option<&str> {
    let inner = key.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}

/// The columns of an `INCLUDE`.
fn included(qualities: &str) -> impl Iterator<Item = &str> {
    let columns = qualities
        .strip_prefix("include ( ")
        .and_then(|rest| rest.split_once(" )"));
    let columns = columns.into_iter();
    columns.flat_map(|(columns, _)| columns.split(" , ").map(IndexState::bare_key))
}
