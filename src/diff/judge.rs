//! What a change means for the version of the application that runs while the migrations are deployed: it knows the schema
//! of before, and meets that of after.

mod column;
mod constraint;
mod data_type;
mod object;
mod part;
mod privilege;
mod role;
mod routine;
mod sequence;

use crate::diff::{
    Class, Effect,
    node::{self, Node},
};

/// A class with its reason.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) class: Class,
    pub(super) affects: &'static [Effect],
    pub(super) reason: String,
}

/// The object that changes, or of which a part does.
pub(super) struct Whole<'n> {
    pub(super) before: &'n Node,
    pub(super) after: &'n Node,
}

const READS: &[Effect] = &[Effect::Reads];
const WRITES: &[Effect] = &[Effect::Writes];
const DATA: &[Effect] = &[Effect::Data];
const USE: &[Effect] = &[Effect::Reads, Effect::Writes];
const WRITES_DATA: &[Effect] = &[Effect::Writes, Effect::Data];
const ALL: &[Effect] = &[Effect::Reads, Effect::Writes, Effect::Data];

fn compatible(reason: impl Into<String>) -> Verdict {
    Verdict {
        class: Class::Compatible,
        affects: &[],
        reason: reason.into(),
    }
}

fn needs_care(affects: &'static [Effect], reason: impl Into<String>) -> Verdict {
    Verdict {
        class: Class::NeedsCare,
        affects,
        reason: reason.into(),
    }
}

fn breaking(affects: &'static [Effect], reason: impl Into<String>) -> Verdict {
    Verdict {
        class: Class::Breaking,
        affects,
        reason: reason.into(),
    }
}

/// Judges an object that is new, or a part that an object did not have.
pub(super) fn added(object: &Node, part: Option<&Node>) -> Verdict {
    let Some(part) = part else {
        return object::added(object);
    };
    match part.kind.as_str() {
        node::COLUMN => column::added(object, part),
        node::PRIVILEGES => privilege::changed(object, part, None, part.fact(node::PRIVILEGES)),
        _ => part::added(object, part),
    }
}

/// Judges an object that is gone, or a part that an object has no more.
pub(super) fn removed(object: &Node, part: Option<&Node>) -> Verdict {
    let Some(part) = part else {
        return object::removed(object);
    };
    match part.kind.as_str() {
        node::COLUMN => column::removed(object, part),
        node::PRIVILEGES => privilege::changed(object, part, part.fact(node::PRIVILEGES), None),
        _ => part::removed(object, part),
    }
}

/// Judges a table, or a column of one, that was dropped and created anew under its name.
pub(super) fn recreated(object: &Node, part: Option<&Node>) -> Verdict {
    let table = object.short();
    let reason = match part {
        None => format!(
            "{table} is dropped and created anew: rows that no statement copies over are lost"
        ),
        Some(column) => format!(
            "{table}.{} is dropped and added anew: values that no statement brings back are lost",
            column.name
        ),
    };
    breaking(DATA, reason)
}

/// Judges another name of an object, or of one of its parts.
pub(super) fn renamed(whole: &Whole<'_>, part: Option<(&Node, &Node)>) -> Verdict {
    match part {
        None => object::renamed(whole),
        Some((before, _)) => part::renamed(whole, before),
    }
}

/// Judges a fact that is different.
pub(super) fn changed(
    whole: &Whole<'_>,
    part: Option<(&Node, &Node)>,
    fact: &'static str,
) -> Verdict {
    if fact == node::COMMENT || fact == node::INDEX_COMMENT {
        return compatible("only what is said about it");
    }
    let Some((before, after)) = part else {
        return object::changed(whole, fact);
    };
    match after.kind.as_str() {
        node::COLUMN => column::changed(whole, before, after, fact),
        node::PRIVILEGES => {
            let held = |node: &'_ Node| node.fact(node::PRIVILEGES).map(str::to_owned);
            let (was, is) = (held(before), held(after));
            privilege::changed(whole.before, after, was.as_deref(), is.as_deref())
        }
        _ => part::changed(whole, before, after, fact),
    }
}
