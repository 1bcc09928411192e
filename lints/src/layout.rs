//! How a migration runner names, orders and sends its files.

pub(crate) mod asking;
mod blocks;
mod detect;
mod flyway;
mod folders;
mod golang_migrate;
pub(crate) mod new_files;
pub mod plain;
mod refinery;
mod sections;
pub(crate) mod spelling;
pub mod sqlx;
mod version;

pub(crate) use self::{
    blocks::{BlockEnd, block_end, blocks, is_in_block, keep_whole},
    sections::is_marker,
};

use std::fmt;

use crate::{
    migration::{MigrationSet, SetError},
    source::SourceFile,
    token::Comment,
};

/// A migration runner's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `<VERSION>_<DESCRIPTION>[.up|.down].sql`, in one folder.
    Sqlx,
    /// `<VERSION>_<DESCRIPTION>.up.sql` and `.down.sql`, in one folder.
    GolangMigrate,
    /// `<VERSION>_<DESCRIPTION>.sql` with `-- +goose Up` and `-- +goose Down` in it.
    Goose,
    /// `<VERSION>_<DESCRIPTION>.sql` with `-- migrate:up` and `-- migrate:down` in it.
    Dbmate,
    /// `<NAME>.sql` with `-- +migrate Up` and `-- +migrate Down` in it.
    SqlMigrate,
    /// `V<VERSION>__<DESCRIPTION>.sql`, `U…`, `R__…` and `B…`, in any folders.
    Flyway,
    /// `V<VERSION>__<DESCRIPTION>.sql` and `U…`, in any folders.
    Refinery,
    /// `<VERSION>_<DESCRIPTION>/up.sql`, `down.sql` and `metadata.toml`.
    Diesel,
    /// `<VERSION>_<DESCRIPTION>/migration.sql`.
    Prisma,
    /// Any files, in the order of their names: for a runner that is not known. Never detected.
    Plain,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Sqlx,
        Self::GolangMigrate,
        Self::Goose,
        Self::Dbmate,
        Self::SqlMigrate,
        Self::Flyway,
        Self::Refinery,
        Self::Diesel,
        Self::Prisma,
        Self::Plain,
    ];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::SqlMigrate => "sql-migrate",
            Self::Flyway => "flyway",
            Self::Refinery => "refinery",
            Self::Diesel => "diesel",
            Self::Prisma => "prisma",
            Self::Plain => "plain",
        }
    }

    /// How it names a migration.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Sqlx | Self::Goose | Self::Dbmate => "<VERSION>_<DESCRIPTION>.sql",
            Self::GolangMigrate => "<VERSION>_<DESCRIPTION>.up.sql",
            Self::SqlMigrate | Self::Plain => "<NAME>.sql",
            Self::Flyway | Self::Refinery => "V<VERSION>__<DESCRIPTION>.sql",
            Self::Diesel => "<VERSION>_<DESCRIPTION>/up.sql",
            Self::Prisma => "<VERSION>_<DESCRIPTION>/migration.sql",
        }
    }

    /// Where a statement goes that refuses a transaction, in words.
    pub(crate) fn alone(self) -> &'static str {
        match self {
            Self::Sqlx | Self::Plain => {
                "alone in a migration whose first line is `-- no-transaction`"
            }
            Self::Goose => "in a migration with `-- +goose NO TRANSACTION`",
            Self::Dbmate => {
                "alone in a migration that begins with `-- migrate:up transaction:false`"
            }
            Self::SqlMigrate => "in a migration that begins with `-- +migrate Up notransaction`",
            Self::Refinery => {
                "by hand, outside refinery, which sends each migration in a transaction"
            }
            Self::Diesel => {
                "alone in a migration with `run_in_transaction = false` in its metadata.toml"
            }
            // They send it without one, where no statement beside it needs one.
            Self::GolangMigrate | Self::Flyway | Self::Prisma => "alone in a migration",
        }
    }

    /// Whether it sends each statement of a migration without a transaction by itself, so that such a migration may hold several
    /// that refuse one.
    pub(crate) fn sends_each(self) -> bool {
        matches!(self, Self::Goose | Self::SqlMigrate | Self::Flyway)
    }

    /// The layout of a file that stands alone, where its comments tell.
    pub(crate) fn told_by(comments: &[Comment]) -> Option<Self> {
        sections::tool_of(comments)
    }

    /// Whether it looks into the folders of its folder.
    pub fn is_nested(self) -> bool {
        match self {
            Self::Flyway | Self::Refinery | Self::Diesel | Self::Prisma | Self::Plain => true,
            Self::Sqlx | Self::GolangMigrate | Self::Goose | Self::Dbmate | Self::SqlMigrate => {
                false
            }
        }
    }

    /// The layout of a folder, by the files below it; none where no runner would take any of them.
    ///
    /// # Errors
    /// When some files are one runner's and some another's.
    pub fn detect(folder: &str, files: &[SourceFile]) -> Result<Option<Self>, SetError> {
        detect::detect(folder, files)
    }

    /// Reads the files of a folder: those in it and, where [`Layout::is_nested`], those in its folders, with what says more
    /// of them ([`is_companion`]).
    ///
    /// # Errors
    /// When a version cannot be read, two ways up have one version, or a file has no way up that the runner would find.
    pub fn read(self, files: Vec<SourceFile>) -> Result<MigrationSet, SetError> {
        let mut set = match self {
            Self::Sqlx => sqlx::read(files),
            Self::GolangMigrate => golang_migrate::read(files),
            Self::Goose | Self::Dbmate | Self::SqlMigrate => sections::read(self, files),
            Self::Flyway => flyway::read(files),
            Self::Refinery => refinery::read(files),
            Self::Diesel => folders::diesel(files),
            Self::Prisma => folders::prisma(files),
            Self::Plain => Ok(plain::read_in_order(files)),
        }?;
        set.layout = Some(self);
        Ok(set)
    }
}

/// Whether a file is no SQL and yet says how a runner sends the one beside it: Diesel's `metadata.toml`, Flyway's `.sql.conf`.
pub fn is_companion(path: &str) -> bool {
    path.rsplit('/').next() == Some(folders::METADATA) || path.ends_with(flyway::CONFIGURATION)
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Flyway => "Flyway",
            Self::Diesel => "Diesel",
            Self::Prisma => "Prisma",
            Self::Plain => "the runner",
            other => other.name(),
        })
    }
}
