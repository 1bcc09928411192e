//! Somebody loses a privilege.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, Grant, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `REVOKE` on existing objects and of membership in a role, unless the migration grants the same
    /// again.
    ///
    /// ## Why is this bad?
    /// The application that still runs, or a job that nobody thought of, gets `42501`, permission denied, from
    /// the commit on.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE ROLE app;
    /// -- file: 2_change.up.sql
    /// REVOKE UPDATE ON users FROM app;
    /// ```
    ///
    /// ## Safer way
    /// Release an application first that does without, watch who uses the privilege, and say so in a
    /// suppression.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE ROLE app;
    /// -- file: 2_change.up.sql
    /// REVOKE ALL ON users FROM app;
    /// GRANT ALL ON users TO app;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static REVOKE_PRIVILEGE = {
        name: "revoke-privilege",
        group: Compatibility,
        summary: "a privilege that the running application may still use",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Grant(revoke) = &step.action else {
        return;
    };
    if !revoke.revoke || revoke.default || is_on_new_objects(context, revoke) {
        return;
    }
    let grants = context.outline.grants_after(context.index, revoke);
    let again = grants.iter().any(|&later| {
        matches!(&context.migration.steps[later].action, Action::Grant(grant) if covers(grant, revoke))
    });
    if again {
        return;
    }
    let who = match revoke.grantees.as_slice() {
        [everybody] if everybody == "public" => {
            "every role that has this only as `PUBLIC`".to_owned()
        }
        some => format!("what still runs as `{}` and needs this", some.join("`, `")),
    };
    let what = revoke.privileges.join(", ");
    found.push(
        Finding::new(
            &REVOKE_PRIVILEGE,
            step.span,
            format!("{who} gets permission denied"),
        )
        .label(format!("takes {what} away"))
        .help("make sure that nothing uses it any more, and say so in a suppression"),
    );
}

/// Whether all objects are this migration's own: taking from everybody what a new function gives them is good practice.
fn is_on_new_objects(context: &Context<'_>, grant: &Grant) -> bool {
    let Some(kind) = grant.kind else {
        return false;
    };
    !grant.objects.is_empty()
        && grant.objects.iter().all(|object| {
            let catalog = context.catalog;
            match kind {
                // A sequence may be meant by `TABLE`, a view is.
                ObjectKind::Table | ObjectKind::Sequence => !context.is_shared(object),
                ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                    catalog.is_object_new(ObjectKind::Function, object, None)
                }
                kind => catalog.is_object_new(kind, object, None),
            }
        })
}

/// Whether all that was taken away is given back.
fn covers(grant: &Grant, revoke: &Grant) -> bool {
    let gives = |privilege: &String| {
        grant.privileges.contains(privilege) || grant.privileges.iter().any(|given| given == "all")
    };
    !grant.revoke
        && grant.kind == revoke.kind
        && revoke
            .objects
            .iter()
            .all(|object| grant.objects.contains(object))
        && revoke
            .grantees
            .iter()
            .all(|who| grant.grantees.contains(who))
        && revoke.privileges.iter().all(gives)
}

#[cfg(test)]
mod tests {
    use super::REVOKE_PRIVILEGE;
    use crate::test_support::check;

    #[test]
    fn existing_objects() {
        check(
            &REVOKE_PRIVILEGE,
            "
    REVOKE SELECT, UPDATE ON users FROM app;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: what still runs as `app` and needs this gets permission denied
    REVOKE admin FROM bob;
--  ^^^^^^^^^^^^^^^^^^^^^ warning: what still runs as `bob` and needs this gets permission denied
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: every role that has this only as `PUBLIC` gets permission denied
    ALTER GROUP writers DROP USER ann, bob;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: what still runs as `ann`, `bob` and needs this gets permission denied
",
        );
    }

    #[test]
    fn new_objects_and_what_is_granted_again() {
        check(
            &REVOKE_PRIVILEGE,
            "
    ALTER GROUP writers ADD USER ann;
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    REVOKE ALL ON FUNCTION f() FROM PUBLIC;
    CREATE TABLE teams (id bigint);
    REVOKE ALL ON teams FROM app;
    REVOKE SELECT ON users FROM app;
    GRANT ALL ON users TO app;
    ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
",
        );
    }
}
