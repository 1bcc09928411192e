//! How the linter's time grows, for many ways in which migrations grow: five times as much should take five times as long.

use std::time::{Duration, Instant};

use rehearsal_lints::{Settings, SourceFile, layout, lint};

use crate::{
    command::bench::{ROUNDS, milliseconds},
    output,
};

/// The ways, each with a line `-- shape: NAME`, one before what is repeated, and one before what stands behind.
const SHAPES: &str = include_str!("growth/shapes.sql");

/// How much there is of it, first and then.
const COUNTS: [usize; 2] = [1_000, 5_000];

/// One way in which migrations grow.
struct Shape<'a> {
    name: &'a str,
    before: &'a str,
    /// What is repeated: `{n}` stands for its number, `{next}` for the next one.
    each: &'a str,
    behind: &'a str,
    /// What is repeated is a migration of its own.
    spread: bool,
}

/// Prints the times of each shape, those that grow most first.
pub(super) fn run() -> anyhow::Result<()> {
    let mut measured = Vec::new();
    for shape in shapes() {
        let [small, large] = COUNTS.map(|count| fastest(&shape.texts(count)));
        let (small, large) = (small?, large?);
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        measured.push((ratio, small, large, shape.name));
    }
    measured.sort_by(|one, other| other.0.total_cmp(&one.0));
    output::print(&format!(
        "lint of {} and of {} of one thing, the fastest of {ROUNDS}\n",
        COUNTS[0], COUNTS[1]
    ))?;
    for (ratio, small, large, name) in measured {
        output::print(&format!(
            "  {ratio:4.1} times as long ({} and {}): {name}\n",
            milliseconds(small),
            milliseconds(large)
        ))?;
    }
    Ok(())
}

fn shapes() -> impl Iterator<Item = Shape<'static>> {
    SHAPES.split("-- shape: ").skip(1).filter_map(|shape| {
        let (name, text) = shape.split_once('\n')?;
        let spread = text.contains("-- each migration:");
        let mark = match spread {
            true => "-- each migration:\n",
            false => "-- each:\n",
        };
        let (before, rest) = text.split_once(mark)?;
        let (each, behind) = rest.split_once("-- behind:\n").unwrap_or((rest, ""));
        Some(Shape {
            name,
            before,
            each,
            behind,
            spread,
        })
    })
}

impl Shape<'_> {
    /// The texts of the migrations, in their order.
    fn texts(&self, count: usize) -> Vec<String> {
        let parts = (0..count).map(|n| {
            self.each
                .replace("{n}", &n.to_string())
                .replace("{next}", &(n + 1).to_string())
        });
        if self.spread {
            return std::iter::once(self.before.to_owned())
                .chain(parts)
                .collect();
        }
        vec![[self.before, &parts.collect::<String>(), self.behind].concat()]
    }
}

/// How long it takes to read and lint migrations with these texts. What else the machine does only ever adds, so the
/// fastest counts.
fn fastest(texts: &[String]) -> anyhow::Result<Duration> {
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let sources = texts
            .iter()
            .zip(1..)
            .map(|(text, n)| SourceFile::new(format!("{n:06}_step.sql"), text.as_str()))
            .collect();
        let begin = Instant::now();
        let set = layout::sqlx::read(sources)?;
        std::hint::black_box(lint(&set, &Settings::default()));
        fastest = fastest.min(begin.elapsed());
    }
    Ok(fastest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_grows() {
        let steps = |texts: Vec<String>| -> usize {
            let sources = texts
                .into_iter()
                .zip(1..)
                .map(|(text, n)| SourceFile::new(format!("{n:06}_step.sql"), text));
            let set = layout::sqlx::read(sources.collect()).expect("the names are sqlx's");
            set.iter().map(|migration| migration.steps.len()).sum()
        };
        for shape in shapes() {
            let length = |count| shape.texts(count).concat().len();
            assert!(length(20) > length(10) + 10, "{}", shape.name);
            assert!(steps(shape.texts(10)) > 0, "{}", shape.name);
        }
    }
}
