//! Parts of objects other than columns: constraints, indexes, triggers, policies, enum values and the like.

use crate::diff::{
    judge::{
        DATA, READS, USE, Verdict, WRITES, Whole, breaking, column, compatible, constraint,
        needs_care,
    },
    node::{self, Node},
};

pub(super) fn added(object: &Node, part: &Node) -> Verdict {
    let of = object.short();
    match part.kind.as_str() {
        node::CONSTRAINT if object.kind == "domain" => needs_care(
            WRITES,
            format!("values of {of} that break {} are refused", part.name),
        ),
        node::CONSTRAINT => match demand(part) {
            Demand::Unique => needs_care(
                WRITES,
                format!("writes that would give {of} a second row of one key fail"),
            ),
            Demand::Reference => needs_care(
                WRITES,
                format!(
                    "writes to {of} without the row they refer to fail, and so does deleting that row"
                ),
            ),
            Demand::Check | Demand::Exclusion => needs_care(
                WRITES,
                format!("writes to {of} that break {} fail", part.name),
            ),
        },
        node::INDEX if is_unique(part) => needs_care(
            WRITES,
            format!("writes that would give {of} a second row of one key fail"),
        ),
        node::INDEX => compatible("reads may be faster, writes take a little more"),
        node::VALUE => needs_care(
            READS,
            format!(
                "code that knows only the values of before meets {} once it is written",
                part.name
            ),
        ),
        node::POLICY => policy(object, part, "added"),
        node::TRIGGER if is_state(part) => needs_care(WRITES, state(part, of)),
        node::TRIGGER | node::RULE => needs_care(
            WRITES,
            format!(
                "writes to {of} do something more: {} {}",
                part.kind, part.name
            ),
        ),
        node::STATISTICS => compatible("only plans may change"),
        _ => compatible("nothing used it"),
    }
}

pub(super) fn removed(object: &Node, part: &Node) -> Verdict {
    let of = object.short();
    match part.kind.as_str() {
        node::CONSTRAINT if object.kind == "domain" => needs_care(
            DATA,
            format!("nothing refuses values that {} did", part.name),
        ),
        node::CONSTRAINT => match demand(part) {
            Demand::Unique => breaking(
                WRITES,
                format!(
                    "`ON CONFLICT` on this key of {of} fails, and nothing refuses a second row of one key"
                ),
            ),
            Demand::Reference => needs_care(
                DATA,
                format!(
                    "nothing refuses rows of {of} that refer to nothing, and none follow what they refer to"
                ),
            ),
            Demand::Check | Demand::Exclusion => needs_care(
                DATA,
                format!("nothing refuses rows of {of} that {} did", part.name),
            ),
        },
        node::INDEX if is_unique(part) => breaking(
            WRITES,
            format!(
                "`ON CONFLICT` on this key of {of} fails, and nothing refuses a second row of one key"
            ),
        ),
        node::INDEX => needs_care(READS, format!("queries on {of} that used it are slower")),
        node::VALUE => breaking(
            USE,
            format!("code that still writes or looks for {} fails", part.name),
        ),
        node::POLICY => policy(object, part, "removed"),
        node::TRIGGER if is_state(part) => needs_care(
            WRITES,
            format!(
                "trigger {} has no state of its own on {of} any more",
                part.name
            ),
        ),
        node::TRIGGER | node::RULE => needs_care(
            WRITES,
            format!(
                "writes to {of} do no longer what {} {} did",
                part.kind, part.name
            ),
        ),
        node::STATISTICS => compatible("only plans may change"),
        _ => needs_care(USE, "code that uses it fails"),
    }
}

pub(super) fn renamed(whole: &Whole<'_>, before: &Node) -> Verdict {
    match before.kind.as_str() {
        node::COLUMN => {
            let name = column::full_name(whole.before, before);
            breaking(USE, format!("code that still says {name} fails"))
        }
        node::VALUE => breaking(
            USE,
            format!("code that still writes or expects {} fails", before.name),
        ),
        node::CONSTRAINT if whole.before.kind == "domain" => compatible("queries do not name it"),
        node::CONSTRAINT => needs_care(
            WRITES,
            format!(
                "code that names {} fails, such as `ON CONFLICT ON CONSTRAINT` and what reads errors",
                before.name
            ),
        ),
        _ => compatible("queries do not name it"),
    }
}

