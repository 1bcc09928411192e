//! The harness: everything that talks to Postgres.

pub mod schema;
pub mod snapshot;

pub use schema::{Schema, text_diff};
