//! A constraint of a domain is tried in every table that uses it.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterObjectClause, ConstraintKind, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `ALTER DOMAIN … ADD` without `NOT VALID`, and `ALTER DOMAIN … SET NOT NULL`, where a table with rows has a column
    /// of the domain, or of a domain over it. A domain that no migration makes may be in use anywhere.
    ///
    /// ## Why is this bad?
    /// Postgres tries it on every row of every table that has a column of the domain, and holds `SHARE` on all of them:
    /// each `INSERT`, `UPDATE` and `DELETE` waits until the last scan is over and the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_email.up.sql
    /// CREATE DOMAIN email AS text;
    /// CREATE TABLE users (id bigint PRIMARY KEY, email email);
    /// -- file: 2_check.up.sql
    /// ALTER DOMAIN email ADD CONSTRAINT email_at CHECK (value LIKE '%@%');
    /// ```
    ///
    /// ## Safer way
    /// Add it `NOT VALID`: new values are checked from then on. Validate it in a later migration; that scans the tables
    /// under `SHARE` too, so choose a quiet hour.
    ///
    /// ```sql,good
    /// -- file: 1_email.up.sql
    /// CREATE DOMAIN email AS text;
    /// CREATE TABLE users (id bigint PRIMARY KEY, email email);
    /// -- file: 2_check.up.sql
    /// ALTER DOMAIN email ADD CONSTRAINT email_at CHECK (value LIKE '%@%') NOT VALID;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DOMAIN_VALIDATES = {
        name: "domain-validates",
        group: Blocking,
        summary: "a domain constraint that scans every table of the domain",
        level: Error,
        lock: Share,
        work: Scan,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterObject(alter) = &step.action else {
        return;
    };
    let name = &alter.name;
    let not_valid_goes = match &alter.clause {
        AlterObjectClause::AddConstraint(constraint) if constraint.not_valid => return,
        AlterObjectClause::AddConstraint(constraint) => {
            matches!(constraint.kind, ConstraintKind::Check(_)).then_some(constraint.span.end)
        }
        AlterObjectClause::SetNotNull => None,
        _ => return,
    };
    if alter.kind != ObjectKind::Domain {
        return;
    }
    let works = context.works(step).into_iter();
    let tables: Vec<String> = works
        .filter(|toil| context.may_hold_rows(&toil.table))
        .map(|toil| format!("`{}`", toil.table))
        .collect();
    let known = context.catalog.object(ObjectKind::Domain, name, None);
    let whom = match (known, tables.is_empty()) {
        (Some(_), true) => return,
        (None, true) => format!("every table with a column of `{name}`"),
        (_, false) => tables.join(", "),
    };
    let finding = Finding::new(
        &DOMAIN_VALIDATES,
        step.span,
        format!("writes to {whom} wait until every row is checked: a scan of the whole table"),
    )
    .label(format!("takes SHARE on {whom}"));
    found.push(match not_valid_goes {
        Some(end) => finding
            .help("add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a later migration")
            .insert(end, " NOT VALID")
            .unsafe_fix("values that are there stay unchecked until `VALIDATE CONSTRAINT`"),
        None => finding.help(
            "add `CHECK (value IS NOT NULL) NOT VALID`, and validate it in a later migration",
        ),
    });
}

#[cfg(test)]
mod tests {
    use super::DOMAIN_VALIDATES;
    use crate::test_support::check;

    #[test]
    fn an_existing_domain() {
        check(
            &DOMAIN_VALIDATES,
            "
    ALTER DOMAIN email ADD CONSTRAINT email_at CHECK (value LIKE '%@%');
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to every table with a column of `email` wait until every row is checked: a scan of the whole table
    ALTER DOMAIN email SET NOT NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to every table with a column of `email` wait until every row is checked: a scan of the whole table
-- file: 2_zip.up.sql
    CREATE DOMAIN zip AS text;
    CREATE DOMAIN german_zip AS zip;
    CREATE TABLE users (id bigint PRIMARY KEY, zip german_zip);
-- file: 3_check.up.sql
    ALTER DOMAIN zip ADD CHECK (length(value) = 5);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `users` wait until every row is checked: a scan of the whole table
",
        );
    }

    #[test]
    fn nothing_to_check() {
        check(
            &DOMAIN_VALIDATES,
            "
    ALTER DOMAIN email ADD CONSTRAINT email_at CHECK (value LIKE '%@%') NOT VALID;
    ALTER DOMAIN email SET DEFAULT '';
    CREATE DOMAIN zip AS text;
    CREATE TABLE users (id bigint PRIMARY KEY, zip zip);
    ALTER DOMAIN zip ADD CHECK (length(value) = 5);
-- file: 2_unused.up.sql
    CREATE DOMAIN label AS text;
-- file: 3_unused.up.sql
    ALTER DOMAIN label SET NOT NULL;
",
        );
    }
}