pub(super) fn changed(
    whole: &Whole<'_>,
    before: &Node,
    after: &Node,
    fact: &'static str,
) -> Verdict {
    let of = whole.before.short();
    match (after.kind.as_str(), fact) {
        (node::CONSTRAINT, node::VALIDITY) if !after.has(fact) => {
            compatible("the rows that are there are known to obey it")
        }
        (node::CONSTRAINT, node::VALIDITY) => needs_care(DATA, "rows that are there may break it"),
        (node::INDEX, node::VALIDITY) if after.has(fact) => {
            needs_care(READS, format!("no query on {of} uses it"))
        }
        (node::INDEX, node::VALIDITY) => compatible("queries use it"),
        (node::CONSTRAINT, node::DEFINITION) => constraint::changed(of, before, after),
        (node::INDEX, node::DEFINITION) if is_unique(before) || is_unique(after) => needs_care(
            WRITES,
            format!(
                "other writes to {of} are refused than before, and `ON CONFLICT` may not find it"
            ),
        ),
        (node::INDEX, node::DEFINITION) => {
            needs_care(READS, format!("queries on {of} that used it may be slower"))
        }
        (node::INDEX | node::CONSTRAINT, node::REPLICA_IDENTITY) => needs_care(
            WRITES,
            format!("subscribers are told of changed rows of {of} by another key"),
        ),
        (node::POLICY, _) => policy(whole.after, after, "another"),
        (node::TRIGGER, _) if is_state(after) => needs_care(WRITES, state(after, of)),
        (node::TRIGGER | node::RULE, _) => needs_care(
            WRITES,
            format!("writes to {of} do something else than before"),
        ),
        _ => compatible("only how it is stored and planned with"),
    }
}

/// Whether it is no trigger of its own, but in which state a partition has the trigger of its table.
fn is_state(trigger: &Node) -> bool {
    let definition = trigger.fact(node::DEFINITION);
    definition.is_some_and(|sql| sql.starts_with("ALTER TABLE"))
}

fn state(trigger: &Node, of: &str) -> String {
    let name = &trigger.name;
    format!("trigger {name} fires otherwise on {of} than on the table that it is a partition of")
}

/// Who sees and writes which rows: that matters where row security is on.
fn policy(object: &Node, policy: &Node, what: &str) -> Verdict {
    let of = object.short();
    if !object.has(node::ROW_SECURITY) {
        return compatible("row security is off: no policy has an effect");
    }
    let restrictive = policy
        .fact(node::DEFINITION)
        .is_some_and(|definition| definition.contains("AS RESTRICTIVE"));
    match (what, restrictive) {
        ("removed", false) => breaking(
            USE,
            format!(
                "roles no longer see or write the rows of {of} that {} let them",
                policy.name
            ),
        ),
        ("added", true) => breaking(
            USE,
            format!(
                "roles see and write only the rows of {of} that {} lets them",
                policy.name
            ),
        ),
        ("added", false) | ("removed", true) => {
            needs_care(USE, format!("roles see and write more rows of {of}"))
        }
        _ => needs_care(USE, format!("roles see and write other rows of {of}")),
    }
}

/// What a constraint asks of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    Check,
    Exclusion,
    Reference,
    Unique,
}

fn demand(constraint: &Node) -> Demand {
    let definition = constraint.fact(node::DEFINITION).unwrap_or_default();
    let begins = |word: &str| definition.starts_with(word);
    if begins("FOREIGN KEY") {
        Demand::Reference
    } else if begins("EXCLUDE") {
        Demand::Exclusion
    } else if begins("PRIMARY KEY") || begins("UNIQUE") {
        Demand::Unique
    } else {
        Demand::Check
    }
}

fn is_unique(index: &Node) -> bool {
    index
        .fact(node::DEFINITION)
        .is_some_and(|definition| definition.starts_with("CREATE UNIQUE"))
}
