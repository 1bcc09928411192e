//! A table or view gets another name.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind, RenamePart},
    declare_rule,
    name::ObjectName,
    rules::compatibility::old_name,
};

declare_rule! {
    /// ## What it does
    /// Flags `RENAME TO` of an existing table, view, materialized view or foreign table.
    ///
    /// ## Why is this bad?
    /// While a release goes out, old instances of the application run against the new schema. Each of their
    /// statements that names the table fails with `42P01` from the commit on, until the last old instance is
    /// gone; rolling the release back fails the same way.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users RENAME TO accounts;
    /// ```
    ///
    /// ## Safer way
    /// Provide the old name in the same migration with a view: a plain one takes `INSERT`, `UPDATE` and
    /// `DELETE`, too. Drop the view when nothing uses it any more.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users RENAME TO accounts;
    /// CREATE VIEW users AS SELECT * FROM accounts;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static RENAME_TABLE = {
        name: "rename-table",
        group: Compatibility,
        summary: "a table or view that the running application no longer finds",
        level: Error,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[
    ObjectKind::Table,
    ObjectKind::ForeignTable,
    ObjectKind::View,
    ObjectKind::MaterializedView,
];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Rename(rename) = &step.action else {
        return;
    };
    let name = &rename.object;
    // `ALTER TABLE` renames indexes and sequences as well; those are known by their kind only where a migration made them.
    let is_index = context.catalog.index(name).is_some();
    let is_sequence = context
        .catalog
        .relation(name)
        .is_some_and(|relation| relation.kind == ObjectKind::Sequence);
    if rename.part != RenamePart::Object
        || !KINDS.contains(&rename.kind)
        || is_index
        || is_sequence
        || !context.is_shared(name)
        || old_name::is_provided_again(context, name)
        || old_name::takes_a_freed_name(context, rename)
    {
        return;
    }
    found.push(
        Finding::new(
            &RENAME_TABLE,
            step.span,
            format!("the application that still runs asks for `{name}` and gets an error"),
        )
        .label(format!("`{name}` is gone, there is `{}` now", rename.to))
        .help(format!(
            "`CREATE VIEW {} AS SELECT * FROM {}` in the same migration, and drop it when nothing uses it",
            name.sql(),
            ObjectName::new(name.schema.clone(), rename.to.clone()).sql()
        )),
    );
}

#[cfg(test)]
mod tests {
    use super::RENAME_TABLE;
    use crate::test_support::check;

    #[test]
    fn existing_tables_and_views() {
        check(
            &RENAME_TABLE,
            "
    ALTER TABLE users RENAME TO accounts;
--                    ^^^^^^^^^^^^^^^^^^ error: the application that still runs asks for `users` and gets an error
    ALTER VIEW IF EXISTS active RENAME TO current;
--                              ^^^^^^^^^^^^^^^^^ error: the application that still runs asks for `active` and gets an error
",
        );
    }

    #[test]
    fn the_old_name_is_there_again() {
        check(
            &RENAME_TABLE,
            "
    ALTER TABLE users RENAME TO accounts;
    CREATE OR REPLACE VIEW users AS SELECT * FROM accounts;
    ALTER TABLE events RENAME TO events_old;
    ALTER TABLE events_new RENAME TO events;
",
        );
    }

    #[test]
    fn nobody_knows_the_old_name() {
        check(
            &RENAME_TABLE,
            "
    CREATE TABLE users (id bigint PRIMARY KEY);
    ALTER TABLE users RENAME TO accounts;
    ALTER INDEX users_pkey RENAME TO accounts_pkey;
    ALTER TABLE logs RENAME CONSTRAINT a TO b;
",
        );
    }
}
