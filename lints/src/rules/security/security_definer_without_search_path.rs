//! A function with its owner's rights and its caller's path.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterObjectClause, CreateDetail},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `SECURITY DEFINER` on a function or procedure that has no `SET search_path`, in `CREATE` and in
    /// `ALTER`.
    ///
    /// ## Why is this bad?
    /// Names in its body are looked up by the caller's `search_path`, and in the caller's temporary schema
    /// before all others. A caller who puts a table, function or operator of the same name there has the
    /// owner's rights run it.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// CREATE FUNCTION users_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM users';
    /// ```
    ///
    /// ## Safer way
    /// Pin the path, the temporary schema last, or empty it and qualify each name.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// CREATE FUNCTION users_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT count(*) FROM users';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. See `Writing SECURITY DEFINER Functions Safely` in the manual of `CREATE FUNCTION`.
    pub(crate) static SECURITY_DEFINER_WITHOUT_SEARCH_PATH = {
        name: "security-definer-without-search-path",
        group: Security,
        summary: "a function that runs with its owner's rights and finds names by its caller's path",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (name, security) = match &step.action {
        Action::CreateObject(create) => match &create.detail {
            // Code that is compiled looks no name up.
            CreateDetail::Function(function)
                if !matches!(function.language.as_deref(), Some("c" | "internal")) =>
            {
                (&create.name, function.security)
            }
            _ => return,
        },
        Action::AlterObject(alter) => match alter.clause {
            AlterObjectClause::RoutineSecurity(security) => (&alter.name, security),
            _ => return,
        },
        _ => return,
    };
    if !security.definer || security.sets_search_path || context.outline.is_pinned(name) {
        return;
    }
    found.push(
        Finding::new(
            &SECURITY_DEFINER_WITHOUT_SEARCH_PATH,
            step.span,
            format!("whoever calls `{name}` chooses which tables and functions it finds, and its owner's rights run them"),
        )
        .label("`SECURITY DEFINER` without `SET search_path`")
        .help("add `SET search_path = …, pg_temp`"),
    );
}

#[cfg(test)]
mod tests {
    use super::SECURITY_DEFINER_WITHOUT_SEARCH_PATH;
    use crate::test_support::check;

    #[test]
    fn the_callers_path() {
        check(
            &SECURITY_DEFINER_WITHOUT_SEARCH_PATH,
            "
    CREATE OR REPLACE FUNCTION f() RETURNS int SECURITY DEFINER LANGUAGE sql AS $$ SELECT 1 $$;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whoever calls `f` chooses which tables and functions it finds, and its owner's rights run them
    ALTER FUNCTION g(int) SECURITY DEFINER;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whoever calls `g` chooses which tables and functions it finds, and its owner's rights run them
",
        );
    }

    #[test]
    fn a_path_of_its_own_or_no_rights() {
        check(
            &SECURITY_DEFINER_WITHOUT_SEARCH_PATH,
            "
    CREATE FUNCTION a() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path TO '' AS 'SELECT 1';
    CREATE FUNCTION b() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    ALTER FUNCTION b() SET search_path = public, pg_temp;
    CREATE FUNCTION c() RETURNS int LANGUAGE sql AS 'SELECT 1 -- SECURITY DEFINER';
    ALTER FUNCTION g(int) SECURITY INVOKER;
",
        );
    }
}
