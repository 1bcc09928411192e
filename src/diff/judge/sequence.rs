//! Which numbers a sequence gives.

use crate::diff::{
    judge::{Verdict, WRITES, Whole, compatible, needs_care},
    node,
};

/// Judges other parameters: <https://www.postgresql.org/docs/current/sql-altersequence.html>.
pub(super) fn changed(whole: &Whole<'_>, fact: &'static str) -> Verdict {
    let Whole { before, after } = whole;
    let name = before.short();
    match fact {
        node::START | node::CACHE => compatible("the numbers to come are distinct as before"),
        node::OWNER => compatible("it goes when its owner goes, and gives the same numbers"),
        node::PERSISTENCE if after.has(fact) => needs_care(
            WRITES,
            format!("{name} begins anew when the server crashes"),
        ),
        node::PERSISTENCE => compatible("its position outlives a crash"),
        node::CYCLE if after.has(fact) => needs_care(
            WRITES,
            format!("{name} begins anew at its end, and gives numbers a second time"),
        ),
        node::CYCLE => needs_care(
            WRITES,
            format!("{name} gives no more numbers at its end: inserts that take one fail there"),
        ),
        node::TYPE => needs_care(
            WRITES,
            format!(
                "numbers of {name} may be as large as {} holds: is each column that takes them as wide?",
                after.fact(fact).unwrap_or_default()
            ),
        ),
        node::MINIMUM | node::MAXIMUM => {
            let limit =
                |node: &node::Node| node.fact(fact).and_then(|text| text.parse::<i64>().ok());
            match limit(before).zip(limit(after)) {
                Some((was, is)) if (is > was) == (fact == node::MAXIMUM) => {
                    compatible(format!("{name} gives more numbers before it ends"))
                }
                _ => needs_care(WRITES, format!("{name} ends after fewer numbers")),
            }
        }
        _ => needs_care(WRITES, format!("{name} gives other numbers")),
    }
}
