//! Statement by statement: what the linter foretells is what Postgres does, on every major that is here.

use rehearsal::{
    Server,
    comparison::compare,
    provider::{NEWEST_MAJOR, OLDEST_MAJOR, ProviderKind},
    trace_each,
};
use rehearsal_lints::{Migration, MigrationSet, SourceFile, TransactionMode, prediction::predict};

use crate::support::{self, on_each};

/// Tables of every kind, with what belongs to them.
const WORLD: &str = include_str!("fixtures/prediction_world.sql");
/// Each line is a migration of its own after the world; behind `-- 17` those that need that major.
const STATEMENTS: &str = include_str!("fixtures/predicted.sql");

on_each!(
    on:
    local Local None,
    container_13 Container Some(13),
    container_15 Container Some(15),
    container_17 Container Some(17),
    container_18 Container Some(18),
);

/// Tries every statement.
async fn on(kind: ProviderKind, major: Option<u16>) -> anyhow::Result<()> {
    let few = [OLDEST_MAJOR, NEWEST_MAJOR];
    let Some(server) = support::server_of(kind, major, &few).await? else {
        return Ok(());
    };
    let major = server.version().major();
    let wrong = wrong(&server, major).await?;
    server.stop().await?;
    assert!(
        wrong.is_empty(),
        "PostgreSQL {major}:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

/// What is not as foretold.
async fn wrong(server: &Server, major: u16) -> anyhow::Result<Vec<String>> {
    let world = migration(1, WORLD, TransactionMode::Wrapped);
    let lines = STATEMENTS.lines().filter(|line| needs(line) <= major);
    let tried: Vec<Migration> = lines.map(|line| migration(2, line, mode(line))).collect();
    let traces = trace_each(server, &world, &tried, 10).await?;
    let mut wrong = Vec::new();
    for (migration, trace) in tried.iter().zip(&traces) {
        let line = migration.up.text();
        if let Some(refusal) = &trace.refusal {
            wrong.push(format!("{line}\n    refused: {}", refusal.text()));
        }
        let set = MigrationSet::new(vec![world.clone(), migration.clone()], Vec::new())
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let foretold = predict(&set, major).swap_remove(1);
        for (seen, foretold) in trace.observations.iter().zip(&foretold) {
            let compared = compare(foretold, seen, &trace.partitions);
            for one in compared.iter().filter(|one| !one.agrees) {
                wrong.push(format!(
                    "{line}\n    {} of {}: {} foretold, {} seen",
                    one.effect, one.relation, one.foretold, one.seen
                ));
            }
        }
    }
    Ok(wrong)
}

/// Statements that refuse a transaction block get none.
fn mode(line: &str) -> TransactionMode {
    match line.contains(" CONCURRENTLY") || line.starts_with("VACUUM") {
        true => TransactionMode::Unwrapped,
        false => TransactionMode::Wrapped,
    }
}

/// The first major that takes the line.
fn needs(line: &str) -> u16 {
    let major = line.rsplit_once("-- ").map(|(_, major)| major.trim());
    major
        .and_then(|major| major.parse().ok())
        .unwrap_or_default()
}

fn migration(version: i64, sql: &str, mode: TransactionMode) -> Migration {
    let file = SourceFile::new(format!("{version}.sql"), sql);
    Migration::new(version, "", file, mode)
}
