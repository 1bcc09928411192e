//! `suppression-unused`: the check is part of [`crate::suppression`].

use crate::{
    declare_rule,
    finding::Finding,
    migration::Migration,
    rule::{Check, Rule},
    source::Span,
};

declare_rule! {
    /// ## What it does
    /// Flags a suppression whose rule finds nothing in the place that it covers.
    ///
    /// A rule that needs a run has its say only in `check`, so `lint` leaves its suppressions alone, as those of rules
    /// that are switched off.
    ///
    /// ## Why is this bad?
    /// It says that something dangerous stands here, and there is nothing. Left alone it will one day allow something
    /// that nobody looked at.
    ///
    /// ```sql,bad
    /// -- rehearsal: allow(statement-not-understood): the dialect of an extension
    /// SELECT 1;
    /// ```
    ///
    /// ## Safer way
    /// Remove it.
    ///
    /// ```sql,good
    /// SELECT 1;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SUPPRESSION_UNUSED = {
        name: "suppression-unused",
        group: Hygiene,
        summary: "a suppression that suppresses nothing",
        level: Warning,
        fix: Safely,
        since: "0.1.0",
        check: Check::Suppression,
    }
}

/// The finding for a comment that allows `rule` where it finds nothing. A comment for this rule alone can go.
pub(crate) fn finding(migration: &Migration, comment: Span, rule: &Rule) -> Finding {
    let finding = Finding::new(
        &SUPPRESSION_UNUSED,
        comment,
        format!("`{}` finds nothing here to allow", rule.name),
    );
    let text = migration.up.slice(comment);
    let others = text
        .split(')')
        .next()
        .is_some_and(|names| names.contains(','));
    if others {
        return finding.help(format!("take `{}` out of the list", rule.name));
    }
    finding
        .help("remove the comment")
        .replace(comment, String::new())
}

#[cfg(test)]
mod tests {
    use super::SUPPRESSION_UNUSED;
    use crate::test_support::check;

    #[test]
    fn nothing_to_allow() {
        check(
            &SUPPRESSION_UNUSED,
            "
    -- rehearsal: allow(suppression-unknown): nothing is unknown here
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `suppression-unknown` finds nothing here to allow
    SELECT 1;
",
        );
    }

    #[test]
    fn a_rule_that_needs_a_run_may_still_find_something() {
        check(
            &SUPPRESSION_UNUSED,
            "
    -- rehearsal: allow(second-run-failed): once is enough
    SELECT 1;
",
        );
    }
}
