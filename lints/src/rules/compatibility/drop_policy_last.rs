//! A table's last policy goes.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    outline::Property,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP POLICY` of the last policy that migrations have made for a table.
    ///
    /// ## Why is this bad?
    /// With row security on and no policy, Postgres lets nobody but the owner see or write a row. It raises no
    /// error: queries of the running application come back empty.
    ///
    /// ```sql,bad
    /// -- file: 1_notes.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// -- file: 2_drop.up.sql
    /// DROP POLICY own_rows ON notes;
    /// ```
    ///
    /// ## Safer way
    /// Create the policy that takes its place in the same migration. If row security is to end, disable it as
    /// well, and say why.
    ///
    /// ```sql,good
    /// -- file: 1_notes.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// -- file: 2_replace.up.sql
    /// DROP POLICY IF EXISTS own_rows ON notes;
    /// CREATE POLICY team_rows ON notes USING (owner = session_user);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_POLICY_LAST = {
        name: "drop-policy-last",
        group: Compatibility,
        summary: "the last policy of a table goes, so that nobody sees a row",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::DropObject(drop) = &step.action else {
        return;
    };
    let (ObjectKind::Policy, Some(table)) = (drop.kind, &drop.table) else {
        return;
    };
    let mut policies = context.catalog.policies_of(table);
    let is_last = policies.next() == Some(drop.name.name()) && policies.next().is_none();
    if !is_last
        || !context.is_shared(table)
        || context
            .outline
            .is_given_after(context.index, table, Property::Sight, "")
    {
        return;
    }
    found.push(
        Finding::new(
            &DROP_POLICY_LAST,
            step.span,
            format!("nobody but its owner sees a row of `{table}` any more, if row security is on"),
        )
        .label("no policy is left")
        .help("create the policy that takes its place in the same migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_POLICY_LAST;
    use crate::test_support::check;

    #[test]
    fn the_last_one() {
        check(
            &DROP_POLICY_LAST,
            "
-- file: 1_a.up.sql
    CREATE TABLE notes (id bigint PRIMARY KEY);
    CREATE POLICY a ON notes USING (id > 1);
    CREATE POLICY b ON notes USING (id > 2);
-- file: 2_b.up.sql
    DROP POLICY a ON notes;
    DROP POLICY IF EXISTS b ON public.notes;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: nobody but its owner sees a row of `public.notes` any more, if row security is on
",
        );
    }

    #[test]
    fn not_the_last_or_not_for_long() {
        check(
            &DROP_POLICY_LAST,
            "
-- file: 1_a.up.sql
    CREATE TABLE notes (id bigint PRIMARY KEY);
    CREATE POLICY a ON notes USING (id > 1);
-- file: 2_b.up.sql
    DROP POLICY a ON notes;
    CREATE POLICY b ON notes USING (id > 1);
    DROP POLICY unknown ON other;
-- file: 3_c.up.sql
    DROP POLICY b ON notes;
    ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
",
        );
    }
}
