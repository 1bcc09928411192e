//! An object moves to another schema.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    rules::compatibility::old_name,
};

declare_rule! {
    /// ## What it does
    /// Flags `SET SCHEMA` of an existing table, view, sequence, function, type or domain. Extensions are told
    /// too: all that is in them moves.
    ///
    /// ## Why is this bad?
    /// Old instances of the application that run while the release goes out look for it in the old schema, by
    /// qualified name or by `search_path`, and get an error from the commit on.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE SCHEMA archive;
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users SET SCHEMA archive;
    /// ```
    ///
    /// ## Safer way
    /// Leave a view behind in the same migration, under the old name. Functions and types are better created
    /// anew in the new schema, and dropped from the old one when nothing uses them.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE SCHEMA archive;
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users SET SCHEMA archive;
    /// CREATE VIEW users AS SELECT * FROM archive.users;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static SET_SCHEMA = {
        name: "set-schema",
        group: Compatibility,
        summary: "an object that the running application no longer finds in its schema",
        level: Error,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[
    ObjectKind::Aggregate,
    ObjectKind::Domain,
    ObjectKind::Extension,
    ObjectKind::ForeignTable,
    ObjectKind::Function,
    ObjectKind::MaterializedView,
    ObjectKind::Operator,
    ObjectKind::Procedure,
    ObjectKind::Routine,
    ObjectKind::Sequence,
    ObjectKind::Table,
    ObjectKind::Type,
    ObjectKind::View,
];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::SetSchema {
        kind, name, schema, ..
    } = &step.action
    else {
        return;
    };
    let own = context.catalog.is_object_new(*kind, name, None)
        || kind.is_relation() && context.catalog.is_temporary(name);
    let stays = name
        .schema
        .as_ref()
        .is_some_and(|from| *from == schema.value);
    if own
        || stays
        || !KINDS.contains(kind)
        || old_name::is_provided_again(context, name)
        || context
            .outline
            .is_created_after(context.index, *kind, name.name())
    {
        return;
    }
    found.push(
        Finding::new(
            &SET_SCHEMA,
            step.span,
            format!("the application that still runs looks for {kind} `{name}` where it was and gets an error"),
        )
        .label(format!("it is in `{schema}` now"))
        .help("provide the old name in the same migration, a table's with a view, and drop it when nothing uses it"),
    );
}

#[cfg(test)]
mod tests {
    use super::SET_SCHEMA;
    use crate::test_support::check;

    #[test]
    fn existing_objects() {
        check(
            &SET_SCHEMA,
            "
    ALTER TABLE users SET SCHEMA archive;
--                    ^^^^^^^^^^^^^^^^^^ error: the application that still runs looks for table `users` where it was and gets an error
    ALTER FUNCTION total(integer) SET SCHEMA api;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the application that still runs looks for function `total` where it was and gets an error
",
        );
    }

    #[test]
    fn the_old_name_stays() {
        check(
            &SET_SCHEMA,
            "
    ALTER TABLE users SET SCHEMA archive;
    CREATE VIEW users AS SELECT * FROM archive.users;
    CREATE TYPE mood AS ENUM ('ok');
    ALTER TYPE mood SET SCHEMA api;
    ALTER TABLE public.logs SET SCHEMA public;
",
        );
    }
}
