//! How a migration runner names and orders its files.

mod flyway;
mod folders;
pub mod plain;
mod sections;
pub mod sqlx;
pub(crate) mod version;

pub(crate) use self::sections::is_marker;

use std::fmt;

use crate::{
    migration::{MigrationSet, SetError},
    source::SourceFile,
};

/// A way of naming migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `<VERSION>_<DESCRIPTION>[.up|.down].sql`: sqlx, golang-migrate, goose, dbmate.
    Sqlx,
    /// `V<VERSION>__<DESCRIPTION>.sql` and the like: Flyway, refinery.
    Flyway,
    /// `<VERSION>_<DESCRIPTION>/up.sql` and `down.sql`.
    Diesel,
    /// `<VERSION>_<DESCRIPTION>/migration.sql`.
    Prisma,
}

impl Layout {
    /// The layout that all files of a folder have, by their paths below it, with forward slashes.
    pub fn detect<'a>(paths: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        [Self::Sqlx, Self::Flyway, Self::Diesel, Self::Prisma]
            .into_iter()
            .find(|layout| {
                paths.clone().next().is_some() && paths.clone().all(|path| layout.names(path))
            })
    }

    /// Whether a path below the migrations folder is spelled like that.
    fn names(self, path: &str) -> bool {
        match self {
            Self::Sqlx => !path.contains('/') && sqlx::is_named(path),
            Self::Flyway => flyway::is_named(path),
            Self::Diesel => folders::is_named(path, &["up.sql", "down.sql"]),
            Self::Prisma => folders::is_named(path, &["migration.sql"]),
        }
    }

    /// Reads the files of a folder.
    ///
    /// # Errors
    /// When a version is no number, or two ways up have one version.
    pub fn read(self, files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
        match self {
            Self::Sqlx => {
                let mut set = sqlx::read(files)?;
                sections::keep_ups(&mut set);
                Ok(set)
            }
            Self::Flyway => flyway::read(files),
            Self::Diesel => folders::diesel(files),
            Self::Prisma => folders::prisma(files),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlx => "sqlx",
            Self::Flyway => "Flyway",
            Self::Diesel => "Diesel",
            Self::Prisma => "Prisma",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_decide() {
        let detect = |paths: &[&str]| Layout::detect(paths.iter().copied());
        assert_eq!(detect(&["1_a.up.sql", "1_a.down.sql"]), Some(Layout::Sqlx));
        assert_eq!(
            detect(&["V1__a.sql", "sub/V1.2__b.sql", "R__c.sql", "U1__a.sql"]),
            Some(Layout::Flyway)
        );
        assert_eq!(
            detect(&["2018-07-10-061642_a/up.sql", "2018-07-10-061642_a/down.sql"]),
            Some(Layout::Diesel)
        );
        assert_eq!(
            detect(&["20230518191501_a/migration.sql"]),
            Some(Layout::Prisma)
        );
        for other in [
            &["1_a.sql", "V2__b.sql"][..],
            &["a.sql"],
            &["1_a/x.sql"],
            &["V1_a.sql"],
            &[],
        ] {
            assert_eq!(detect(other), None, "{other:?}");
        }
    }
}
