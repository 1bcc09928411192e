//! The harness on a real Postgres: one binary, one module a topic.

mod schema_round_trip;
mod schema_snapshot;
mod schema_support;

mod rows;
mod second_run;
