//! Lints for Postgres migrations: SQL text in, findings out.
//!
//! This crate does no I/O, waits for nothing and prints nothing. Linting never fails: what cannot be understood is a
//! finding, and its neighbours are still checked.

pub mod action;
pub mod catalog;
pub mod finding;
pub mod layout;
pub mod lint;
pub mod lock;
mod lower;
pub mod migration;
pub mod name;
pub mod outline;
pub mod rule;
pub mod rules;
pub mod second_run;
pub mod settings;
pub mod source;
pub mod statement;
pub mod step;
pub mod suppression;
#[cfg(test)]
mod test_support;
pub mod token;
pub mod type_change;

pub use crate::{
    finding::{Edit, Evidence, Finding, Level},
    lint::lint,
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    rule::{Check, Context, Example, Group, LockMode, Rule, Work},
    settings::Settings,
    source::{Position, SourceFile, Span},
    step::{Guard, Step},
};
