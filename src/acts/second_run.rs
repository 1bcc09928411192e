//! Runs the text of each migration a second time, past the ledger, as a retried deployment or a lost ledger row would.
//!
//! For each migration, on a database that holds the migrations before it and rows: apply it as its runner does, run its text
//! again, compare schema and contents. A migration that is one transaction is tried in one that is rolled back;
//! any other is tried on a copy of the database.

use std::{collections::HashSet, time::Instant};

use rehearsal_lints::{
    Finding, Migration, MigrationSet, Span, TransactionMode,
    action::{Action, Transaction},
    rules::observed,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    acts::{
        ActOutcome, ActResult, RehearsalOptions,
        data::{Rows, WORDINGS},
        trace::{self, Trace, trace},
    },
    contents::{self, Contents},
    database::Database,
    hint,
    provider::Progress,
    refusal::{self, Outcome, Refusal},
    runner::{Run, Runner},
    schema::{Schema, text_diff},
    server::Server,
};

pub(crate) const ACT: &str = "second-run";
/// How many lines of a schema difference a finding shows.
const DIFF_LINES: usize = 12;

/// A database that every migration was applied to once, and tried on a second time.
pub(crate) struct SecondRun {
    pub(crate) database: Database,
    pub(crate) findings: Vec<Finding>,
    pub(crate) acts: Vec<ActResult>,
    /// What each statement of the migrations did the first time.
    pub(crate) traces: Vec<Trace>,
    /// Tables without rows, and migrations that were tried without rows, each with its reason.
    pub(crate) notes: Vec<String>,
}

/// Tries the first `count` migrations, those that are known to apply to an empty database.
///
/// # Errors
/// When the server cannot be used.
pub(crate) async fn second_run(
    server: &Server,
    set: &MigrationSet,
    count: usize,
    options: &RehearsalOptions,
    progress: &dyn Progress,
) -> anyhow::Result<SecondRun> {
    let runner = Runner::of(set);
    let (known, judged) = set.as_slice()[..count].split_at(
        set.as_slice()[..count]
            .partition_point(|one| options.baseline.is_some_and(|base| one.version <= base)),
    );
    let mut run = SecondRun {
        database: server.create_database(ACT).await?,
        findings: Vec::new(),
        acts: Vec::new(),
        traces: Vec::new(),
        notes: Vec::new(),
    };
    let mut rows = Rows::default();
    if let Some(last) = known.last() {
        let mut connection = run.database.connect().await?;
        require_applied(runner.run_all(&mut connection, known).await?, last)?;
        rows.fill(&mut connection, options.rows).await?;
        connection.close().await?;
    }
    for (index, migration) in judged.iter().enumerate() {
        let so_far = &set.as_slice()[..=known.len() + index];
        progress.message(&format!("run {} twice", migration.up.path));
        let began = Instant::now();
        if migration.statements.len() > trace::MOST_STATEMENTS {
            run.notes.push(format!(
                "{} has {} statements, and none was observed on its own",
                migration.up.path,
                migration.statements.len()
            ));
        }
        let seen = run.observe(server, migration, &rows).await?;
        run.traces.push(seen);
        run.first_run(server, &runner, so_far, &mut rows).await?;
        let mut connection = run.database.connect().await?;
        rows.fill(&mut connection, options.rows).await?;
        connection.close().await?;
        let verdict = match migration.is_one_transaction() {
            true => in_transaction(&run.database, migration).await?,
            false => on_a_copy(server, &run.database, migration).await?,
        };
        run.findings
            .extend(finding(&run.database, migration, &verdict).await?);
        run.acts.push(ActResult {
            act: ACT,
            migration: migration.up.path.clone(),
            result: verdict.outcome(),
            seconds: began.elapsed().as_secs_f64(),
        });
    }
    run.notes.extend(rows.notes());
    let mut connection = run.database.connect().await?;
    let (_, unread) = contents::tables(&mut connection).await?;
    connection.close().await?;
    run.notes.extend(unread.into_iter().map(|table| {
        format!("rows of {table} are not compared: the role may not read all of them")
    }));
    Ok(run)
}

impl SecondRun {
    /// Observes the statements of a migration; where it is a generated text that they cannot read, over other texts.
    async fn observe(
        &self,
        server: &Server,
        migration: &Migration,
        rows: &Rows,
    ) -> anyhow::Result<Trace> {
        let seen = trace(server, &self.database, migration).await?;
        if !seen.over_rows.as_ref().is_some_and(Refusal::is_of_a_value) {
            return Ok(seen);
        }
        for wording in WORDINGS {
            let mut connection = self.database.connect().await?;
            let reworded = rows.reword(&mut connection, wording).await?;
            connection.close().await?;
            if !reworded {
                break;
            }
            let other = trace(server, &self.database, migration).await?;
            if other.over_rows.is_none() {
                return Ok(other);
            }
        }
        Ok(seen)
    }

