//! golang-migrate's layout: sqlx's reversible names, and no transaction but the file's own.
//!
//! Sources: MIGRATIONS.md and `source/parse.go`; `Run` in `database/postgres` sends a file as one query, unless the URL says
//! `x-multi-statement`.

use crate::{
    layout::sqlx,
    migration::{MigrationSet, SetError, TransactionMode},
    source::SourceFile,
};

/// Reads the files of a migrations folder. What is neither `.up.sql` nor `.down.sql` is passed over.
///
/// # Errors
/// When a version is no integer, or two ways have one version.
pub(super) fn read(files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
    let (own, other): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let is_way = name.ends_with(".up.sql") || name.ends_with(".down.sql");
        is_way && sqlx::is_named(name)
    });
    let mut set = sqlx::read(own)?;
    set.ignored.extend(other);
    set.ignored.sort_by(|a, b| a.path.cmp(&b.path));
    for migration in set.iter_mut() {
        migration.mode = TransactionMode::Unwrapped;
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ways_count_and_none_is_wrapped() {
        let names = [
            "2_b.up.sql",
            "1_a.up.sql",
            "1_a.down.sql",
            "3_c.sql",
            "x.up.sql",
        ];
        let files = names.map(|name| SourceFile::new(format!("m/{name}"), "SELECT 1;"));
        let set = read(files.into()).expect("all is well");
        let shown: Vec<_> = set
            .iter()
            .map(|one| (one.version, one.down.is_some(), one.mode))
            .collect();
        assert_eq!(
            shown,
            [
                (1, true, TransactionMode::Unwrapped),
                (2, false, TransactionMode::Unwrapped)
            ]
        );
        let ignored: Vec<_> = set.ignored.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(ignored, ["m/3_c.sql", "m/x.up.sql"]);
    }
}
