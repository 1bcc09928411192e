//! A function, type, schema and the like gets another name.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind, RenamePart},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags the renaming of an existing function, procedure, aggregate, operator, type, domain, sequence,
    /// schema, database, role, text search object, collation, publication, foreign server or language. Tables
    /// and columns have rules of their own; indexes, constraints, triggers and policies are named by no
    /// application.
    ///
    /// ## Why is this bad?
    /// Old instances of the application that run while the release goes out name it still: casts, calls,
    /// `nextval`, `SET search_path`, logins and subscribers fail from the commit on.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE FUNCTION total(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    /// -- file: 2_change.up.sql
    /// ALTER FUNCTION total(integer) RENAME TO order_total;
    /// ```
    ///
    /// ## Safer way
    /// Create it anew under the new name, let the old one stand, and drop that when nothing uses it any more.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE FUNCTION total(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    /// -- file: 2_change.up.sql
    /// CREATE FUNCTION order_total(integer) RETURNS integer LANGUAGE sql AS 'SELECT total($1)';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static RENAME_OBJECT = {
        name: "rename-object",
        group: Compatibility,
        summary: "an object that the running application no longer finds",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[
    ObjectKind::Aggregate,
    ObjectKind::Collation,
    ObjectKind::Database,
    ObjectKind::Domain,
    ObjectKind::Function,
    ObjectKind::Language,
    ObjectKind::Operator,
    ObjectKind::Procedure,
    ObjectKind::Publication,
    ObjectKind::Role,
    ObjectKind::Routine,
    ObjectKind::Schema,
    ObjectKind::Sequence,
    ObjectKind::Server,
    ObjectKind::TextSearchConfiguration,
    ObjectKind::TextSearchDictionary,
    ObjectKind::Type,
];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Rename(rename) = &step.action else {
        return;
    };
    let name = &rename.object;
    if rename.part != RenamePart::Object
        || !KINDS.contains(&rename.kind)
        || context.catalog.is_object_new(rename.kind, name, None)
        || is_provided_again(context, rename.kind, name.name())
    {
        return;
    }
    let kind = rename.kind;
    found.push(
        Finding::new(
            &RENAME_OBJECT,
            step.span,
            format!("the application that still runs asks for {kind} `{name}` and gets an error"),
        )
        .label(format!("`{name}` is gone, there is `{}` now", rename.to))
        .help("create it under the new name beside the old one, and drop the old one when nothing uses it"),
    );
}

/// Whether the migration makes an object of that name again. Types are also told by another kind: a domain over the
/// renamed type serves the casts to it.
fn is_provided_again(context: &Context<'_>, kind: ObjectKind, name: &str) -> bool {
    let kinds: &[ObjectKind] = match kind {
        ObjectKind::Type | ObjectKind::Domain => &[ObjectKind::Type, ObjectKind::Domain],
        ObjectKind::Routine => &[ObjectKind::Function, ObjectKind::Procedure],
        _ => &[kind],
    };
    kinds
        .iter()
        .any(|&kind| context.outline.is_created_after(context.index, kind, name))
        || context.outline.is_renamed_after(context.index, kind, name)
}

#[cfg(test)]
mod tests {
    use super::RENAME_OBJECT;
    use crate::test_support::check;

    #[test]
    fn existing_objects() {
        check(
            &RENAME_OBJECT,
            "
    ALTER TYPE mood RENAME TO feeling;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the application that still runs asks for type `mood` and gets an error
    ALTER SCHEMA app RENAME TO api;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the application that still runs asks for schema `app` and gets an error
    ALTER SEQUENCE IF EXISTS users_id_seq RENAME TO accounts_id_seq;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the application that still runs asks for sequence `users_id_seq` and gets an error
",
        );
    }

    #[test]
    fn parts_and_what_is_made_again() {
        check(
            &RENAME_OBJECT,
            "
    ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
    ALTER TYPE status RENAME TO status_old;
    CREATE TYPE status AS ENUM ('a', 'b');
    ALTER INDEX users_name_idx RENAME TO accounts_name_idx;
    ALTER TRIGGER a ON users RENAME TO b;
    CREATE SCHEMA app;
    ALTER SCHEMA app RENAME TO api;
",
        );
    }
}
