//! Statements understood: of all real migrations, and of those that Postgres accepted.

use std::{collections::BTreeSet, path::Path};

use rehearsal_lints::{Migration, SourceFile, action::Action, layout};

use crate::{command::bench::yardstick, files, output, render::clean};

/// Prints how many statements reach the rules, and each that does not.
pub(super) fn run(yardstick: Option<&Path>) -> anyhow::Result<()> {
    let Some(yardstick) = yardstick else {
        return Ok(());
    };
    let (valid, other) = count(yardstick)?;
    valid.print("that PostgreSQL 15 accepted")?;
    other.print("that it refused or was not given, such as ways down")
}

/// The statements of the files that Postgres accepted, and of all others.
fn count(yardstick: &Path) -> anyhow::Result<(Count, Count)> {
    let folder = yardstick.join("migrations");
    let accepted: BTreeSet<String> = yardstick::sets(yardstick)?
        .into_values()
        .flatten()
        .filter(|file| file.applied)
        .map(|file| file.path)
        .collect();
    let mut valid = Count::default();
    let mut other = Count::default();
    for path in files::sql_files_below(&folder, "the yardstick")? {
        let name = crate::project::name(path.strip_prefix(&folder).unwrap_or(&path));
        let text = files::read(&path, &name)?;
        let count = if accepted.contains(&name) {
            &mut valid
        } else {
            &mut other
        };
        for migration in &layout::plain::read(vec![SourceFile::new(name, text)]) {
            count.add(migration);
        }
    }
    Ok((valid, other))
}

/// Statements of some files.
#[derive(Default)]
struct Count {
    files: usize,
    statements: usize,
    misses: Vec<String>,
}

impl Count {
    fn add(&mut self, migration: &Migration) {
        self.files += 1;
        self.statements += migration.statements.len();
        let mut last = None;
        for step in &migration.steps {
            // Several steps may come from one `DO` block.
            if let Action::Unknown { message } = &step.action
                && last.replace(step.statement) != Some(step.statement)
            {
                self.misses.push(format!(
                    "{}:{}: {message}",
                    migration.up.path,
                    migration.up.position(step.span.start).line
                ));
            }
        }
    }

    fn print(&self, which: &str) -> anyhow::Result<()> {
        let understood = self.statements - self.misses.len();
        output::print(&format!(
            "understood {understood} of {} statements ({:.2} %) in {} files {which}\n",
            self.statements,
            100.0 * understood as f64 / self.statements.max(1) as f64,
            self.files
        ))?;
        for miss in &self.misses {
            output::print(&format!("  {}\n", clean(miss)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_valid_statement_is_understood() {
        let Some(yardstick) = yardstick::for_tests() else {
            return;
        };
        let (valid, _) = count(&yardstick).unwrap();
        assert!(valid.statements > 0);
        assert_eq!(valid.misses, [""; 0]);
    }
}
