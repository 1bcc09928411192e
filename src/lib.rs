//! The test harness: everything that talks to a Postgres. It touches no database, role, container, process or folder
//! that it did not create, and it never prints.

mod cluster;
mod created;
pub mod database;
pub mod provider;
pub mod schema;
pub mod server;
pub mod snapshot;
