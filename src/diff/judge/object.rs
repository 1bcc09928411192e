//! Objects as a whole, and facts about them.

use crate::diff::{
    judge::{
        ALL, DATA, READS, USE, Verdict, WRITES, Whole, breaking, column, compatible, needs_care,
        role, routine, sequence,
    },
    node::{self, Node},
};

pub(super) fn added(object: &Node) -> Verdict {
    match object.kind.as_str() {
        "event trigger" => needs_care(USE, "it runs at every command of its kind"),
        "cast" | "operator" => needs_care(
            READS,
            "an expression that had one meaning or none may have another",
        ),
        "publication" => compatible("nobody subscribes to it yet"),
        node::UNCOVERED => needs_care(USE, "this kind of object is not compared further"),
        _ => compatible("nothing used it"),
    }
}

pub(super) fn removed(object: &Node) -> Verdict {
    let name = object.short();
    match object.kind.as_str() {
        "table" => breaking(
            ALL,
            format!("code that still reads or writes {name} fails, and its rows are lost"),
        ),
        "view" | "materialized view" => {
            breaking(READS, format!("code that still reads {name} fails"))
        }
        "foreign table" => breaking(USE, format!("code that still reads or writes {name} fails")),
        "sequence" => breaking(WRITES, format!("code that takes numbers from {name} fails")),
        "function" | "procedure" | "aggregate" => {
            breaking(USE, format!("code that still calls {name} fails"))
        }
        "event trigger" => needs_care(USE, "what it did or refused is no longer done"),
        "publication" => breaking(READS, format!("subscribers of {name} get no more changes")),
        "subscription" => needs_care(DATA, "changes of the publisher are no longer applied"),
        node::ROLE => breaking(
            USE,
            format!("who connects or acts as {name} cannot any more"),
        ),
        _ => breaking(USE, format!("code that still uses {name} fails")),
    }
}

pub(super) fn renamed(whole: &Whole<'_>) -> Verdict {
    let name = whole.before.short();
    match whole.before.kind.as_str() {
        "publication" => breaking(READS, format!("subscribers of {name} get no more changes")),
        "event trigger" => compatible("queries do not name it"),
        _ => breaking(USE, format!("code that still says {name} fails")),
    }
}

pub(super) fn changed(whole: &Whole<'_>, fact: &'static str) -> Verdict {
    let Whole { before, after } = whole;
    let name = before.short();
    match (after.kind.as_str(), fact) {
        (_, node::OWNED_BY) => needs_care(
            USE,
            format!(
                "{name} belongs to {}: {} may do with it what it is granted, and alter it no more",
                owner(after),
                owner(before)
            ),
        ),
        (_, node::LABELS) => needs_care(USE, "what the label provider allows or hides may differ"),
        (_, node::SERVER_OPTIONS | "server") => needs_care(
            USE,
            format!("{name} stands for other rows, or reaches them in another way"),
        ),
        (node::ROLE, node::DEFINITION) => role::changed(before, after),
        (node::ROLE, _) => needs_care(USE, format!("{name} has other memberships or settings")),
        ("sequence", fact) => sequence::changed(whole, fact),
        ("domain", node::DEFAULT | node::TYPE | node::NOT_NULL | node::COLLATION) => {
            // A value of a domain is judged as a column of it would be.
            domain(whole, fact)
        }
        ("function" | "procedure", fact) => routine::changed(whole, fact),
        (_, node::QUERY) => needs_care(READS, format!("{name} may give other rows or values")),
        (_, node::POPULATED) if after.has(fact) => {
            breaking(READS, format!("reading {name} fails until it is refreshed"))
        }
        (_, node::POPULATED) => compatible(format!("{name} can be read")),
        (_, node::PERSISTENCE) if after.has(fact) => needs_care(
            DATA,
            format!("the rows of {name} are lost when the server crashes, and replicas have none"),
        ),
        (_, node::PERSISTENCE) => compatible("its rows outlive a crash"),
        (_, node::PARTITION_OF | node::PARENTS) => family(whole, fact),
        (_, node::PARTITION_BOUND) if before.has(fact) && after.has(fact) => {
            needs_care(DATA, format!("other rows belong into {name}"))
        }
        (_, node::PARTITION_BOUND) => compatible("it goes with its table"),
        (_, node::ROW_SECURITY | node::FORCED) => row_security(whole, fact),
        (_, node::REPLICA_IDENTITY) => needs_care(
            WRITES,
            format!(
                "subscribers are told of changed rows of {name} by another key, or updates are refused"
            ),
        ),
        (_, node::COLUMN_ORDER) => needs_care(
            USE,
            format!("`SELECT *` from {name} and `INSERT` without a column list mean other columns"),
        ),
        (_, node::ORDER) => needs_care(READS, format!("values of {name} sort in another order")),
        ("view", node::OPTIONS) => needs_care(
            USE,
            format!("{name} shows rows to others, or takes other writes, than before"),
        ),
        (_, node::OPTIONS) if is_relation(after) => compatible("only how it is stored"),
        (_, "access method" | "tablespace") => compatible("only how it is stored"),
        ("event trigger", _) => {
            needs_care(USE, "it runs at other commands, or does something else")
        }
        ("publication", _) => needs_care(READS, format!("subscribers of {name} get other changes")),
        (_, node::DEFINITION) if is_relation(after) => needs_care(
            USE,
            format!("{name} is another in a way that is not known further"),
        ),
        _ => needs_care(USE, format!("what uses {name} may behave in another way")),
    }
}

