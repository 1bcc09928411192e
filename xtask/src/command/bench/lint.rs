//! The linter: against squawk on real migrations, and on files that grow.

use std::{
    env,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rehearsal_lints::Settings;

use crate::{
    command::bench::{ROUNDS, median, memory, milliseconds, this_program, time},
    files,
    input::{Input, Overlay},
    judge, output,
};

/// Prints the linter's figures.
pub(super) fn run(yardstick: Option<&Path>) -> anyhow::Result<()> {
    if let Some(yardstick) = yardstick {
        real(&yardstick.join("migrations"))?;
    }
    grown()
}

/// Every file of the yardstick, as a process of its own, in turn with squawk.
fn real(folder: &Path) -> anyhow::Result<()> {
    let files = files::sql_files_below(folder, "the yardstick")?;
    let program = this_program()?;
    let mut arguments = vec![PathBuf::from("lint"), PathBuf::from("-q")];
    arguments.extend_from_slice(&files);
    let squawk = on_path("squawk");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(&program, &arguments)?);
        if let Some(squawk) = &squawk {
            theirs.push(time(squawk, &files)?);
        }
    }
    let ours = median(ours);
    output::print(&format!(
        "lint of {} files: {}, {:.0} files/s, peak memory {}\n",
        files.len(),
        milliseconds(ours),
        files.len() as f64 / ours.as_secs_f64(),
        memory::of(&program, &arguments)?
    ))?;
    let Some(squawk) = squawk else {
        return output::print("  squawk is not on PATH: not compared\n");
    };
    let start = median(
        (0..ROUNDS)
            .map(|_| time(&squawk, &["--version"]))
            .collect::<Result<_, _>>()?,
    );
    let theirs = median(theirs);
    output::print(&format!(
        "  squawk on the same files: {} (of which {} to start); ours takes {:.2} of that, {:.2} of that without the start\n",
        milliseconds(theirs),
        milliseconds(start),
        ours.as_secs_f64() / theirs.as_secs_f64(),
        ours.as_secs_f64() / theirs.saturating_sub(start).as_secs_f64(),
    ))
}

/// Files of 500 and 5,000 statements: ten times the statements should take ten times as long.
fn grown() -> anyhow::Result<()> {
    let mut seconds = Vec::new();
    for count in [500, 5_000] {
        let sql = generated(count);
        let overlay = Overlay::from([("generated.sql".to_owned(), sql)]);
        let input = [Input::File {
            path: None,
            name: "generated.sql".to_owned(),
        }];
        // The fastest: what else the machine does only ever adds, and here it is the ratio that counts.
        let mut time = Duration::MAX;
        for _ in 0..ROUNDS {
            let begin = Instant::now();
            judge::lint_all(&input, &Settings::default(), &overlay)?;
            time = time.min(begin.elapsed());
        }
        output::print(&format!(
            "lint of a file of {count} statements: {:.1} ms, the fastest of {ROUNDS}\n",
            time.as_secs_f64() * 1000.0
        ))?;
        seconds.push(time.as_secs_f64());
    }
    output::print(&format!(
        "  ten times the statements take {:.1} times as long\n",
        seconds[1] / seconds[0]
    ))
}

/// Statements of the common kinds, each about another object.
fn generated(count: usize) -> String {
    let mut sql = String::new();
    for n in 0..count {
        let table = n / 5;
        let _ = match n % 5 {
            0 => writeln!(
                sql,
                "CREATE TABLE t{table} (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz);"
            ),
            1 => writeln!(sql, "CREATE INDEX t{table}_name_idx ON t{table} (name);"),
            2 => writeln!(sql, "ALTER TABLE old{table} ADD COLUMN c{n} int DEFAULT 0;"),
            3 => writeln!(
                sql,
                "CREATE FUNCTION f{n}() RETURNS int LANGUAGE sql AS $$ SELECT {n} $$;"
            ),
            _ => writeln!(sql, "UPDATE t{table} SET name = 'n{n}' WHERE id = {n};"),
        };
    }
    sql
}

/// A program on `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
