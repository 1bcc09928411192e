//! A row security policy is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP POLICY` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// A permissive policy that goes takes rows away from those who saw them: without any, nobody but the owner sees
    /// a row. A restrictive policy that goes shows rows to those who must not see them.
    ///
    /// ```sql,bad
    /// -- file: 1_own_rows.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// -- file: 2_drop_own_rows.up.sql
    /// DROP POLICY own_rows ON notes;
    /// ```
    ///
    /// ## Safer way
    /// Change it with `ALTER POLICY`, or drop and make it again in one migration: nobody sees the state between.
    ///
    /// ```sql,good
    /// -- file: 1_own_rows.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// -- file: 2_own_rows.up.sql
    /// DROP POLICY IF EXISTS own_rows ON notes;
    /// CREATE POLICY own_rows ON notes USING (owner = session_user);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The drop takes `ACCESS EXCLUSIVE` on the table, for a moment.
    pub(crate) static DROP_POLICY = {
        name: "drop-policy",
        group: Destructive,
        summary: "a row security policy is dropped and not made again",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Policy];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    found.push(
        Finding::new(
            &DROP_POLICY,
            step.span,
            format!(
                "the rows that policy `{name}` lets through, or holds back, change for everybody"
            ),
        )
        .label("not made again in this file")
        .help("make the new policy in the same migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_POLICY;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_POLICY,
            "
    DROP POLICY own_rows ON notes;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the rows that policy `own_rows` lets through, or holds back, change for everybody
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_POLICY,
            "
    DROP POLICY IF EXISTS own_rows ON notes;
    CREATE POLICY own_rows ON notes USING (owner = current_user);
",
        );
    }
}
