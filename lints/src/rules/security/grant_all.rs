//! All privileges at once.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `GRANT ALL` on tables, schemas, databases, tablespaces, servers and foreign data wrappers.
    ///
    /// ## Why is this bad?
    /// On a table, `ALL` holds `TRUNCATE`, which row security does not stop, `TRIGGER`, by which others'
    /// statements run code, and `REFERENCES`; on a schema and a database, `CREATE`. Each new Postgres version
    /// may add to it, as 17 did with `MAINTAIN`.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE ROLE app;
    /// -- file: 2_change.up.sql
    /// GRANT ALL ON users TO app;
    /// ```
    ///
    /// ## Safer way
    /// Name the privileges that are needed.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE ROLE app;
    /// -- file: 2_change.up.sql
    /// GRANT SELECT, INSERT, UPDATE, DELETE ON users TO app;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. `MAINTAIN` is part of it since 17.
    pub(crate) static GRANT_ALL = {
        name: "grant-all",
        group: Security,
        summary: "more privileges than anybody needs",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Grant(grant) = &step.action else {
        return;
    };
    let all = grant.privileges.iter().any(|privilege| privilege == "all");
    // What everybody gets is another rule's.
    if grant.revoke || !all || grant.grantees.iter().any(|who| who == "public") {
        return;
    }
    let with = match grant.kind {
        Some(ObjectKind::Table) => "TRUNCATE, REFERENCES and TRIGGER",
        Some(ObjectKind::Schema | ObjectKind::Database | ObjectKind::Tablespace) => "CREATE",
        Some(ObjectKind::Server | ObjectKind::ForeignDataWrapper) => "USAGE",
        _ => return,
    };
    let who = grant.grantees.join("`, `");
    found.push(
        Finding::new(
            &GRANT_ALL,
            step.span,
            format!("`{who}` gets {with} along with the rest"),
        )
        .help("name the privileges that are needed"),
    );
}

#[cfg(test)]
mod tests {
    use super::GRANT_ALL;
    use crate::test_support::check;

    #[test]
    fn more_than_needed() {
        check(
            &GRANT_ALL,
            "
    GRANT ALL ON users TO app;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `app` gets TRUNCATE, REFERENCES and TRIGGER along with the rest
    GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA app TO app;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `app` gets TRUNCATE, REFERENCES and TRIGGER along with the rest
    GRANT ALL ON SCHEMA app TO app;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `app` gets CREATE along with the rest
",
        );
    }

    #[test]
    fn named_or_nothing_more() {
        check(
            &GRANT_ALL,
            "
    GRANT SELECT, INSERT ON users TO app;
    GRANT ALL ON FUNCTION f() TO app;
    GRANT ALL ON SEQUENCE s TO app;
    GRANT ALL ON users TO PUBLIC;
    REVOKE ALL ON users FROM app;
",
        );
    }
}