    /// Applies the last of these migrations over rows; where the rows are in its way, over none.
    async fn first_run(
        &mut self,
        server: &Server,
        runner: &Runner,
        migrations: &[Migration],
        rows: &mut Rows,
    ) -> anyhow::Result<()> {
        let Some(migration) = migrations.last() else {
            return Ok(());
        };
        let mut connection = self.database.connect().await?;
        let refusal = match runner.run_next(&mut connection, migration).await? {
            Run::Done => return Ok(connection.close().await?),
            Run::Refused(refusal) => refusal,
            Run::LedgerRefused(message) => {
                anyhow::bail!("apply {} again: {message}", migration.up.path)
            }
        };
        // What refuses a transaction would only complain about that.
        let located = match migration.mode {
            TransactionMode::Wrapped => refusal::locate(&mut connection, migration).await?,
            TransactionMode::Unwrapped | TransactionMode::Autocommit => None,
        };
        let located = located.unwrap_or(refusal);
        connection.close().await?;
        if certainly_fails_on_rows(migration, &located) {
            self.findings.push(
                Finding::new(
                    &observed::FAILS_WITH_DATA,
                    located.span,
                    format!("this fails on a table with rows: {}", located.text()),
                )
                .label(located.sqlstate.clone())
                .help(hint::for_first_run(&located))
                .observed(&migration.up.path)
                .sqlstate(&located.sqlstate),
            );
        } else {
            self.notes.push(format!(
                "{} was tried without rows; with generated ones Postgres says {}: {}",
                migration.up.path,
                located.sqlstate,
                located.text()
            ));
        }
        // What a refused migration leaves behind is not known, so begin anew.
        self.database.clone().drop().await?;
        server.reset_cluster().await?;
        self.database = server.create_database(ACT).await?;
        *rows = Rows::default();
        let mut connection = self.database.connect().await?;
        require_applied(
            runner.run_all(&mut connection, migrations).await?,
            migration,
        )?;
        Ok(connection.close().await?)
    }
}

/// A migration that was applied once must apply again to an empty database.
fn require_applied(run: Run, migration: &Migration) -> anyhow::Result<()> {
    let reason = match run {
        Run::Done => return Ok(()),
        Run::Refused(refusal) => refusal.text(),
        Run::LedgerRefused(message) => message,
    };
    anyhow::bail!(
        "{} applied to one empty database and not to the next: {reason}; it depends on something outside its database",
        migration.up.path
    )
}

/// Whether any table with rows refuses the migration: a column that it adds demands a value and has none.
fn certainly_fails_on_rows(migration: &Migration, refusal: &Refusal) -> bool {
    refusal.sqlstate == "23502"
        && refusal.column.as_deref().is_some_and(|column| {
            migration.steps.iter().any(|step| match &step.action {
                Action::AlterTable(alter) => match &alter.clause {
                    rehearsal_lints::action::AlterClause::AddColumn { column: added, .. } => {
                        added.name == *column
                    }
                    _ => false,
                },
                _ => false,
            })
        })
}

/// How the second run ended.
enum Verdict {
    Same,
    Failed(Box<Refusal>),
    Changed {
        schema: Option<(Box<Schema>, Box<Schema>)>,
        contents: Vec<String>,
    },
}

impl Verdict {
    fn outcome(&self) -> ActOutcome {
        match self {
            Self::Same => ActOutcome::Same,
            Self::Failed(_) => ActOutcome::Failed,
            Self::Changed {
                schema: Some(_), ..
            } => ActOutcome::ChangedSchema,
            Self::Changed { schema: None, .. } => ActOutcome::ChangedData,
        }
    }
}

async fn in_transaction(database: &Database, migration: &Migration) -> anyhow::Result<Verdict> {
    let mut connection = database.connect().await?;
    let mut transaction = connection.begin().await?;
    let idle = activity(&mut transaction).await?;
    match run_text(&mut transaction, migration).await? {
        Outcome::Refused(refusal) => return Ok(Verdict::Failed(refusal)),
        Outcome::Done => {}
    }
    forget_session(&mut transaction).await?;
    if activity(&mut transaction).await? == idle {
        transaction.rollback().await?;
        return Ok(Verdict::Same);
    }
    let after = State::read(&mut transaction).await?;
    transaction.rollback().await?;
    let mut connection = database.connect().await?;
    let before = State::read(&mut connection).await?;
    Ok(before.compare(after))
}

async fn on_a_copy(
    server: &Server,
    database: &Database,
    migration: &Migration,
) -> anyhow::Result<Verdict> {
    let copy = server.clone_database(database, "copy").await?;
    let mut connection = copy.connect().await?;
    let before = State::read(&mut connection).await?;
    let verdict = match refusal::execute(&mut connection, migration).await? {
        Outcome::Refused(refusal) => Verdict::Failed(refusal),
        Outcome::Done => {
            // The text may have left a transaction open or the session changed.
            let mut fresh = copy.connect().await?;
            before.compare(State::read(&mut fresh).await?)
        }
    };
    drop(connection);
    copy.drop().await?;
    Ok(verdict)
}

