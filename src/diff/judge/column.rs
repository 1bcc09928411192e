//! Columns of tables and views, attributes of composite types.

use crate::diff::{
    judge::{
        ALL, DATA, READS, USE, Verdict, WRITES, WRITES_DATA, Whole, breaking, compatible,
        data_type::{TypeChange, compare},
        needs_care,
    },
    node::{self, Node},
};

pub(super) fn added(object: &Node, column: &Node) -> Verdict {
    let name = full_name(object, column);
    match object.kind.as_str() {
        "type" => needs_care(
            USE,
            format!(
                "values that spell out {} have one field too few",
                object.short()
            ),
        ),
        "view" | "materialized view" => {
            compatible("code that names its columns does not notice; `SELECT *` does")
        }
        _ if column.has(node::NOT_NULL) && !is_filled(column) => breaking(
            WRITES,
            format!(
                "code that inserts into {} without {name} fails",
                object.short()
            ),
        ),
        _ => compatible(
            "code that names its columns does not notice; `SELECT *` and `INSERT` without a column list do",
        ),
    }
}

pub(super) fn removed(object: &Node, column: &Node) -> Verdict {
    let name = full_name(object, column);
    match object.kind.as_str() {
        "view" | "materialized view" => {
            breaking(READS, format!("code that still reads {name} fails"))
        }
        "type" => breaking(USE, format!("code that still uses {name} fails")),
        "foreign table" => breaking(USE, format!("code that still reads or writes {name} fails")),
        _ if column.has(node::GENERATED) => {
            breaking(READS, format!("code that still reads {name} fails"))
        }
        _ => breaking(
            ALL,
            format!("code that still reads or writes {name} fails, and its values are lost"),
        ),
    }
}

pub(super) fn changed(
    whole: &Whole<'_>,
    before: &Node,
    after: &Node,
    fact: &'static str,
) -> Verdict {
    let name = full_name(whole.before, before);
    match fact {
        node::TYPE => data_type(whole.before, before, after, &name),
        node::COLLATION => needs_care(
            READS,
            format!(
                "{name} sorts and compares in another way: orders, ranges and matches may differ"
            ),
        ),
        node::DEFAULT => default(before, after, &name),
        node::GENERATED => match (before.has(fact), after.has(fact)) {
            (false, _) => breaking(
                WRITES,
                format!("code that writes {name} fails: it is computed"),
            ),
            (_, false) => needs_care(
                READS,
                format!("{name} is no longer computed: it keeps what is written to it"),
            ),
            _ => needs_care(READS, format!("{name} is computed in another way")),
        },
        node::IDENTITY => identity(before, after, &name),
        node::NOT_NULL if after.has(fact) => match is_filled(after) {
            false => breaking(WRITES, format!("code that writes no value to {name} fails")),
            true => needs_care(WRITES, format!("code that writes null to {name} fails")),
        },
        node::NOT_NULL => needs_care(
            READS,
            format!("code that takes {name} for granted may meet null"),
        ),
        node::LABELS => needs_care(READS, "what the label provider allows or hides may differ"),
        node::SERVER_OPTIONS => needs_care(
            USE,
            format!("{name} stands for another column of the server"),
        ),
        node::INHERITANCE => {
            compatible("only whether it is inherited; reads and writes are as before")
        }
        _ => compatible("only how it is stored and planned with"),
    }
}

fn data_type(object: &Node, before: &Node, after: &Node, name: &str) -> Verdict {
    let (was, is) = (
        before.fact(node::TYPE).unwrap_or_default(),
        after.fact(node::TYPE).unwrap_or_default(),
    );
    let is_view = matches!(object.kind.as_str(), "view" | "materialized view");
    match compare(was, is) {
        TypeChange::Wider => {
            compatible("every value of before fits, and clients see the same type")
        }
        TypeChange::Other => needs_care(
            USE,
            format!("no value is lost, but code that expects {was} from {name} gets {is}"),
        ),
        TypeChange::Narrower if is_view => needs_care(
            READS,
            format!("{name} gives {is}, in which not every value of before fits"),
        ),
        TypeChange::Narrower => breaking(
            WRITES_DATA,
            format!("values of {name} that do not fit {is} are refused or cut"),
        ),
        TypeChange::Unrelated if is_view => breaking(
            READS,
            format!("code that expects {was} from {name} gets {is}"),
        ),
        TypeChange::Unrelated => breaking(
            ALL,
            format!("code that reads or writes {name} as {was} fails or gets {is}"),
        ),
    }
}

fn default(before: &Node, after: &Node, name: &str) -> Verdict {
    match (before.has(node::DEFAULT), after.has(node::DEFAULT)) {
        (false, _) if after.has(node::NOT_NULL) => {
            compatible(format!("an insert that leaves {name} out works now"))
        }
        (false, _) => compatible(format!(
            "an insert that leaves {name} out stores the default in place of null"
        )),
        (_, false) if after.has(node::NOT_NULL) && !is_filled(after) => {
            breaking(WRITES, format!("an insert that leaves {name} out fails"))
        }
        (_, false) if is_filled(after) => compatible("something else fills it"),
        (_, false) => needs_care(
            WRITES,
            format!("an insert that leaves {name} out stores null"),
        ),
        _ => needs_care(
            WRITES,
            format!("an insert that leaves {name} out stores another value"),
        ),
    }
}

fn identity(before: &Node, after: &Node, name: &str) -> Verdict {
    match (before.fact(node::IDENTITY), after.fact(node::IDENTITY)) {
        (_, Some("ALWAYS")) => breaking(
            WRITES,
            format!(
                "an insert that gives {name} a value fails, unless it says OVERRIDING SYSTEM VALUE"
            ),
        ),
        (_, Some(_)) => compatible("inserts with and without a value work"),
        (_, None) if after.has(node::NOT_NULL) && !is_filled(after) => {
            breaking(WRITES, format!("an insert that leaves {name} out fails"))
        }
        _ => needs_care(DATA, format!("{name} is no longer numbered")),
    }
}

/// Whether Postgres finds a value where an insert gives none.
fn is_filled(column: &Node) -> bool {
    [node::DEFAULT, node::GENERATED, node::IDENTITY]
        .iter()
        .any(|fact| column.has(fact))
}

/// `orders.note`.
pub(super) fn full_name(object: &Node, column: &Node) -> String {
    if object.name == column.name {
        // A domain, which is judged as a column of it would be.
        return object.short().to_owned();
    }
    format!("{}.{}", object.short(), column.name)
}
