//! The test harness: everything that talks to a Postgres. It touches no database, role, container, process or folder
//! that it did not create, and it never prints.

mod acts;
mod causes;
mod cluster;
pub mod comparison;
mod contents;
mod created;
pub mod database;
pub mod diff;
mod hint;
pub mod migrator;
pub mod observe;
pub mod provider;
mod reach;
mod refusal;
mod rehearsal;
mod runner;
pub mod schema;
pub mod server;
pub mod snapshot;
pub mod testing;
pub mod verdict;

pub use acts::{
    ActOutcome, ActResult, RehearsalOptions,
    trace::{Trace, trace_all, trace_each},
};
pub use causes::causes;
pub use database::Database;
pub use diff::SchemaDiff;
pub use hint::for_missing_extension;
pub use observe::Observation;
pub use provider::{Progress, ProviderKind, ProviderSettings};
pub use refusal::Refusal;
pub use rehearsal::{Rehearsal, apply, apply_traced, load, rehearse};
pub use schema::{Schema, text_diff};
pub use server::Server;
