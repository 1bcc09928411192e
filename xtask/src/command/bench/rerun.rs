//! The *rerun* rules alone, without a Postgres, against what Postgres did in second runs of real migrations.

use std::{collections::BTreeSet, path::Path};

use rehearsal_lints::{Group, Settings, lint::find};

use crate::{
    command::bench::yardstick::{self, File},
    output,
    render::clean,
};

/// How often the rules are right. A file counts as found where any of them says that a second run fails or leaves
/// something else than the first.
#[derive(Default)]
struct Agreement {
    /// Found, and so it was.
    right: u32,
    /// Found, but the second run succeeded and left the same schema.
    wrong: u32,
    /// Not found.
    missed: u32,
    /// Not found, rightly.
    silent: u32,
    /// A line for each that is wrong or missed, with its class: the rules, or what Postgres said.
    disagreements: Vec<String>,
}

impl Agreement {
    /// The share of right findings among all findings.
    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong)
    }

    /// The share of found files among those that do not survive a second run.
    fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.missed)
    }

    fn count(&mut self, file: &File, rules: &BTreeSet<&str>) {
        // Where even the first run failed there is nothing to compare with; and where rows were touched again, the
        // table does not say whether they are others than before.
        let repeats = file.second_run == "same";
        if file.second_run.is_empty() || file.rows_changed_again && repeats {
            return;
        }
        match (repeats, rules.is_empty()) {
            (true, true) => self.silent += 1,
            (false, false) => self.right += 1,
            (true, false) => {
                self.wrong += 1;
                let line = format!("wrong, {rules:?}: {}", file.path);
                self.disagreements.push(line);
            }
            (false, true) => {
                self.missed += 1;
                let line = format!("missed, {} {}: {}", file.second_run, file.error, file.path);
                self.disagreements.push(line);
            }
        }
    }
}

/// Prints precision and recall, and each disagreement.
pub(super) fn run(yardstick: Option<&Path>) -> anyhow::Result<()> {
    let Some(yardstick) = yardstick else {
        return Ok(());
    };
    let agreement = compare(yardstick)?;
    output::print(&format!(
        "second runs by the rerun rules alone: precision {:.4}, recall {:.4} \
         (right {}, wrong {}, missed {}, rightly silent {})\n",
        agreement.precision(),
        agreement.recall(),
        agreement.right,
        agreement.wrong,
        agreement.missed,
        agreement.silent
    ))?;
    for line in &agreement.disagreements {
        output::print(&format!("  {}\n", clean(line)))?;
    }
    Ok(())
}

fn compare(yardstick: &Path) -> anyhow::Result<Agreement> {
    let settings = Settings {
        postgres: 15, // As the table's.
        ..Settings::default()
    };
    let mut agreement = Agreement::default();
    for files in yardstick::sets(yardstick)?.into_values() {
        let findings = find(&yardstick::migrations(yardstick, &files)?, &settings);
        for file in &files {
            let rules: BTreeSet<&str> = findings
                .iter()
                .filter(|finding| finding.path == file.path && finding.rule.group == Group::Rerun)
                .map(|finding| finding.rule.name)
                // It warns of a first run that was broken off, which the table does not try.
                .filter(|name| *name != "invalid-index-adopted")
                .collect();
            agreement.count(file, &rules);
        }
    }
    Ok(agreement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rerun_rules_say_what_postgres_does() {
        let Some(yardstick) = yardstick::for_tests() else {
            return;
        };
        let agreement = compare(&yardstick).unwrap();
        let disagreements = agreement.disagreements.join("\n");
        assert!(agreement.precision() >= 0.99, "{disagreements}");
        assert!(agreement.recall() >= 0.99, "{disagreements}");
    }
}
