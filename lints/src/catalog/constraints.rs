//! The constraints of a table, in the order in which they were added, and found by what statements say of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map::Values};

use crate::catalog::{Key, Origin};

/// A constraint.
#[derive(Clone, Debug)]
pub struct ConstraintState {
    /// Its name, generated as Postgres does where none is written.
    pub name: String,
    /// `PRIMARY KEY` and so on.
    pub words: &'static str,
    /// Existing rows satisfy it.
    pub valid: bool,
    /// The columns that it proves to be not null while it is valid.
    pub proves_not_null: Vec<String>,
    /// The columns of a key.
    pub columns: Vec<String>,
    /// The columns that a `CHECK` names.
    pub mentions: Vec<String>,
    /// The table that a foreign key references.
    pub references: Option<Key>,
    /// The columns there that a foreign key names; empty for those of the primary key.
    pub referenced: Vec<String>,
    /// As in [`crate::action::Constraint::definition`].
    pub definition: String,
    /// When it came to be.
    pub origin: Origin,
}

impl ConstraintState {
    /// Whether foreign keys can refer to it.
    pub fn is_key(&self) -> bool {
        matches!(self.words, "PRIMARY KEY" | "UNIQUE")
    }

    /// Whether it is dropped together with that column.
    pub(crate) fn goes_with(&self, column: &str) -> bool {
        let mut columns = self.columns.iter().chain(&self.mentions);
        columns.any(|name| name == column)
    }

    /// What it demands of rows, but for the columns that it refers to; none for keys, which are indexes, and `NOT NULL`.
    fn demand(&self) -> Option<Handle> {
        let columns = match self.words {
            "FOREIGN KEY" => self.columns.clone(),
            // Which columns a condition names, it says itself.
            "CHECK" | "EXCLUDE" => Vec::new(),
            _ => return None,
        };
        Some(Handle::Demand {
            words: self.words,
            definition: self.definition.clone(),
            columns,
            references: self.references.clone(),
        })
    }

    /// By what it is found.
    fn handles(&self) -> impl Iterator<Item = Handle> {
        let columns = self.columns.iter().chain(&self.proves_not_null);
        let columns = columns.chain(&self.mentions);
        let referenced = self.references.iter().cloned();
        [Handle::Name(self.name.clone()), Handle::Words(self.words)]
            .into_iter()
            .chain(columns.cloned().map(Handle::Column))
            .chain(referenced.map(Handle::References))
            .chain(self.demand())
    }
}

/// By what a constraint is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Handle {
    /// Its name. A file may add one of a name that is taken.
    Name(String),
    /// `PRIMARY KEY` and so on.
    Words(&'static str),
    /// A column of the key, or one that it names or proves not null.
    Column(String),
    /// The table that it refers to.
    References(Key),
    /// What it demands of rows, but for the columns that it refers to.
    Demand {
        /// `CHECK` and so on.
        words: &'static str,
        /// As in [`crate::action::Constraint::definition`].
        definition: String,
        /// The columns of a foreign key.
        columns: Vec<String>,
        /// The table that it refers to.
        references: Option<Key>,
    },
}

/// The constraints of a table as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// By a number that grows, so that the order stays.
    all: BTreeMap<usize, ConstraintState>,
    by: HashMap<Handle, BTreeSet<usize>>,
    next: usize,
    /// Those that may be the current migration's.
    new: Vec<usize>,
    /// By a generated name that is taken, the first number behind it that may be free.
    free: HashMap<String, usize>,
}

