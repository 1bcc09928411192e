//! A privilege for everybody.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, Grant, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `GRANT … TO PUBLIC`, also in default privileges. What Postgres gives `PUBLIC` anyway is not
    /// flagged: `EXECUTE` on functions, `USAGE` on types, languages and the schema `public`, `CONNECT` and
    /// `TEMPORARY` on databases.
    ///
    /// ## Why is this bad?
    /// `PUBLIC` is every role of the server, those of other applications and those that are yet to be created
    /// included. Whoever gets hold of any login gets this with it.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE ROLE app_readers;
    /// -- file: 2_change.up.sql
    /// GRANT SELECT ON users TO PUBLIC;
    /// ```
    ///
    /// ## Safer way
    /// Grant it to a role of its own, and that role to those who need it.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE ROLE app_readers;
    /// -- file: 2_change.up.sql
    /// GRANT SELECT ON users TO app_readers;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static GRANT_TO_PUBLIC = {
        name: "grant-to-public",
        group: Security,
        summary: "a privilege for every role there is and will be",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Grant(grant) = &step.action else {
        return;
    };
    let to_public = grant.grantees.iter().any(|who| who == "public");
    if grant.revoke || grant.kind.is_none() || !to_public || is_the_default(grant) {
        return;
    }
    let privileges = grant.privileges.join(", ").to_uppercase();
    found.push(
        Finding::new(
            &GRANT_TO_PUBLIC,
            step.span,
            format!("every role of the server, future ones included, gets {privileges}"),
        )
        .help("grant it to a role of its own"),
    );
}

/// Whether `PUBLIC` has it from the start.
///
/// Source: <https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGES-SUMMARY-TABLE>
fn is_the_default(grant: &Grant) -> bool {
    let only = |allowed: &[&str]| {
        grant
            .privileges
            .iter()
            .all(|privilege| allowed.contains(&privilege.as_str()))
    };
    match grant.kind {
        Some(ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine) => {
            only(&["execute", "all"])
        }
        Some(ObjectKind::Type | ObjectKind::Domain | ObjectKind::Language) => {
            only(&["usage", "all"])
        }
        Some(ObjectKind::Database) => only(&["connect", "temporary", "temp"]),
        Some(ObjectKind::Schema) => {
            only(&["usage"]) && grant.objects.iter().all(|schema| schema.name() == "public")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::GRANT_TO_PUBLIC;
    use crate::test_support::check;

    #[test]
    fn everybody() {
        check(
            &GRANT_TO_PUBLIC,
            "
    GRANT SELECT, UPDATE ON users TO app, PUBLIC;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every role of the server, future ones included, gets SELECT, UPDATE
    GRANT ALL ON SCHEMA public TO public;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every role of the server, future ones included, gets ALL
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every role of the server, future ones included, gets SELECT
",
        );
    }

    #[test]
    fn somebody_or_the_default() {
        check(
            &GRANT_TO_PUBLIC,
            "
    GRANT SELECT ON users TO app;
    GRANT EXECUTE ON FUNCTION f() TO PUBLIC;
    GRANT USAGE ON SCHEMA public TO PUBLIC;
    REVOKE ALL ON users FROM PUBLIC;
",
        );
    }
}
