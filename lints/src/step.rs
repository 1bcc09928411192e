//! A step: one action of one statement, with its place and with what protects it inside a `DO` block.

use crate::{action::Action, source::Span};

/// One thing that a migration does. A statement gives one step or several (`ALTER TABLE … ADD …, DROP …`).
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The place: the clause of an `ALTER TABLE`, the inner statement of a `DO` block, else the whole statement.
    pub span: Span,
    /// The index of the top-level statement in [`crate::Migration::statements`].
    pub statement: usize,
    /// What protects it.
    pub guard: Guard,
}

/// What stands around a statement inside a `DO` block or a function body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// It runs under a condition that asks the catalog (`pg_catalog`, `information_schema`, `to_regclass` …) about something
    /// that the file changes, so that the answer is another one in a second run.
    pub tests_catalog: bool,
    /// The names that those conditions ask for; empty where they cannot be told.
    pub asks_for: Vec<String>,
    /// It runs under some other condition or in a loop.
    pub conditional: bool,
    /// The tables that those other conditions and loops read, by unqualified name.
    pub reads: Vec<String>,
    /// One of them depends on something else that cannot be told: a function, what a loop has left to do.
    pub untold: bool,
    /// What the blocks around it catch, the innermost first.
    pub catches: Vec<Caught>,
}

/// What one block around a statement catches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Where the block begins, which tells it from the others.
    pub block: usize,
    /// In lower case: `duplicate_object`, `others`, `42710` …
    pub conditions: Vec<String>,
}

impl Caught {
    fn covers(&self, conditions: &[&str]) -> bool {
        self.conditions
            .iter()
            .any(|caught| caught == "others" || conditions.contains(&caught.as_str()))
    }
}

impl Guard {
    /// What stands around the block, function or literal that it stands in protects it, too.
    pub(crate) fn stand_under(&mut self, outer: &Self) {
        let untold = |guard: &Self| guard.tests_catalog && guard.asks_for.is_empty();
        if untold(self) || untold(outer) {
            self.asks_for.clear();
        } else {
            self.asks_for.extend_from_slice(&outer.asks_for);
        }
        self.tests_catalog |= outer.tests_catalog;
        self.conditional |= outer.conditional;
        self.reads.extend_from_slice(&outer.reads);
        self.untold |= outer.untold;
        self.catches.extend_from_slice(&outer.catches);
    }

    /// Whether a second run is protected: the catalog is asked first, or one of these conditions is caught.
    pub fn covers(&self, conditions: &[&str]) -> bool {
        self.tests_catalog || self.catching_block(conditions).is_some()
    }

    /// Where the innermost block begins that catches one of these conditions.
    pub fn catching_block(&self, conditions: &[&str]) -> Option<usize> {
        let catching = self.catches.iter().find(|caught| caught.covers(conditions));
        catching.map(|caught| caught.block)
    }
}
