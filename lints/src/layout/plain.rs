//! Files without a runner, such as standard input: numbered from 1 in the order given, each in a
//! transaction unless its comments say otherwise.

use crate::{
    layout::{sections, sqlx},
    migration::MigrationSet,
    source::SourceFile,
};

/// Makes each file a migration of its own.
pub fn read(files: Vec<SourceFile>) -> MigrationSet {
    let migrations = (1..)
        .zip(files)
        .map(|(version, file)| {
            let mode = sqlx::transaction_mode(&file);
            sections::read(version, file, mode)
        })
        .collect();
    MigrationSet::new(migrations, Vec::new()).expect("a count has no duplicates")
}
