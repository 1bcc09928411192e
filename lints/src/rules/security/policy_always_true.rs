//! A policy that holds nobody back.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, CreateDetail},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags a permissive policy for all roles whose `USING` or `WITH CHECK` is the constant `true`. A policy
    /// `TO` named roles is not flagged: that is how an administrator's role is exempted.
    ///
    /// ## Why is this bad?
    /// Permissive policies are joined by `OR`: one that is always true makes all others of the table void, for
    /// its command. The table looks protected and is not.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE ROLE support;
    /// -- file: 2_change.up.sql
    /// CREATE POLICY everybody ON notes USING (true);
    /// ```
    ///
    /// ## Safer way
    /// Write the condition, or name the roles that may see every row.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE ROLE support;
    /// -- file: 2_change.up.sql
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// CREATE POLICY support_reads ON notes FOR SELECT TO support USING (true);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static POLICY_ALWAYS_TRUE = {
        name: "policy-always-true",
        group: Security,
        summary: "a policy that lets every row through, for everybody",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateObject(create) = &step.action else {
        return;
    };
    let (CreateDetail::Policy(policy), Some(table)) = (&create.detail, &create.table) else {
        return;
    };
    let Some(clause) = policy.always_true else {
        return;
    };
    let named = !policy.roles.is_empty() && policy.roles.iter().all(|role| role != "public");
    if policy.restrictive || named {
        return;
    }
    found.push(
        Finding::new(
            &POLICY_ALWAYS_TRUE,
            clause,
            format!("row security of `{table}` holds nobody back: other policies for the command are void"),
        )
        .help("write the condition, or say `TO` which roles it is for"),
    );
}

#[cfg(test)]
mod tests {
    use super::POLICY_ALWAYS_TRUE;
    use crate::test_support::check;

    #[test]
    fn for_everybody() {
        check(
            &POLICY_ALWAYS_TRUE,
            "
    CREATE POLICY a ON notes USING (true);
--                           ^^^^^^^^^^^^ warning: row security of `notes` holds nobody back: other policies for the command are void
    CREATE POLICY b ON notes FOR INSERT TO PUBLIC WITH CHECK (true);
--                                                ^^^^^^^^^^^^^^^^^ warning: row security of `notes` holds nobody back: other policies for the command are void
",
        );
    }

    #[test]
    fn for_some_roles_or_rows() {
        check(
            &POLICY_ALWAYS_TRUE,
            "
    CREATE POLICY a ON notes TO admin USING (true);
    CREATE POLICY b ON notes USING (owner = current_user);
    CREATE POLICY c ON notes AS RESTRICTIVE USING (true);
",
        );
    }
}
