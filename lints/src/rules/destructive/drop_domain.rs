//! A domain is dropped.

use crate::{
    Check, Context, Finding, Step, action::ObjectKind, declare_rule, rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP DOMAIN` of a domain that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// With `CASCADE`, every column of the domain disappears with its values, without being named. Without it, what
    /// the domain checked is checked nowhere.
    ///
    /// ```sql,bad
    /// -- file: 1_email.up.sql
    /// CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
    /// CREATE TABLE users (id bigint PRIMARY KEY, email email);
    /// -- file: 2_drop_email.up.sql
    /// DROP DOMAIN email CASCADE;
    /// ```
    ///
    /// ## Safer way
    /// Change the columns to another type first: to the type under the domain this rewrites nothing. Then drop the
    /// domain without `CASCADE`.
    ///
    /// ```sql,good
    /// -- rehearsal: allow(drop-domain): no column uses it since migration 41
    /// DROP DOMAIN IF EXISTS email;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_DOMAIN = {
        name: "drop-domain",
        group: Destructive,
        summary: "a domain is dropped",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Domain];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    let along = dropped::along(drop, "drops every column of that domain, with its values");
    found.push(
        Finding::new(
            &DROP_DOMAIN,
            step.span,
            format!("domain `{name}` is dropped with its checks{along}"),
        )
        .label("not made again in this file")
        .help("change the columns that use the domain first, and drop it without `CASCADE`"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_DOMAIN;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_DOMAIN,
            "
    DROP DOMAIN email;
--  ^^^^^^^^^^^^^^^^^ error: domain `email` is dropped with its checks
",
        );
    }

    #[test]
    fn one_of_the_same_migration() {
        check(
            &DROP_DOMAIN,
            "
    CREATE DOMAIN email AS text;
    DROP DOMAIN email;
",
        );
    }
}
