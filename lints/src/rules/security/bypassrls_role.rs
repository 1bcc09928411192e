//! A role that no policy holds back.

use crate::{Check, Context, Finding, Step, declare_rule, rules::security::role};

declare_rule! {
    /// ## What it does
    /// Flags `BYPASSRLS` in `CREATE` and `ALTER` of a role or user.
    ///
    /// ## Why is this bad?
    /// No row security policy applies to it, on any table, present or future.
    ///
    /// ```sql,bad
    /// CREATE ROLE support LOGIN BYPASSRLS;
    /// ```
    ///
    /// ## Safer way
    /// Give the role a policy of its own on the tables that it needs.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE ROLE support;
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// CREATE POLICY support_reads ON users FOR SELECT TO support USING (true);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static BYPASSRLS_ROLE = {
        name: "bypassrls-role",
        group: Security,
        summary: "a role that sees every row whatever the policies say",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some((name, options)) = role::options(step) else {
        return;
    };
    let Some(span) = options.bypass_rls else {
        return;
    };
    found.push(
        Finding::new(
            &BYPASSRLS_ROLE,
            span,
            format!("no policy on any table holds `{name}` back"),
        )
        .help("create policies for the role on the tables that it needs"),
    );
}

#[cfg(test)]
mod tests {
    use super::BYPASSRLS_ROLE;
    use crate::test_support::check;

    #[test]
    fn bypassing() {
        check(
            &BYPASSRLS_ROLE,
            "
    CREATE ROLE support BYPASSRLS;
--                      ^^^^^^^^^ error: no policy on any table holds `support` back
    ALTER ROLE support WITH LOGIN BYPASSRLS;
--                                ^^^^^^^^^ error: no policy on any table holds `support` back
",
        );
    }

    #[test]
    fn held_back() {
        check(
            &BYPASSRLS_ROLE,
            "
    CREATE ROLE support NOBYPASSRLS;
",
        );
    }
}
