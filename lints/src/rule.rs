//! What a rule is: a page of documentation, metadata and a check, all in one file under `rules/`.

use std::fmt;

use crate::{
    action::{Action, ObjectKind},
    ahead::Ahead,
    catalog::{Catalog, Origin},
    finding::{Finding, Level},
    held::Held,
    layout::Layout,
    lock_mode::LockMode,
    lower::cursor::is_word,
    migration::{Migration, MigrationSet, TransactionMode},
    name::{Ident, ObjectName},
    outline::{Outline, Property},
    rules::observed,
    second_run::{Obstacle, SecondRun},
    settings::Settings,
    statement::Statement,
    step::Step,
    work::{self, Toil, Work},
};

/// The question that a rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Can the file run a second time?
    Rerun,
    /// Is something lost that cannot be brought back?
    Destructive,
    /// Does the running version of the application break?
    Compatibility,
    /// Who waits, and how long?
    Blocking,
    /// Does it run the way the author thinks?
    Transaction,
    /// Is this a file that may change, and one that the runner takes?
    History,
    /// Will it serve in five years?
    Schema,
    /// Does it open a door?
    Security,
    /// Can the tool see everything?
    Hygiene,
    /// Decided by running, not by reading.
    Observed,
}

impl Group {
    /// What its rules answer, for lists.
    pub fn question(self) -> &'static str {
        match self {
            Self::Rerun => "Can the file run a second time?",
            Self::Destructive => "Is something lost that cannot be brought back?",
            Self::Compatibility => "Does the running version of the application break?",
            Self::Blocking => "Who waits, and how long?",
            Self::Transaction => "Does it run the way the author thinks?",
            Self::History => "Is this a file that may change, and one that the runner takes?",
            Self::Schema => "Will it serve in five years?",
            Self::Security => "Does it open a door?",
            Self::Hygiene => "Can the tool see everything?",
            Self::Observed => "What did Postgres really do?",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rerun => "rerun",
            Self::Destructive => "destructive",
            Self::Compatibility => "compatibility",
            Self::Blocking => "blocking",
            Self::Transaction => "transaction",
            Self::History => "history",
            Self::Schema => "schema",
            Self::Security => "security",
            Self::Hygiene => "hygiene",
            Self::Observed => "observed",
        })
    }
}

/// What an action loses for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// The whole table.
    Table,
    /// A column with its values.
    Column,
    /// Rows.
    Rows,
    /// What stood in rows before.
    Values,
}

/// Which fixes a rule has for what it finds; see [`crate::Safety`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixable {
    /// None.
    Never,
    /// Safe ones.
    Safely,
    /// Unsafe ones.
    Unsafely,
    /// Safe ones in some cases, unsafe ones in others.
    Both,
}

impl fmt::Display for Fixable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Never => "none",
            Self::Safely => "safe",
            Self::Unsafely => "unsafe",
            Self::Both => "safe or unsafe",
        })
    }
}

