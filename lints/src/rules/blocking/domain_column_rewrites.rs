//! A new column of a domain with constraints is checked by writing every row.

use crate::{
    Check, Context, Finding, Step, declare_rule,
    rules::blocking::altered::{added_column, holds_up},
    work::is_constrained_domain,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD COLUMN` of a domain that has a `CHECK` or `NOT NULL`, on a table with rows. The domain must be known
    /// from a migration.
    ///
    /// ## Why is this bad?
    /// Postgres does not know whether the new value satisfies the domain in each row, and finds out by writing them.
    /// The whole table and all its indexes are written anew while the statement holds `ACCESS EXCLUSIVE`: not even a
    /// `SELECT` gets through until that is over and the migration has committed, and the disk holds both copies
    /// meanwhile.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// -- file: 2_email.up.sql
    /// ALTER TABLE users ADD COLUMN email email;
    /// ```
    ///
    /// ## Safer way
    /// Give the column the type under the domain, and add the check of the domain as a `NOT VALID` constraint of the
    /// table, to be validated later.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// -- file: 2_email.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// ALTER TABLE users ADD CONSTRAINT users_email_at CHECK (email LIKE '%@%') NOT VALID;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All that are supported, 13 to 18.
    pub(crate) static DOMAIN_COLUMN_REWRITES = {
        name: "domain-column-rewrites",
        group: Blocking,
        summary: "a new column of a constrained domain that rewrites the table",
        level: Error,
        lock: AccessExclusive,
        work: Rewrite,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some((table, column)) = added_column(step) else {
        return;
    };
    let data_type = &column.data_type;
    if !is_constrained_domain(data_type, context.catalog) || !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &DOMAIN_COLUMN_REWRITES,
            context,
            step,
            table,
            format!("while every row is rewritten to check its new `{data_type}`"),
        )
        .help(
            "give the column the type under the domain, and the checks as `NOT VALID` constraints",
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::DOMAIN_COLUMN_REWRITES;
    use crate::test_support::check;

    #[test]
    fn a_domain_with_a_check() {
        check(
            &DOMAIN_COLUMN_REWRITES,
            "
    CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
    ALTER TABLE users ADD COLUMN email email;
--                    ^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to check its new `email`
    CREATE DOMAIN work_email AS email;
    ALTER TABLE users ADD COLUMN work work_email;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to check its new `work_email`
",
        );
    }

    #[test]
    fn domains_without_constraints_and_new_tables() {
        check(
            &DOMAIN_COLUMN_REWRITES,
            "
    CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
    CREATE DOMAIN label AS varchar(20) DEFAULT 'x';
    ALTER TABLE users ADD label label, ADD emails email[], ADD legacy legacy_domain;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD email email;
",
        );
    }
}
