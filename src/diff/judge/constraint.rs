//! A constraint that is defined in another way.

use crate::diff::{
    judge::{USE, Verdict, WRITES, needs_care},
    node::{self, Node},
};

/// Judges another definition of a constraint on the table or domain `of`.
pub(super) fn changed(of: &str, before: &Node, after: &Node) -> Verdict {
    let (was, is) = (Clauses::of(before), Clauses::of(after));
    let name = &after.name;
    let reasons = [
        (was.actions != is.actions).then(|| {
            format!(
                "rows of {of} follow otherwise when the row that they refer to is deleted or changed"
            )
        }),
        (was.deferral != is.deferral).then(|| {
            format!("{name} is checked at another moment: what breaks it fails there")
        }),
        (was.no_inherit != is.no_inherit).then(|| match is.no_inherit {
            true => format!("{name} no longer holds for the children of {of}"),
            false => format!("{name} holds for the children of {of}, too"),
        }),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    if was.demand != is.demand || reasons.is_empty() {
        return needs_care(
            WRITES,
            format!("other writes to {of} are refused than before"),
        );
    }
    needs_care(USE, reasons.join("; "))
}

/// A definition as `pg_get_constraintdef` spells it, in parts.
#[derive(Debug, Default, PartialEq)]
struct Clauses<'n> {
    /// Which rows it refuses.
    demand: &'n str,
    /// `ON UPDATE …`, `ON DELETE …`.
    actions: &'n str,
    /// `DEFERRABLE`, `INITIALLY DEFERRED`.
    deferral: Vec<&'static str>,
    no_inherit: bool,
}

impl<'n> Clauses<'n> {
    fn of(constraint: &'n Node) -> Self {
        let mut clauses = Self::default();
        let mut rest = constraint.fact(node::DEFINITION).unwrap_or_default();
        for ending in [" INITIALLY DEFERRED", " DEFERRABLE"] {
            if let Some(before) = rest.strip_suffix(ending) {
                clauses.deferral.push(ending);
                rest = before;
            }
        }
        if let Some(before) = rest.strip_suffix(" NO INHERIT") {
            clauses.no_inherit = true;
            rest = before;
        }
        let is_reference = rest.starts_with("FOREIGN KEY");
        let actions = [" ON UPDATE ", " ON DELETE "].map(|words| rest.find(words));
        let first = actions.into_iter().flatten().min();
        let at = first.filter(|_| is_reference).unwrap_or(rest.len());
        (clauses.demand, clauses.actions) = rest.split_at(at);
        clauses
    }
}

#[cfg(test)]
mod tests {
    use super::{Clauses, Node, node};

    #[test]
    fn clauses_are_told_apart() {
        let clauses = |definition: &str| {
            Node::new(node::CONSTRAINT, "c").with(node::DEFINITION, definition.to_owned())
        };
        let key = clauses(
            "FOREIGN KEY (a) REFERENCES t(b) ON UPDATE CASCADE ON DELETE SET NULL (a) DEFERRABLE INITIALLY DEFERRED",
        );
        assert_eq!(
            Clauses::of(&key),
            Clauses {
                demand: "FOREIGN KEY (a) REFERENCES t(b)",
                actions: " ON UPDATE CASCADE ON DELETE SET NULL (a)",
                deferral: vec![" INITIALLY DEFERRED", " DEFERRABLE"],
                no_inherit: false,
            }
        );
        let check = clauses("CHECK (a <> ' ON DELETE ') NO INHERIT");
        assert_eq!(
            Clauses::of(&check),
            Clauses {
                demand: "CHECK (a <> ' ON DELETE ')",
                no_inherit: true,
                ..Clauses::default()
            }
        );
    }
}