/// Runs the text, and the checks that it deferred to the commit.
async fn run_text(connection: &mut PgConnection, migration: &Migration) -> anyhow::Result<Outcome> {
    let outcome = refusal::execute(connection, migration).await?;
    if let Outcome::Refused(_) = outcome {
        return Ok(outcome);
    }
    match sqlx::raw_sql("SET CONSTRAINTS ALL IMMEDIATE")
        .execute(connection)
        .await
    {
        Ok(_) => Ok(Outcome::Done),
        Err(error) => match refusal::refusal(&error, migration, None) {
            Some(refusal) => Ok(Outcome::Refused(Box::new(refusal))),
            None => Err(error.into()),
        },
    }
}

/// Takes back what the text set for the session, so that reading sees everything.
async fn forget_session(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("RESET SESSION AUTHORIZATION; RESET ROLE; RESET search_path; RESET row_security")
        .execute(connection)
        .await?;
    Ok(())
}

/// A number that moves whenever the transaction changes a catalog or a table.
///
/// Counted by `pg_stat_xact_*_tables`: <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS>
async fn activity(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_catalog.pg_stat_xact_all_tables",
    )
    .fetch_one(connection)
    .await
}

/// Schema and contents at one moment.
struct State {
    schema: Box<Schema>,
    contents: Contents,
}

impl State {
    async fn read(connection: &mut PgConnection) -> anyhow::Result<Self> {
        Ok(Self {
            schema: Box::new(Schema::read(connection).await?),
            contents: Contents::read(connection).await?,
        })
    }

    fn compare(self, after: Self) -> Verdict {
        let contents = self.contents.changes(&after.contents);
        if self.schema != after.schema {
            return Verdict::Changed {
                schema: Some((self.schema, after.schema)),
                contents,
            };
        }
        if contents.is_empty() {
            Verdict::Same
        } else {
            Verdict::Changed {
                schema: None,
                contents,
            }
        }
    }
}

async fn finding(
    database: &Database,
    migration: &Migration,
    verdict: &Verdict,
) -> anyhow::Result<Option<Finding>> {
    let finding = match verdict {
        Verdict::Same => return Ok(None),
        Verdict::Failed(refusal) => Finding::new(
            &observed::SECOND_RUN_FAILED,
            refusal.span,
            format!("a second run of this file fails here: {}", refusal.text()),
        )
        .label(refusal.sqlstate.clone())
        .help(hint::for_second_run(refusal, migration))
        .sqlstate(&refusal.sqlstate),
        Verdict::Changed { schema: Some((before, after)), .. } => Finding::new(
            &observed::SECOND_RUN_CHANGED_SCHEMA,
            blame(database, migration).await?,
            "a second run of this file succeeds and leaves another schema",
        )
        .notes(changed_lines(before, after))
        .help("make the statement do nothing where its work is done; give indexes and constraints names"),
        Verdict::Changed { schema: None, contents } => Finding::new(
            &observed::SECOND_RUN_CHANGED_DATA,
            blame(database, migration).await?,
            format!("a second run of this file changes rows: {}", contents.join("; ")),
        )
        .help("leave out rows that are done, by `WHERE` or `ON CONFLICT DO NOTHING`"),
    };
    Ok(Some(finding.observed(&migration.up.path)))
}

/// The added and removed lines of a schema difference.
fn changed_lines(before: &Schema, after: &Schema) -> Vec<String> {
    let diff = text_diff(before, after);
    let changed = |line: &&str| {
        line.starts_with(['+', '-'])
            && !line.starts_with("+++")
            && !line.starts_with("---")
            && line.trim().len() > 1
    };
    let mut lines: Vec<String> = diff.lines().filter(changed).map(str::to_owned).collect();
    let more = lines.len().saturating_sub(DIFF_LINES);
    lines.truncate(DIFF_LINES);
    if more > 0 {
        lines.push(format!("… and {more} more lines"));
    }
    lines
}

/// Finds the first statement that changes something: runs them one by one, in a transaction that is rolled back, and leaves out
/// where the file itself begins and commits one.
async fn blame(database: &Database, migration: &Migration) -> anyhow::Result<Span> {
    let whole = refusal::whole(migration);
    let mut ends = HashSet::new();
    for step in &migration.steps {
        match &step.action {
            Action::Transaction(Transaction::Begin | Transaction::Commit) => {
                ends.insert(step.statement);
            }
            Action::Transaction(_) => return Ok(whole),
            _ => {}
        }
    }
    if migration.statements.len() < 2 {
        return Ok(whole);
    }
    let mut connection = database.connect().await?;
    let before = State::read(&mut connection).await?;
    let mut transaction = connection.begin().await?;
    let mut idle = activity(&mut transaction).await?;
    for (index, statement) in migration.statements.iter().enumerate() {
        if ends.contains(&index) {
            continue;
        }
        let sql = AssertSqlSafe(migration.up.slice(statement.span).to_owned());
        if sqlx::raw_sql(sql).execute(&mut *transaction).await.is_err() {
            break;
        }
        let busy = activity(&mut transaction).await?;
        if busy == idle {
            continue;
        }
        idle = busy;
        let mut reading = transaction.begin().await?;
        forget_session(&mut reading).await?;
        let now = State::read(&mut reading).await?;
        reading.rollback().await?;
        if now.schema != before.schema || now.contents != before.contents {
            return Ok(statement.span);
        }
    }
    Ok(whole)
}
