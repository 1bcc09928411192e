//! A primary key builds its index while everybody waits.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ConstraintKind},
    declare_rule,
    rules::blocking::altered::{added_constraints, holds_up},
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD PRIMARY KEY` without `USING INDEX` on a table with rows, also with a new column.
    ///
    /// ## Why is this bad?
    /// The index is built while the statement holds `ACCESS EXCLUSIVE`: not even a `SELECT` gets through until the last
    /// row is indexed and the migration has committed. The columns must be `NOT NULL`, too, which takes a scan of its
    /// own. One duplicate fails it all.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint NOT NULL, name text);
    /// -- file: 2_key.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY (id);
    /// ```
    ///
    /// ## Safer way
    /// Build a unique index concurrently, alone in a migration that runs outside a transaction. The constraint then
    /// takes it over at once.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint NOT NULL, name text);
    /// -- file: 2_index.up.sql
    /// -- no-transaction
    /// CREATE UNIQUE INDEX CONCURRENTLY users_key ON users (id);
    /// -- file: 3_key.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY USING INDEX users_key;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Partitioned tables refuse `USING INDEX`.
    pub(crate) static PRIMARY_KEY_BUILDS_INDEX = {
        name: "primary-key-builds-index",
        group: Blocking,
        summary: "a primary key that builds its index while it blocks reads and writes",
        level: Error,
        lock: AccessExclusive,
        work: Build,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let table = &alter.table;
    let builds = added_constraints(alter).iter().any(|constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey {
                using_index: None,
                ..
            }
        )
    });
    if !builds || !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &PRIMARY_KEY_BUILDS_INDEX,
            context,
            step,
            table,
            "until the index of this `PRIMARY KEY` is built: a scan of the whole table",
        )
        .help("build a unique index `CONCURRENTLY` first, then `ADD CONSTRAINT … PRIMARY KEY USING INDEX`"),
    );
}

#[cfg(test)]
mod tests {
    use super::PRIMARY_KEY_BUILDS_INDEX;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &PRIMARY_KEY_BUILDS_INDEX,
            "
    ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY (name);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait until the index of this `PRIMARY KEY` is built: a scan of the whole table
    ALTER TABLE users ADD COLUMN key bigint PRIMARY KEY;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait until the index of this `PRIMARY KEY` is built: a scan of the whole table
",
        );
    }

    #[test]
    fn an_index_that_is_there_and_new_tables() {
        check(
            &PRIMARY_KEY_BUILDS_INDEX,
            "
    ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY USING INDEX users_name_idx;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD PRIMARY KEY (id);
",
        );
    }
}
