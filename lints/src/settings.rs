//! What the linter is told about the project: levels, baseline, server version, bounds.

use std::collections::{BTreeMap, BTreeSet};

use crate::{finding::Level, migration::Migration, rule::Rule};

/// The linter's configuration. Reading it from a file is the caller's work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Levels that differ from the rules' own, by rule name.
    pub levels: BTreeMap<String, Level>,
    /// Migrations up to and including this version are read, so that their objects are known, but not judged.
    pub baseline: Option<i64>,
    /// The Postgres major version that production runs, 13 to 18.
    pub postgres: u16,
    /// The longest `lock_timeout`, in milliseconds, that `lock-timeout-missing` accepts.
    pub max_lock_timeout_ms: u64,
    /// The extensions that `extension-unlisted` accepts.
    pub extensions: BTreeSet<String>,
    /// By kind (`table`, `column`, `index`), the pattern of names that `naming` accepts; `*` stands for any text.
    pub naming: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            levels: BTreeMap::new(),
            baseline: None,
            postgres: 17,
            max_lock_timeout_ms: 10_000,
            extensions: BTreeSet::new(),
            naming: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The level at which a rule reports in this project.
    pub fn level(&self, rule: &Rule) -> Level {
        self.levels.get(rule.name).copied().unwrap_or(rule.level)
    }

    /// Whether the migration stands behind the baseline, so that rules apply to it.
    pub fn judges(&self, migration: &Migration) -> bool {
        self.baseline
            .is_none_or(|baseline| migration.version > baseline)
    }
}
