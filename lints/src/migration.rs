//! A migration, and the ordered set of all of them.

use std::{collections::HashSet, fmt, sync::OnceLock};

use crate::{
    action::{Action, AlterClause, AlterTable, Transaction},
    layout::{Layout, blocks, spelling},
    lower,
    source::{SourceFile, Span},
    statement::{self, Statement},
    step::Step,
    token::Comment,
    uses::Uses,
};

/// Whether the runner puts a transaction around the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionMode {
    /// The runner begins before the file and commits after it.
    Wrapped,
    /// The runner sends the file as it is, such as sqlx does for `-- no-transaction`.
    Unwrapped,
    /// Each statement is sent by itself and commits by itself, such as goose does for `NO TRANSACTION`.
    Autocommit,
}

/// One migration: its way up, read and understood as far as possible, and its way down.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The version that orders it and that the runner's ledger keeps.
    pub version: i64,
    /// The file name's words.
    pub description: String,
    /// The way up.
    pub up: SourceFile,
    /// The way down, where there is one.
    pub down: Option<SourceFile>,
    /// The runner's transaction.
    pub mode: TransactionMode,
    /// What lies beside the way up and says how the runner sends it: see [`crate::layout::is_companion`].
    pub companion: Option<SourceFile>,
    /// The statements of the way up.
    pub statements: Vec<Statement>,
    /// The comments of the way up.
    pub comments: Vec<Comment>,
    /// What the statements do.
    pub steps: Vec<Step>,
    /// What its runner sends as one statement, whatever stands in it.
    pub(crate) blocks: Vec<Span>,
    /// Where the way up ends in its file, which may hold the way down behind it.
    pub(crate) end: usize,
    /// The way down in the file of the way up, behind the comment that marks it.
    pub(crate) down_below: Option<Span>,
}

impl Migration {
    /// Reads the text of a way up. This cannot fail: what is not understood is a step that says so.
    pub fn new(
        version: i64,
        description: impl Into<String>,
        up: SourceFile,
        mode: TransactionMode,
    ) -> Self {
        let script = statement::split(&up);
        let steps = lower::lower(&up, &script.statements);
        let end = up.text().len();
        Self {
            version,
            description: description.into(),
            up,
            down: None,
            mode,
            companion: None,
            blocks: blocks(&script.comments),
            statements: script.statements,
            comments: script.comments,
            steps,
            end,
            down_below: None,
        }
    }
}

impl Migration {
    /// What the runner sends: the file's text up to where the way up ends.
    pub fn script(&self) -> &str {
        &self.up.text()[..self.end]
    }

    /// The statements of the way down, by their places in the file that holds it: its own, or the one of the way up.
    pub(crate) fn down_statements(&self) -> Vec<Statement> {
        match &self.down {
            Some(down) => statement::split(down).statements,
            None => statement::split_at(&self.up.text()[self.end..], self.end).statements,
        }
    }

    /// What the way down does.
    pub(crate) fn down_steps(&self) -> Vec<Step> {
        let file = self.down.as_ref().unwrap_or(&self.up);
        lower::lower(file, &self.down_statements())
    }

    /// Whether the whole file runs in one transaction that it does not end itself: the runner's, or the one that Postgres puts
    /// around a query of several statements.
    ///
    /// Source: <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>
    pub fn is_one_transaction(&self) -> bool {
        let controls = |step: &Step| matches!(step.action, Action::Transaction(_));
        let shared = match self.mode {
            TransactionMode::Wrapped => true,
            TransactionMode::Unwrapped => self.statements.len() > 1,
            TransactionMode::Autocommit => false,
        };
        shared && !self.steps.iter().any(controls)
    }

    /// Whether statements of the file run in one transaction, so that a lock of one is held while the next runs.
    pub fn shares_transaction(&self) -> bool {
        let begins = |step: &Step| matches!(step.action, Action::Transaction(Transaction::Begin));
        self.mode != TransactionMode::Autocommit || self.steps.iter().any(begins)
    }
}

/// Migrations in the order of their versions, each version once.
#[derive(Clone, Debug, Default)]
pub struct MigrationSet {
    migrations: Vec<Migration>,
    /// Files that the runner passes over without a word.
    pub ignored: Vec<SourceFile>,
    /// What a reader should know of how the files were read.
    pub notes: Vec<String>,
    /// Whose files these are, where that is known.
    pub layout: Option<Layout>,
    /// By unqualified table and column, what some migration changes; looked up once.
    altered: OnceLock<HashSet<(String, String, ColumnProperty)>>,
    /// What is computed from columns; looked through once.
    uses: OnceLock<Uses>,
    /// What the names of its files have for versions; looked through once.
    versions: OnceLock<HashSet<Vec<u64>>>,
}

/// What a migration changes of a column that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ColumnProperty {
    /// Its type.
    Type,
    /// Its default.
    Default,
    /// That it is not null, which is given up.
    NotNull,
}

