//! The harness on a real Postgres: one binary, one module a topic.

mod schema_changes;
mod schema_round_trip;
mod schema_snapshot;
mod schema_support;
mod schema_yardstick;
