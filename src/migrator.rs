//! sqlx's own migrator, made from a [`MigrationSet`], so that files are read and judged from one source.

use rehearsal_lints::{Migration, MigrationSet, SetError, SourceFile, TransactionMode};
use sqlx::{
    SqlSafeStr,
    migrate::{Migration as SqlxMigration, MigrationType, Migrator},
};

/// The migrator that `sqlx migrate run` would build from the same files.
pub fn migrator(set: &MigrationSet) -> Migrator {
    let mut migrations = Vec::with_capacity(set.len() * 2);
    for migration in set {
        let kind = if migration.down.is_some() {
            MigrationType::ReversibleUp
        } else {
            MigrationType::Simple
        };
        let no_transaction = migration.mode != TransactionMode::Wrapped;
        migrations.push(step(migration, kind, migration.script(), no_transaction));
        if let Some(down) = &migration.down {
            let no_transaction = down
                .text()
                .starts_with(rehearsal_lints::layout::sqlx::NO_TRANSACTION);
            migrations.push(step(
                migration,
                MigrationType::ReversibleDown,
                down.text(),
                no_transaction,
            ));
        }
    }
    Migrator::with_migrations(migrations)
}

fn step(
    migration: &Migration,
    kind: MigrationType,
    sql: &str,
    no_transaction: bool,
) -> SqlxMigration {
    // The text is hostile by definition, and runs only on databases that the harness made for it.
    let sql = sqlx::AssertSqlSafe(sql.to_owned()).into_sql_str();
    SqlxMigration::new(
        migration.version,
        migration.description.clone().into(),
        kind,
        sql,
        no_transaction,
    )
}

/// The migrations of a migrator, under the file names that sqlx would read them from.
///
/// # Errors
/// When two have one version.
pub fn migration_set(migrator: &Migrator) -> Result<MigrationSet, SetError> {
    let files = migrator.iter().map(|migration| {
        let suffix = match migration.migration_type {
            MigrationType::Simple => "",
            MigrationType::ReversibleUp => ".up",
            MigrationType::ReversibleDown => ".down",
        };
        let name = format!(
            "{}_{}{suffix}.sql",
            migration.version,
            migration.description.replace(' ', "_")
        );
        SourceFile::new(name, migration.sql.as_str())
    });
    rehearsal_lints::layout::sqlx::read(files.collect())
}
