//! A rewrite rule is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP RULE` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// A rule changes what a statement does: an `INSERT` into a view becomes one into a table, a `DELETE` becomes
    /// nothing. Without the rule the same statement fails, or does what the rule prevented.
    ///
    /// ```sql,bad
    /// -- file: 1_keep.up.sql
    /// CREATE TABLE events (id bigint PRIMARY KEY);
    /// CREATE RULE keep AS ON DELETE TO events DO INSTEAD NOTHING;
    /// -- file: 2_drop_keep.up.sql
    /// DROP RULE keep ON events;
    /// ```
    ///
    /// ## Safer way
    /// Replace it in the same migration with `CREATE OR REPLACE RULE`, or by a trigger that does its work.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-rule): a trigger protects the rows since migration 41
    /// DROP RULE IF EXISTS keep ON events;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The drop takes `ACCESS EXCLUSIVE` on the table, for a moment.
    pub(crate) static DROP_RULE = {
        name: "drop-rule",
        group: Destructive,
        summary: "a rewrite rule is dropped and not made again",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Rule];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    found.push(
        Finding::new(
            &DROP_RULE,
            step.span,
            format!("statements that rule `{name}` rewrote do something else from now on"),
        )
        .label("not made again in this file")
        .help("make sure that nobody relies on the rewriting"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_RULE;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_RULE,
            "
    DROP RULE keep ON events;
--  ^^^^^^^^^^^^^^^^^^^^^^^^ warning: statements that rule `keep` rewrote do something else from now on
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_RULE,
            "
    DROP RULE IF EXISTS keep ON events;
    CREATE RULE keep AS ON DELETE TO events DO INSTEAD NOTHING;
",
        );
    }
}
