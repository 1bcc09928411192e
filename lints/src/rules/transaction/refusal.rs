//! Which statements Postgres refuses inside a transaction block.

use crate::{
    action::{Action, AlterClause, CreateDetail, ObjectKind, ReindexTarget},
    catalog::Catalog,
    name::ObjectName,
    step::Step,
};

/// Whether a file that the runner wraps may not hold the step: Postgres refuses it in a transaction block, or it commits by
/// itself, or may do so in what cannot be read.
pub(in crate::rules) fn needs_no_transaction(step: &Step, catalog: &Catalog) -> bool {
    match &step.action {
        Action::Transaction(_)
        | Action::DynamicSql
        | Action::Unknown { .. }
        | Action::Placeholder
        | Action::PsqlCommand
        | Action::Other {
            keywords: "CALL" | "EXECUTE",
        } => true,
        action => refuses_transaction(action, catalog).is_some(),
    }
}

/// The statement's name in messages, if Postgres refuses it inside a transaction block, a function or a `DO` block.
///
/// Source: the callers of `PreventInTransactionBlock` in Postgres; each statement's page in the manual says so too.
pub(in crate::rules) fn refuses_transaction(
    action: &Action,
    catalog: &Catalog,
) -> Option<&'static str> {
    let partitioned = |name: &ObjectName| catalog.is_partitioned(name);
    Some(match action {
        Action::CreateIndex(create) if create.concurrently => "CREATE INDEX CONCURRENTLY",
        Action::DropObject(drop) if drop.concurrently => "DROP INDEX CONCURRENTLY",
        Action::AlterTable(alter) => match alter.clause {
            AlterClause::DetachPartition {
                concurrently: true, ..
            } => "DETACH PARTITION CONCURRENTLY",
            _ => return None,
        },
        Action::Reindex {
            target,
            name,
            concurrently,
        } => match target {
            ReindexTarget::Schema => "REINDEX SCHEMA",
            ReindexTarget::Database => "REINDEX DATABASE",
            ReindexTarget::System => "REINDEX SYSTEM",
            ReindexTarget::Index | ReindexTarget::Table if *concurrently => "REINDEX CONCURRENTLY",
            ReindexTarget::Table if name.as_ref().is_some_and(partitioned) => {
                "REINDEX of a partitioned table"
            }
            ReindexTarget::Index | ReindexTarget::Table => return None,
        },
        Action::Vacuum { .. } => "VACUUM",
        Action::Cluster { table: None } => "CLUSTER of all tables",
        Action::Cluster { table: Some(table) } if partitioned(table) => {
            "CLUSTER of a partitioned table"
        }
        Action::AlterSystem => "ALTER SYSTEM",
        Action::CreateObject(create) => match (create.kind, &create.detail) {
            (ObjectKind::Database, _) => "CREATE DATABASE",
            (ObjectKind::Tablespace, _) => "CREATE TABLESPACE",
            (_, CreateDetail::Subscription { creates_slot: true }) => {
                "CREATE SUBSCRIPTION with a replication slot"
            }
            _ => return None,
        },
        Action::DropObject(drop) => match drop.kind {
            ObjectKind::Database => "DROP DATABASE",
            ObjectKind::Tablespace => "DROP TABLESPACE",
            ObjectKind::Subscription => "DROP SUBSCRIPTION with a replication slot",
            _ => return None,
        },
        Action::Other {
            keywords: keywords @ ("ALTER DATABASE SET TABLESPACE" | "DISCARD ALL"),
        } => keywords,
        _ => return None,
    })
}
