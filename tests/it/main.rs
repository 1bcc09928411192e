//! Tests on a real Postgres, in one binary. A test whose way to get one is closed on this machine says so and passes.

mod fixes_layouts;
mod fixes_proven;
mod fixes_yardstick;
mod layouts;
mod predictions;
#[cfg(unix)]
mod provider_container;
#[cfg(unix)]
mod provider_download;
#[cfg(unix)]
mod provider_end;
#[cfg(unix)]
mod provider_local;
#[cfg(unix)]
mod provider_server;
mod rows;
mod rules_proven;
mod schema_changes;
mod schema_cluster;
mod schema_diff;
mod schema_indexes;
mod schema_majors;
mod schema_round_trip;
mod schema_snapshot;
mod schema_support;
mod schema_yardstick;
mod second_run;
mod server;
mod support;
