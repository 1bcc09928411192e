//! What settings and transactions change, and what a rollback brings back.

use crate::{
    action::{Persistence, SetParameter, Transaction},
    catalog::{Catalog, Relation},
};

/// The run-time parameters that the migration has set so far. A runner's connection starts with none.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// `lock_timeout` in milliseconds; none where it is not set or 0.
    pub lock_timeout: Option<u64>,
    /// `statement_timeout` in milliseconds; none where it is not set or 0.
    pub statement_timeout: Option<u64>,
    /// `TimeZone`, where it is set.
    pub time_zone: Option<String>,
    /// `search_path`, where it is set.
    pub search_path: Option<Vec<String>>,
    /// Whether an explicit `BEGIN` is open.
    pub in_transaction: bool,
}

impl Catalog {
    pub(super) fn set(&mut self, set: &SetParameter) {
        self.session.set(set);
        if !set.local {
            self.committed.set(set);
        }
    }

    pub(super) fn transaction(&mut self, transaction: &Transaction) {
        match transaction {
            Transaction::Begin => {
                self.session.in_transaction = true;
                self.save(String::new());
            }
            Transaction::Savepoint(name) => self.save(name.clone()),
            Transaction::Release(name) => {
                if let Some(at) = self.saved.iter().rposition(|(saved, _)| saved == name) {
                    self.saved.truncate(at);
                }
            }
            Transaction::RollbackTo(name) => {
                if let Some(at) = self.saved.iter().rposition(|(saved, _)| saved == name) {
                    self.saved.truncate(at + 1);
                    if let Some((name, state)) = self.saved.pop() {
                        self.restore(*state);
                        self.save(name);
                    }
                }
            }
            Transaction::Rollback => {
                let begun = self.saved.first().is_some_and(|(name, _)| name.is_empty());
                if begun {
                    let (_, state) = self.saved.remove(0);
                    self.saved.clear();
                    self.restore(*state);
                }
                self.session.in_transaction = false;
            }
            Transaction::Commit | Transaction::Prepared => {
                for key in std::mem::take(&mut self.added_labels)
                    .into_values()
                    .flatten()
                {
                    if let Some(object) = self.objects.get_mut(&key) {
                        object.forget_labels();
                    }
                }
                self.saved.clear();
                self.session = self.committed.clone();
                self.drop_on_commit();
            }
        }
    }

    /// Temporary tables that live as long as the transaction go.
    fn drop_on_commit(&mut self) {
        for key in std::mem::take(&mut self.until_commit) {
            let goes =
                |relation: &Relation| relation.persistence == Persistence::TemporaryOnCommitDrop;
            if self.relations.get(&key).is_some_and(goes) {
                self.take_relation(&key);
            }
        }
    }

    fn save(&mut self, name: String) {
        if !self.rolls_back || !self.copies.take(self.len()) {
            return;
        }
        let saved = std::mem::take(&mut self.saved);
        let touched = std::mem::take(&mut self.touched);
        let state = Box::new(self.clone());
        self.touched = touched;
        self.saved = saved;
        self.saved.push((name, state));
    }

    /// How many things are known: relations with their parts, indexes and other objects.
    fn len(&self) -> usize {
        let relations = self.relations.values();
        let parts = relations.map(|one| 1 + one.columns.len() + one.constraints.len());
        parts.sum::<usize>() + self.indexes.len() + self.objects.len()
    }

    fn restore(&mut self, state: Catalog) {
        let saved = std::mem::take(&mut self.saved);
        let touched = std::mem::take(&mut self.touched);
        *self = Self {
            saved,
            touched,
            copies: self.copies,
            ..state
        };
    }
}

impl Session {
    /// Whether `TimeZone` is set to a zone that never differs from UTC.
    pub(crate) fn is_utc(&self) -> bool {
        let zone = self.time_zone.as_deref().unwrap_or_default();
        let zone = zone
            .get(..4)
            .filter(|area| area.eq_ignore_ascii_case("etc/"))
            .map_or(zone, |_| &zone[4..]);
        ["utc", "gmt"]
            .iter()
            .any(|name| zone.eq_ignore_ascii_case(name))
    }

    fn set(&mut self, set: &SetParameter) {
        let first = set.values.first().map(String::as_str);
        match set.name.as_str() {
            "lock_timeout" => self.lock_timeout = first.and_then(milliseconds),
            "statement_timeout" => self.statement_timeout = first.and_then(milliseconds),
            "timezone" => self.time_zone = first.map(str::to_owned),
            "search_path" => {
                let path: Vec<String> = set
                    .values
                    .iter()
                    .filter(|name| *name != "$user" && !name.is_empty())
                    .cloned()
                    .collect();
                self.search_path = Some(path).filter(|path| !path.is_empty());
            }
            "all" if set.values.is_empty() => {
                *self = Self {
                    in_transaction: self.in_transaction,
                    ..Self::default()
                };
            }
            _ => {}
        }
    }
}

/// Milliseconds of a time setting as Postgres reads it; none for 0, which switches it off.
///
/// Source: <https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES>
fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "ms" => 1.0,
        "us" => 0.001,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some((number * unit).round() as u64).filter(|&milliseconds| milliseconds > 0)
}
