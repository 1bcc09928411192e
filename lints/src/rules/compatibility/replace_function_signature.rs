//! A function is made anew with other arguments.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, CreateDetail, DropObject, IfExists, ObjectKind},
    catalog::Origin,
    declare_rule,
    name::ObjectName,
};

declare_rule! {
    /// ## What it does
    /// Flags a function that has arguments other than its only version so far: `CREATE OR REPLACE` then
    /// replaces nothing, and after a `DROP` calls with the old arguments find no function. Where each old argument is cast
    /// to the new type implicitly, such as `integer` to `bigint`, they do.
    ///
    /// ## Why is this bad?
    /// A function is its name and its argument types. `CREATE OR REPLACE` with another list leaves the old
    /// version in place and adds a second one beside it; with a new argument that has a default, calls that
    /// fit both fail with `42725`, is not unique. After a `DROP`, the application that still runs gets
    /// `42883`.
    ///
    /// ```sql,bad
    /// -- file: 1_total.up.sql
    /// CREATE FUNCTION total(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a';
    /// -- file: 2_total.up.sql
    /// CREATE OR REPLACE FUNCTION total(a integer, tax integer DEFAULT 0) RETURNS integer LANGUAGE sql AS 'SELECT a + tax';
    /// ```
    ///
    /// ## Safer way
    /// To extend it, drop the old version in the same migration and give the new arguments defaults: old calls
    /// then find the new version. To change it, create a function of another name.
    ///
    /// ```sql,good
    /// -- file: 1_total.up.sql
    /// CREATE FUNCTION total(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a';
    /// -- file: 2_total.up.sql
    /// DROP FUNCTION IF EXISTS total(integer);
    /// CREATE OR REPLACE FUNCTION total(a integer, tax integer DEFAULT 0) RETURNS integer LANGUAGE sql AS 'SELECT a + tax';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static REPLACE_FUNCTION_SIGNATURE = {
        name: "replace-function-signature",
        group: Compatibility,
        summary: "a function whose calls change their meaning or fail",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateObject(create) = &step.action else {
        return;
    };
    let (CreateDetail::Function(function), Some(arguments)) = (&create.detail, &create.arguments)
    else {
        return;
    };
    let name = &create.name;
    if let [old] = context.catalog.overloads(name)
        && create.if_exists == IfExists::Replace
        && old.origin == Origin::Earlier
        && old.arguments != *arguments
        && !is_dropped_later(context, name, &old.arguments)
    {
        let old = &old.arguments;
        found.push(
            Finding::new(
                &REPLACE_FUNCTION_SIGNATURE,
                step.span,
                format!("this replaces nothing: `{name}({old})` stays, and a second function stands beside it"),
            )
            .label(format!("creates `{name}({arguments})`"))
            .help("drop the old version in the same migration if nothing calls it, or give the new one a name of its own"),
        );
        return;
    }
    if let ([old], []) = (
        context.catalog.overloads_dropped_here(name),
        context.catalog.overloads(name),
    ) && !accepts(arguments, function.defaults, old)
        && !is_accepted_later(context, name, old)
    {
        found.push(
            Finding::new(
                &REPLACE_FUNCTION_SIGNATURE,
                step.span,
                format!("the application that still runs calls `{name}({old})` and gets an error"),
            )
            .label(format!("there is `{name}({arguments})` now"))
            .help(
                "keep the old version until nothing calls it, or give the new arguments defaults",
            ),
        );
    }
}

/// Whether a later step drops that version.
fn is_dropped_later(context: &Context<'_>, function: &ObjectName, arguments: &str) -> bool {
    let drops = |drop: &DropObject| {
        matches!(
            drop.kind,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine
        ) && drop.name.name() == function.name()
            && drop
                .arguments
                .as_deref()
                .is_none_or(|dropped| dropped == arguments)
    };
    context
        .later_steps()
        .iter()
        .any(|step| matches!(&step.action, Action::DropObject(drop) if drops(drop)))
}

/// Whether a later step makes a version that takes calls with the old arguments.
fn is_accepted_later(context: &Context<'_>, function: &ObjectName, old: &str) -> bool {
    context.later_steps().iter().any(|step| match &step.action {
        Action::CreateObject(create) if create.name.name() == function.name() => {
            match (&create.detail, &create.arguments) {
                (CreateDetail::Function(later), Some(arguments)) => {
                    accepts(arguments, later.defaults, old)
                }
                _ => false,
            }
        }
        _ => false,
    })
}