impl MigrationSet {
    /// Orders migrations.
    ///
    /// # Errors
    /// When two have one version.
    pub fn new(mut migrations: Vec<Migration>, ignored: Vec<SourceFile>) -> Result<Self, SetError> {
        migrations.sort_by_key(|migration| migration.version);
        for pair in migrations.windows(2) {
            if let [first, second] = pair
                && first.version == second.version
            {
                return Err(SetError::DuplicateVersion {
                    version: first.version.to_string(),
                    paths: [first.up.path.clone(), second.up.path.clone()],
                });
            }
        }
        Ok(Self {
            migrations,
            ignored,
            notes: Vec::new(),
            layout: None,
            altered: OnceLock::new(),
            uses: OnceLock::new(),
            versions: OnceLock::new(),
        })
    }

    /// The migrations in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Migration> {
        self.migrations.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Migration> {
        self.migrations.iter_mut()
    }

    /// The migrations in order.
    pub fn as_slice(&self) -> &[Migration] {
        &self.migrations
    }

    /// Whether a migration changes the property of a column of a table of that unqualified name.
    pub(crate) fn alters(&self, table: &str, column: &str, property: ColumnProperty) -> bool {
        let steps = || self.iter().flat_map(|migration| &migration.steps);
        let altered = self.altered.get_or_init(|| {
            let altered = steps().filter_map(|step| {
                let Action::AlterTable(AlterTable { table, clause, .. }) = &step.action else {
                    return None;
                };
                let (column, property) = match clause {
                    AlterClause::ColumnType { column, .. } => (column, ColumnProperty::Type),
                    AlterClause::SetDefault { column, .. } | AlterClause::DropDefault(column) => {
                        (column, ColumnProperty::Default)
                    }
                    AlterClause::DropNotNull(column) => (column, ColumnProperty::NotNull),
                    _ => return None,
                };
                Some((table.name().to_owned(), column.value.clone(), property))
            });
            altered.collect()
        });
        altered.contains(&(table.to_owned(), column.to_owned(), property))
    }

    /// What the migrations compute from columns.
    pub(crate) fn uses(&self) -> &Uses {
        self.uses.get_or_init(|| Uses::new(self))
    }

    /// The versions in the names of its files, as they compare.
    pub(crate) fn versions(&self) -> &HashSet<Vec<u64>> {
        self.versions.get_or_init(|| spelling::versions(self))
    }

    /// The number up to which migrations are at or below a version, spelled as their files spell it: `1.27` for Flyway. Below all
    /// where none is; none for what is no version of the layout.
    pub fn position(&self, version: &str) -> Option<i64> {
        spelling::position(self, version)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.migrations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }
}

impl<'a> IntoIterator for &'a MigrationSet {
    type Item = &'a Migration;
    type IntoIter = std::slice::Iter<'a, Migration>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Why files are no set of migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The file name's version is no integer.
    BadVersion {
        /// The file.
        path: String,
    },
    /// Two files have one version.
    DuplicateVersion {
        /// The version.
        version: String,
        /// The files.
        paths: [String; 2],
    },
    /// The numbers of a version, side by side with those of its neighbours, have more digits than can be compared.
    LongVersion {
        /// The file.
        path: String,
    },
    /// The file does not say where its way up begins, which its runner demands.
    NoWayUp {
        /// The file.
        path: String,
        /// The runner.
        layout: Layout,
        /// The comment that it looks for.
        marker: &'static str,
    },
    /// Some files of a folder are one runner's and some another's.
    Mixed {
        /// The runners.
        layouts: [Layout; 2],
        /// A file of each.
        paths: [String; 2],
    },
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadVersion { path } => {
                write!(f, "{path}: the file name's version is no integer")
            }
            Self::DuplicateVersion {
                version,
                paths: [first, second],
            } => write!(f, "{first} and {second} both have version {version}"),
            Self::LongVersion { path } => write!(
                f,
                "{path}: with the longest versions beside it, the file name's version has more than 18 digits"
            ),
            Self::NoWayUp {
                path,
                layout,
                marker,
            } => write!(f, "{path}: {layout} refuses a file without `{marker}`"),
            Self::Mixed {
                layouts: [one, other],
                paths: [first, second],
            } => write!(
                f,
                "the migrations are of two runners: {first} looks like one for {one}, {second} like one for {other}"
            ),
        }
    }
}

impl std::error::Error for SetError {}

impl SetError {
    /// What to do about it, in the imperative.
    pub fn help(&self) -> String {
        match self {
            Self::BadVersion { .. } => {
                "name it <VERSION>_<DESCRIPTION>.sql, such as 20260115093000_add_users.up.sql"
                    .to_owned()
            }
            Self::DuplicateVersion { .. } => {
                "rename the newer one so that it sorts last".to_owned()
            }
            Self::LongVersion { .. } => "give the newest migrations shorter versions".to_owned(),
            Self::NoWayUp { marker, .. } => {
                format!("write `{marker}` above its statements, or move it to another folder")
            }
            Self::Mixed {
                layouts: [one, other],
                ..
            } => format!(
                "say which runner it is, with --layout or as `layout` in rehearsal.toml: \"{}\" or \"{}\"",
                one.name(),
                other.name()
            ),
        }
    }
}
