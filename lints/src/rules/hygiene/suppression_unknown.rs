//! `suppression-unknown`: the check is part of [`crate::suppression`].

use crate::{declare_rule, finding::Finding, rule::Check, rules::RULES, source::Span};

declare_rule! {
    /// ## What it does
    /// Flags a comment that allows a rule which does not exist, or that begins with `rehearsal:` and is no suppression.
    ///
    /// ## Why is this bad?
    /// The author believes that something is allowed, and it is not; or a rule was misspelt, and the comment stays
    /// behind as a promise that nothing keeps.
    ///
    /// ```sql,bad
    /// -- rehearsal: allow(second-run-fialed): the ledger is locked
    /// SELECT 1;
    /// ```
    ///
    /// ## Safer way
    /// Use the name that the finding prints in brackets.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(second-run-failed): the ledger is locked
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SUPPRESSION_UNKNOWN = {
        name: "suppression-unknown",
        group: Hygiene,
        summary: "a suppression of a rule that does not exist",
        level: Error,
        since: "0.1.0",
        check: Check::Suppression,
    }
}

/// The finding for a comment that names no rule.
pub(crate) fn finding(comment: Span, name: &str) -> Finding {
    let finding = Finding::new(
        &SUPPRESSION_UNKNOWN,
        comment,
        format!("there is no rule `{name}` to allow"),
    );
    let nearest = RULES
        .iter()
        .map(|rule| (strsim::damerau_levenshtein(name, rule.name), rule.name))
        .min();
    match nearest {
        Some((distance, nearest)) if distance <= 3 => {
            finding.help(format!("write `{nearest}` if that is what you mean"))
        }
        _ => finding.help("take the name that the finding prints in brackets"),
    }
}

#[cfg(test)]
mod tests {
    use super::SUPPRESSION_UNKNOWN;
    use crate::test_support::check;

    #[test]
    fn unknown_rule() {
        check(
            &SUPPRESSION_UNKNOWN,
            "
    -- rehearsal: allow(second-run-fialed): never runs twice
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: there is no rule `second-run-fialed` to allow
    SELECT 1;
    -- rehearsal: allow(second-run-failed): never runs twice
    SELECT 1;
",
        );
    }

    #[test]
    fn a_comment_that_is_no_suppression() {
        check(
            &SUPPRESSION_UNKNOWN,
            "
    -- rehearsal: allow second-run-failed
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this comment addresses the tool and is not understood
    -- A rehearsal: it may stand anywhere else in a comment.
    SELECT 1;
",
        );
    }
}
