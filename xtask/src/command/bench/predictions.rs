//! Real migrations, statement by statement over rows: does Postgres lock, read and write what the linter foretells?
//!
//! The sets of `second_run.csv`, each on one database. Files that Postgres refused there are left out, and so is what it
//! refuses here.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use rehearsal::{
    Observation, Server, Trace,
    comparison::{Effect, compare},
    trace_all,
};
use rehearsal_lints::{
    Migration, MigrationSet, TransactionMode,
    prediction::{Prediction, predict},
};

use crate::{
    cli::Options,
    command::bench::{
        self,
        verdicts::MAJOR,
        yardstick::{self, File},
    },
    output,
    progress::Progress,
    project::Project,
    render::clean,
};

/// Rows in each table that the migrations leave empty.
const ROWS: u32 = 10;

/// Prints the agreement for each set, and each disagreement.
pub(super) async fn run(
    options: &Options,
    project: &Project,
    yardstick: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(yardstick) = yardstick else {
        return Ok(());
    };
    let progress = Progress::new(options);
    let major = options.pg.unwrap_or(MAJOR);
    let Some(server) = bench::server("predictions", project, major, &progress).await? else {
        return Ok(());
    };
    output::print(&format!(
        "predictions against what PostgreSQL {} ({}) does over rows, statement by statement\n",
        server.version(),
        server.kind()
    ))?;
    let mut all = Tally::default();
    let sqlx = yardstick::sqlx_projects(yardstick)?;
    for (set, files) in yardstick::sets(yardstick)? {
        let is_sqlx = files.iter().all(|file| sqlx.contains(&file.project));
        let migrations = read(yardstick, files, is_sqlx)?;
        let tally = compare_set(&server, &migrations, &progress)
            .await
            .with_context(|| format!("cannot rehearse {set}"))?;
        output::print(&format!("  {set}: {}\n", tally.verdict()))?;
        for line in &tally.lines {
            output::print(&format!("    {}\n", clean(line)))?;
        }
        all.add(&tally);
    }
    server.stop().await?;
    output::print(&format!("  all: {}\n", all.verdict()))?;
    for (effect, count) in &all.effects {
        output::print(&format!(
            "    {effect}: {} foretold or seen, {} agree\n",
            count.compared, count.agreed
        ))?;
    }
    for (class, count) in &all.classes {
        output::print(&format!("    disagree: {class}: {count}\n"))?;
    }
    Ok(())
}

/// What a comparison gave.
#[derive(Default)]
struct Tally {
    /// Statements that ran.
    statements: usize,
    /// Of those, the ones whose text does not show what they run.
    open: usize,
    /// Of the others, those of which all is as foretold.
    agreed: usize,
    /// By what is done to relations.
    effects: BTreeMap<Effect, Count>,
    /// How often what kind of statement is not as foretold.
    classes: BTreeMap<String, usize>,
    /// What is not as foretold, and what was left out.
    lines: Vec<String>,
}

/// How many relations of statements.
#[derive(Clone, Copy, Default)]
struct Count {
    compared: usize,
    agreed: usize,
}

impl Tally {
    fn verdict(&self) -> String {
        let compared = self.statements - self.open;
        let percent = 100.0 * self.agreed as f64 / compared.max(1) as f64;
        format!(
            "{} of {compared} statements agree ({percent:.1} %), {} more run what their text does not show",
            self.agreed, self.open
        )
    }

    fn add(&mut self, other: &Self) {
        self.statements += other.statements;
        self.open += other.open;
        self.agreed += other.agreed;
        for (effect, count) in &other.effects {
            let all = self.effects.entry(*effect).or_default();
            all.compared += count.compared;
            all.agreed += count.agreed;
        }
        for (class, count) in &other.classes {
            *self.classes.entry(class.clone()).or_default() += count;
        }
    }
}

async fn compare_set(
    server: &Server,
    migrations: &MigrationSet,
    progress: &Progress,
) -> anyhow::Result<Tally> {
    let traces = trace_all(server, migrations, ROWS, progress).await?;
    let predictions = predict(migrations, server.version().major());
    let mut tally = Tally::default();
    for ((migration, trace), predictions) in migrations.iter().zip(&traces).zip(&predictions) {
        if let Some(refusal) = &trace.refusal {
            tally.lines.push(format!(
                "left out from line {} on, refused: {}: {}",
                migration.up.position(refusal.span.start).line,
                migration.up.path,
                refusal.message
            ));
        }
        for (seen, foretold) in trace.observations.iter().zip(predictions) {
            take(&mut tally, migration, trace, foretold, seen);
        }
    }
    Ok(tally)
}

/// The files that Postgres took. Which of them other runners send statement by statement only the yardstick says.
fn read(yardstick: &Path, mut files: Vec<File>, is_sqlx: bool) -> anyhow::Result<MigrationSet> {
    files.retain(|file| file.applied);
    let set = yardstick::migrations(yardstick, &files)?;
    if is_sqlx {
        return Ok(set);
    }
    let mut migrations = set.as_slice().to_vec();
    for (migration, file) in migrations.iter_mut().zip(&files) {
        migration.mode = match file.no_transaction {
            true => TransactionMode::Autocommit,
            false => TransactionMode::Wrapped,
        };
    }
    MigrationSet::new(migrations, Vec::new()).map_err(|error| anyhow::anyhow!("{error}"))
}

/// Compares one statement.
fn take(
    tally: &mut Tally,
    migration: &Migration,
    trace: &Trace,
    foretold: &Prediction,
    seen: &Observation,
) {
    tally.statements += 1;
    if foretold.open {
        tally.open += 1;
        return;
    }
    let compared = compare(foretold, seen, &trace.partitions);
    tally.agreed += usize::from(compared.iter().all(|one| one.agrees));
    let line = migration.up.position(foretold.span.start).line;
    for one in compared {
        let count = tally.effects.entry(one.effect).or_default();
        count.compared += 1;
        count.agreed += usize::from(one.agrees);
        if one.agrees {
            continue;
        }
        let kind = kind(migration, foretold);
        let differs = format!("{} foretold, {} seen", one.foretold, one.seen);
        tally.lines.push(format!(
            "{}:{line}: {kind}: {} of {}: {differs}",
            migration.up.path, one.effect, one.relation
        ));
        let class = format!("{kind}: {}: {differs}", one.effect);
        *tally.classes.entry(class).or_default() += 1;
    }
}

/// The statement's first two words, such as `alter table`.
fn kind(migration: &Migration, foretold: &Prediction) -> String {
    let text = migration.up.slice(foretold.span);
    let words = text.split_whitespace().take(2);
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}