/// Whether calls with the old arguments fit the new list, of which the last ones have defaults: each is of the same type, or
/// cast without being asked.
fn accepts(new: &str, defaults: usize, old: &str) -> bool {
    let (new, old) = (types(new), types(old));
    let fits = |(new, old): (&&str, &&str)| {
        // An array is cast as its elements are.
        let (new, old) = match (new.strip_suffix("[]"), old.strip_suffix("[]")) {
            (Some(new), Some(old)) => (new, old),
            _ => (*new, *old),
        };
        new == old || IMPLICIT.contains(&(old, new))
    };
    new.iter().zip(&old).all(fits) && old.len() <= new.len() && new.len() - old.len() <= defaults
}

fn types(list: &str) -> Vec<&str> {
    let types = list.split(',');
    types.filter(|name| !name.is_empty()).collect()
}

/// The casts, from and to, by which Postgres finds a function for an argument of another type.
///
/// Source: `pg_cast` with `castcontext = 'i'`, the same on Postgres 13 to 18, as far as types of columns go.
const IMPLICIT: &[(&str, &str)] = &[
    ("bigint", "double precision"),
    ("bigint", "numeric"),
    ("bigint", "real"),
    ("bit", "bit varying"),
    ("bit varying", "bit"),
    ("character", "character varying"),
    ("character", "text"),
    ("character varying", "character"),
    ("character varying", "text"),
    ("cidr", "inet"),
    ("date", "timestamp without time zone"),
    ("date", "timestamp with time zone"),
    ("integer", "bigint"),
    ("integer", "double precision"),
    ("integer", "numeric"),
    ("integer", "real"),
    ("macaddr8", "macaddr"),
    ("macaddr", "macaddr8"),
    ("numeric", "double precision"),
    ("numeric", "real"),
    ("real", "double precision"),
    ("smallint", "bigint"),
    ("smallint", "double precision"),
    ("smallint", "integer"),
    ("smallint", "numeric"),
    ("smallint", "real"),
    ("text", "character"),
    ("text", "character varying"),
    ("timestamp without time zone", "timestamp with time zone"),
    ("time without time zone", "interval"),
    ("time without time zone", "time with time zone"),
];

#[cfg(test)]
mod tests {
    use super::REPLACE_FUNCTION_SIGNATURE;
    use crate::test_support::check;

    #[test]
    fn other_arguments() {
        check(
            &REPLACE_FUNCTION_SIGNATURE,
            "
-- file: 1_a.up.sql
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- file: 2_b.up.sql
    CREATE OR REPLACE FUNCTION f(int, text DEFAULT '') RETURNS int LANGUAGE sql AS 'SELECT 1';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: this replaces nothing: `f(integer)` stays, and a second function stands beside it
    DROP FUNCTION g(int);
    CREATE FUNCTION g(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the application that still runs calls `g(integer)` and gets an error
",
        );
    }

    #[test]
    fn old_calls_go_on() {
        check(
            &REPLACE_FUNCTION_SIGNATURE,
            "
-- file: 1_a.up.sql
    CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- file: 2_b.up.sql
    CREATE OR REPLACE FUNCTION f(a integer) RETURNS int LANGUAGE sql AS 'SELECT 2';
    DROP FUNCTION g;
    CREATE FUNCTION g(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION g(int, b text DEFAULT '') RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 2';
",
        );
    }

    #[test]
    fn old_calls_are_cast() {
        check(
            &REPLACE_FUNCTION_SIGNATURE,
            "
-- file: 1_a.up.sql
    CREATE FUNCTION f(timestamp, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION g(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION h(varchar, date) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION i(int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- file: 2_b.up.sql
    DROP FUNCTION f(timestamp, int);
    CREATE FUNCTION f(timestamptz, bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
    DROP FUNCTION g(bigint);
    CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the application that still runs calls `g(bigint)` and gets an error
    DROP FUNCTION h;
    CREATE FUNCTION h(text, timestamp, int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 1';
    DROP FUNCTION i;
    CREATE FUNCTION i(bigint[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
",
        );
    }
}
