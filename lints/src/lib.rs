//! Lints for Postgres migrations: SQL text in, findings out.
//!
//! This crate does no I/O, waits for nothing and prints nothing. Linting never fails: what cannot be understood is a
//! finding, and its neighbours are still checked.

pub mod action;
mod ahead;
mod catalog;
mod copies;
mod finding;
pub mod fix;
mod held;
pub mod history;
pub mod layout;
pub mod lint;
mod lock;
mod lock_mode;
mod lower;
mod migration;
mod name;
mod outline;
pub mod prediction;
mod rule;
pub mod rules;
mod second_run;
mod settings;
mod source;
mod split;
pub mod statement;
mod step;
pub mod suppression;
#[cfg(test)]
mod test_support;
mod token;
mod type_change;
mod uses;
mod volatility;
mod work;

pub use crate::{
    finding::{Evidence, Finding, Foretold, Level},
    fix::{Edit, Fix, NewFile, NewMigration, Safety},
    lint::lint,
    lock_mode::LockMode,
    migration::{Migration, MigrationSet, SetError, TransactionMode},
    name::series,
    rule::{Check, Context, Example, Fixable, Group, Loss, Rule},
    settings::Settings,
    source::{Position, SourceFile, Span},
    step::{Guard, Step},
    work::Work,
};