impl Constraints {
    /// All of them, in order.
    pub fn iter(&self) -> Values<'_, usize, ConstraintState> {
        self.all.values()
    }

    /// Those of a handle, in order.
    pub(crate) fn by<'a>(
        &'a self,
        handle: &Handle,
    ) -> impl DoubleEndedIterator<Item = &'a ConstraintState> + use<'a> {
        let numbers = self.by.get(handle).into_iter().flatten();
        numbers.filter_map(|number| self.all.get(number))
    }

    /// The first of that name.
    pub fn named(&self, name: &str) -> Option<&ConstraintState> {
        self.by(&Handle::Name(name.to_owned())).next()
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&ConstraintState> {
        self.by(&Handle::Words("PRIMARY KEY")).next()
    }

    /// Those that have the column in their key, in order.
    pub fn over(&self, column: &str) -> impl Iterator<Item = &ConstraintState> {
        self.by(&Handle::Column(column.to_owned()))
            .filter(move |known| known.columns.iter().any(|name| name == column))
    }

    /// Whether a valid one proves that the column holds no null.
    pub fn prove_not_null(&self, column: &str) -> bool {
        self.by(&Handle::Column(column.to_owned()))
            .any(|known| known.valid && known.proves_not_null.iter().any(|name| name == column))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn push(&mut self, constraint: ConstraintState) {
        self.put(self.next, constraint);
        self.new.push(self.next);
        self.next += 1;
    }

    /// Takes away those of a handle that a test picks.
    pub(super) fn remove(&mut self, handle: &Handle, picks: impl Fn(&ConstraintState) -> bool) {
        for number in self.numbers(handle) {
            if self.all.get(&number).is_some_and(&picks) {
                self.take(number);
            }
        }
    }

    /// Changes those of a handle.
    pub(super) fn change(&mut self, handle: &Handle, change: impl Fn(&mut ConstraintState)) {
        for number in self.numbers(handle) {
            if let Some(mut constraint) = self.take(number) {
                change(&mut constraint);
                self.put(number, constraint);
            }
        }
    }

    /// What the current migration has added is from now on an earlier one's.
    pub(super) fn settle(&mut self) {
        for number in std::mem::take(&mut self.new) {
            if let Some(constraint) = self.all.get_mut(&number) {
                constraint.origin = Origin::Earlier;
            }
        }
    }

    /// The name that Postgres generates from `stem`: with a number where it is taken.
    pub(super) fn generated_name(&mut self, stem: String) -> String {
        let taken = |name: &str| self.by.contains_key(&Handle::Name(name.to_owned()));
        if !taken(&stem) {
            return stem;
        }
        let number = self.free.get(&stem).copied().unwrap_or(1);
        let number = (number..)
            .find(|number| !taken(&format!("{stem}{number}")))
            .expect("numbers do not run out");
        let name = format!("{stem}{number}");
        self.free.insert(stem, number);
        name
    }

    fn numbers(&self, handle: &Handle) -> Vec<usize> {
        let numbers = self.by.get(handle).into_iter().flatten();
        numbers.copied().collect()
    }

    fn put(&mut self, number: usize, constraint: ConstraintState) {
        for handle in constraint.handles() {
            self.by.entry(handle).or_default().insert(number);
        }
        self.all.insert(number, constraint);
    }

    fn take(&mut self, number: usize) -> Option<ConstraintState> {
        let constraint = self.all.remove(&number)?;
        for handle in constraint.handles() {
            if let Some(numbers) = self.by.get_mut(&handle) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    self.by.remove(&handle);
                }
            }
        }
        self.set_free(&constraint.name);
        Some(constraint)
    }

    /// A name that is free again is the next that Postgres generates, whichever of its last digits are the number.
    fn set_free(&mut self, name: &str) {
        let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
        for at in name.len() - digits..name.len() {
            if let Some(free) = self.free.get_mut(&name[..at])
                && let Ok(number) = name[at..].parse::<usize>()
            {
                *free = number.min(*free);
            }
        }
    }
}

impl<'a> IntoIterator for &'a Constraints {
    type Item = &'a ConstraintState;
    type IntoIter = Values<'a, usize, ConstraintState>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraint(name: &str) -> ConstraintState {
        ConstraintState {
            name: name.to_owned(),
            words: "CHECK",
            valid: true,
            proves_not_null: Vec::new(),
            columns: Vec::new(),
            mentions: Vec::new(),
            references: None,
            referenced: Vec::new(),
            definition: String::new(),
            origin: Origin::Here,
        }
    }

    #[test]
    fn a_generated_name_has_the_lowest_free_number() {
        let mut constraints = Constraints::default();
        let generated = |constraints: &mut Constraints| {
            let name = constraints.generated_name("a_check".to_owned());
            constraints.push(constraint(&name));
            name
        };
        for expected in ["a_check", "a_check1", "a_check2", "a_check3"] {
            assert_eq!(generated(&mut constraints), expected);
        }
        for freed in ["a_check2", "a_check"] {
            constraints.remove(&Handle::Name(freed.to_owned()), |_| true);
        }
        for expected in ["a_check", "a_check2", "a_check4"] {
            assert_eq!(generated(&mut constraints), expected);
        }
    }
}