/// The role that owns an object, for a sentence.
fn owner(node: &Node) -> &str {
    node.fact(node::OWNED_BY).unwrap_or("the migrating role")
}

fn is_relation(node: &Node) -> bool {
    matches!(
        node.kind.as_str(),
        "table" | "foreign table" | "view" | "materialized view"
    )
}

fn domain(whole: &Whole<'_>, fact: &'static str) -> Verdict {
    let Whole { before, after } = whole;
    let name = before.short();
    match fact {
        node::NOT_NULL if after.has(fact) => breaking(
            WRITES,
            format!("code that writes null to a column of {name} fails"),
        ),
        node::DEFAULT => needs_care(
            WRITES,
            format!("an insert that leaves out a column of {name} stores another value"),
        ),
        _ => column::changed(whole, before, after, fact),
    }
}

/// Partitions and children by inheritance: their rows are their parents' too.
fn family(whole: &Whole<'_>, fact: &'static str) -> Verdict {
    let Whole { before, after } = whole;
    let name = after.short();
    match (before.fact(fact), after.fact(fact)) {
        (Some(parent), None) => breaking(
            READS,
            format!(
                "code that reads {} no longer sees the rows of {name}",
                node::short(parent)
            ),
        ),
        (_, Some(parent)) => needs_care(
            READS,
            format!(
                "code that reads {} sees the rows of {name}",
                node::short(parent)
            ),
        ),
        (None, None) => compatible("it has no parent"),
    }
}

fn row_security(whole: &Whole<'_>, fact: &'static str) -> Verdict {
    let after = whole.after;
    let name = after.short();
    if !after.has(fact) {
        let who = if fact == node::FORCED {
            "its owner sees"
        } else {
            "every role with a privilege sees"
        };
        return match whole.after.has(node::ROW_SECURITY) || fact == node::ROW_SECURITY {
            true => needs_care(USE, format!("{who} and writes all rows of {name}")),
            false => compatible("row security is off: it has no effect"),
        };
    }
    let who = if fact == node::FORCED {
        "its owner, too,"
    } else {
        "roles other than its owner"
    };
    match after.parts_of(node::POLICY).next() {
        None => breaking(
            USE,
            format!("{who} sees and writes no row of {name}: it has no policy"),
        ),
        Some(_) => needs_care(
            USE,
            format!("{who} see and write only the rows of {name} that its policies allow"),
        ),
    }
}
