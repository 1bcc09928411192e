//! What a function or procedure gives to those that call it.

use crate::diff::{
    judge::{USE, Verdict, Whole, breaking, compatible, needs_care},
    node::{self, Node},
};

pub(super) fn changed(whole: &Whole<'_>, fact: &'static str) -> Verdict {
    let name = whole.before.short();
    match fact {
        node::RETURNS => breaking(USE, format!("code that calls {name} gets another type")),
        node::ARGUMENTS => breaking(
            USE,
            format!("code that calls {name} by the names or defaults of its arguments fails"),
        ),
        node::OPTIONS => {
            let reasons = options(name, &Options::of(whole.before), &Options::of(whole.after));
            match reasons.is_empty() {
                true => compatible("only plans may change"),
                false => needs_care(USE, reasons.join("; ")),
            }
        }
        _ => needs_care(
            USE,
            format!("code that calls {name} may get something else"),
        ),
    }
}

/// What other options mean to callers.
fn options(name: &str, was: &Options<'_>, is: &Options<'_>) -> Vec<String> {
    let reasons = [
        (was.definer != is.definer).then(|| match is.definer {
            true => format!("{name} runs with the rights of its owner, whoever calls it"),
            false => format!("{name} runs with the rights of its caller, who may have fewer"),
        }),
        (was.volatility != is.volatility).then(|| match is.volatility {
            "VOLATILE" => format!("Postgres calls {name} for every row, and no index serves it"),
            promise => format!("Postgres may call {name} once for many rows: it says {promise}"),
        }),
        (was.strict != is.strict).then(|| match is.strict {
            true => format!("{name} gives null, and does nothing, where an argument is null"),
            false => format!("{name} runs where an argument is null, too"),
        }),
        (was.others != is.others)
            .then(|| format!("{name} runs with other settings, or in another language")),
    ];
    reasons.into_iter().flatten().collect()
}

/// The options as `pg_get_functiondef` prints them, but for those that tell the planner what a call costs:
/// <https://www.postgresql.org/docs/current/sql-createfunction.html>.
struct Options<'n> {
    definer: bool,
    strict: bool,
    volatility: &'n str,
    others: Vec<&'n str>,
}

impl<'n> Options<'n> {
    fn of(routine: &'n Node) -> Self {
        let mut options = Self {
            definer: false,
            strict: false,
            volatility: "VOLATILE",
            others: Vec::new(),
        };
        // What a routine is set to comes last, and may hold any word.
        let text = routine.fact(node::OPTIONS).unwrap_or_default();
        let settings = text.find(" SET ").unwrap_or(text.len());
        let (text, settings) = text.split_at(settings);
        let mut words = text.split(' ');
        while let Some(word) = words.next() {
            match word {
                "COST" | "ROWS" | "PARALLEL" => drop(words.next()),
                "LEAKPROOF" => {}
                "SECURITY" => options.definer = words.next() == Some("DEFINER"),
                "STRICT" => options.strict = true,
                "IMMUTABLE" | "STABLE" => options.volatility = word,
                _ => options.others.push(word),
            }
        }
        options.others.push(settings);
        options
    }
}