/// How a rule is checked.
pub enum Check {
    /// Called for each step of a migration, with the catalog as it stands before the step.
    Step(fn(&Context<'_>, &Step, &mut Vec<Finding>)),
    /// Called once for each migration, with the catalog as it stands after the last step.
    Migration(fn(&Context<'_>, &mut Vec<Finding>)),
    /// Called once for the whole set; the check fills in [`Finding::path`] itself.
    Set(fn(&MigrationSet, &mut Vec<Finding>)),
    /// Found by [`crate::suppression::apply`] while it reads suppression comments.
    Suppression,
    /// Found by the harness while it runs the migration.
    Observed,
}

/// One rule. Names never change once shipped: they are typed in configuration and in suppressions.
pub struct Rule {
    /// The name, in kebab case.
    pub name: &'static str,
    /// The question that it answers.
    pub group: Group,
    /// One line for lists.
    pub summary: &'static str,
    /// The level unless configuration says otherwise.
    pub level: Level,
    /// The lock on an existing table that the `bad` example takes, where that is what the rule is about.
    pub lock: Option<LockMode>,
    /// The work on an existing table's rows that the `bad` example does, where that is what the rule is about.
    pub work: Option<Work>,
    /// What the `bad` example loses, where that is what the rule is about.
    pub loses: Option<Loss>,
    /// The error codes with which Postgres refuses the `bad` example, where that is what the rule is about.
    pub refused: &'static [&'static str],
    /// Whether some of its findings come with a fix.
    pub fix: Fixable,
    /// The release that brought it.
    pub since: &'static str,
    /// The page in Markdown: the declaration's doc comment.
    pub docs: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The check.
    pub check: Check,
}

/// An example of a rule's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The safer way, and not what the rule is about.
    pub good: bool,
    /// One file, or several with a line `-- file: 2_name.up.sql` before each.
    pub sql: String,
}

impl Rule {
    /// Whether what the run found in a statement is what this rule foretells of it: evidence, and nothing new.
    pub fn foretells(&self, failure: &Finding) -> bool {
        let name = failure.rule.name;
        let code = failure.sqlstate.as_deref();
        if observed::SECOND_RUN.contains(&name) {
            self.group == Group::Rerun
        } else {
            observed::REFUSED.contains(&name)
                && code.is_some_and(|code| self.refused.contains(&code))
        }
    }

    /// The examples of the page, in order.
    pub fn examples(&self) -> Vec<Example> {
        let mut examples = Vec::new();
        let mut open: Option<Example> = None;
        for line in self
            .docs
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
        {
            match (line, &mut open) {
                ("```sql,bad" | "```sql,good", _) => {
                    open = Some(Example {
                        good: line.ends_with("good"),
                        sql: String::new(),
                    });
                }
                ("```", Some(_)) => examples.extend(open.take()),
                (line, Some(example)) => {
                    example.sql.push_str(line);
                    example.sql.push('\n');
                }
                _ => {}
            }
        }
        examples
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What a check function may look at.
pub struct Context<'a> {
    /// All migrations.
    pub set: &'a MigrationSet,
    /// The migration under review.
    pub migration: &'a Migration,
    /// Everything that earlier migrations and earlier steps of this one made.
    pub catalog: &'a Catalog,
    /// What the whole migration creates, drops and sets, also behind the current step.
    pub outline: &'a Outline,
    /// What the migrations behind this one make.
    pub ahead: &'a Ahead<'a>,
    /// What each step meets when the migration runs a second time.
    pub second_run: &'a SecondRun,
    /// The locks that earlier steps of the same transaction took.
    pub(crate) held: &'a Held,
    /// The project's settings.
    pub settings: &'a Settings,
    /// The index of the current step in [`Migration::steps`]; its length in a check of the whole migration.
    pub index: usize,
}

impl Context<'_> {
    /// Whether somebody else may wait for a lock on the relation: it was there before the migration and is not the
    /// session's own. What no migration creates is there already.
    pub(crate) fn is_shared(&self, relation: &ObjectName) -> bool {
        !self.catalog.is_new(relation) && !self.catalog.is_temporary(relation)
    }

    /// Whether a scan or rewrite of the relation may take long: it was there before, or this migration has filled it. A
    /// materialized view is filled by nature, and its index is made at once so that it can be refreshed.
    pub(crate) fn may_hold_rows(&self, relation: &ObjectName) -> bool {
        let known = self.catalog.relation(relation);
        let step = self.migration.steps.get(self.index);
        let foreign = step.is_some_and(|step| {
            matches!(&step.action, Action::AlterTable(alter)
                if alter.kind == ObjectKind::ForeignTable && alter.table == *relation)
        });
        let exempt = known.is_some_and(|known| match known.kind {
            ObjectKind::ForeignTable | ObjectKind::View => true,
            ObjectKind::MaterializedView => !self.is_shared(relation),
            _ => false,
        });
        // Once the transaction that truncated it is over, others may fill it.
        let emptied = self.migration.shares_transaction() && self.catalog.is_emptied(relation);
        !exempt
            && !foreign
            && !emptied
            && !self.catalog.is_new_and_empty(relation)
            && !self.catalog.is_temporary(relation)
    }

    /// The work on rows that a step does, each relation at most once for each kind of work.
    pub(crate) fn works(&self, step: &Step) -> Vec<Toil> {
        let (source, postgres) = (&self.migration.up, self.settings.postgres);
        work::works(&step.action, self.catalog, source, postgres)
    }

    /// Who waits for work on `table`, for a message: readers and writers, or, where this migration made the table and
    /// nobody else can see it yet, whoever waits for the migration.
    pub(crate) fn waits(&self, who: &str, table: &ObjectName) -> String {
        if self.is_shared(table) {
            format!("{who} `{table}` wait")
        } else {
            "the locks of this migration are held".to_owned()
        }
    }

    /// Whether the column was certainly absent before the migration, so that no running application knows it.
    pub(crate) fn is_new_column(&self, table: &ObjectName, column: &Ident) -> bool {
        self.catalog
            .column(table, column)
            .is_some_and(|known| known.origin == Origin::Here)
    }

    /// Whether a transaction block is open: the runner's, or one that the file has begun.
    pub(crate) fn in_transaction(&self) -> bool {
        self.migration.mode == TransactionMode::Wrapped || self.catalog.session.in_transaction
    }

    /// The runner of the set or, of a file that stands alone, the one whose comments it has.
    pub(crate) fn layout(&self) -> Option<Layout> {
        let known = self.set.layout.filter(|layout| *layout != Layout::Plain);
        known
            .or_else(|| Layout::told_by(&self.migration.comments))
            .or(self.set.layout)
    }

    /// Where a statement goes that refuses a transaction, in words that follow a verb: the runner decides.
    pub(crate) fn alone(&self) -> &'static str {
        self.layout().unwrap_or(Layout::Sqlx).alone()
    }

    /// The top-level statement that the step belongs to.
    pub(crate) fn statement(&self, step: &Step) -> &Statement {
        &self.migration.statements[step.statement]
    }

    /// Whether the step stands inside a `DO` block.
    pub(crate) fn in_do_block(&self, step: &Step) -> bool {
        let tokens = &self.statement(step).tokens;
        tokens
            .first()
            .is_some_and(|first| is_word(&first.token, "do"))
    }

    /// The steps behind the current one. To look for one of them is linear: for kinds of steps that a file has few of.
    pub(crate) fn later_steps(&self) -> &[Step] {
        self.migration
            .steps
            .get(self.index + 1..)
            .unwrap_or_default()
    }

    /// Whether a later step gives a column or constraint of the table the property.
    pub(crate) fn is_given_after(
        &self,
        table: &ObjectName,
        property: Property,
        name: &Ident,
    ) -> bool {
        self.outline
            .is_given_after(self.index, table, property, &name.value)
    }

    /// The line on which the step with that index begins.
    pub(crate) fn line_of(&self, index: usize) -> Option<usize> {
        let step = self.migration.steps.get(index)?;
        Some(self.migration.up.position(step.span.start).line)
    }

    /// What the current step meets when the migration runs a second time.
    pub fn obstacle(&self) -> Option<&Obstacle> {
        self.second_run.obstacle(self.index)
    }
}

/// Declares a rule: its doc comment is its page, and is kept in the rule.
#[macro_export]
macro_rules! declare_rule {
    (
        $(#[doc = $doc:expr])+
        $vis:vis static $ident:ident = {
            name: $name:expr,
            group: $group:ident,
            summary: $summary:expr,
            level: $level:ident,
            $(lock: $lock:ident,)?
            $(work: $work:ident,)?
            $(loses: $loss:ident,)?
            $(refused: $refused:expr,)?
            $(fix: $fix:ident,)?
            since: $since:expr,
            check: $check:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        $vis static $ident: $crate::Rule = $crate::Rule {
            name: $name,
            group: $crate::Group::$group,
            summary: $summary,
            level: $crate::Level::$level,
            lock: $crate::declare_rule!(@lock $($lock)?),
            work: $crate::declare_rule!(@work $($work)?),
            loses: $crate::declare_rule!(@loses $($loss)?),
            refused: $crate::declare_rule!(@refused $($refused)?),
            fix: $crate::declare_rule!(@fix $($fix)?),
            since: $since,
            docs: concat!($($doc, "\n"),+),
            file: file!(),
            check: $check,
        };
    };
    (@lock $lock:ident) => { Some($crate::LockMode::$lock) };
    (@lock) => { None };
    (@work $work:ident) => { Some($crate::Work::$work) };
    (@work) => { None };
    (@loses $loss:ident) => { Some($crate::Loss::$loss) };
    (@loses) => { None };
    (@refused $refused:expr) => { &$refused };
    (@refused) => { &[] };
    (@fix $fix:ident) => { $crate::Fixable::$fix };
    (@fix) => { $crate::Fixable::Never };
}
