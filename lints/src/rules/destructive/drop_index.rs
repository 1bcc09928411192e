//! An index is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    name::ObjectName,
    rules::destructive::dropped,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP INDEX` of one that the same migration neither made nor makes again.
    ///
    /// ## Why is this bad?
    /// A query that used the index reads the whole table from the commit on. A unique index also kept duplicates out,
    /// and rows that come in meanwhile stop it from being built again.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE INDEX users_name_idx ON users (name);
    /// -- file: 2_drop_index.up.sql
    /// DROP INDEX users_name_idx;
    /// ```
    ///
    /// ## Safer way
    /// See in `pg_stat_user_indexes` that nothing has used it for weeks, on replicas too. To replace it, build the
    /// new one first.
    ///
    /// ```sql,good
    /// -- no-transaction
    /// -- rehearsal: allow(drop-index): idx_scan has been 0 on all servers for a month
    /// DROP INDEX CONCURRENTLY IF EXISTS users_name_idx;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_INDEX = {
        name: "drop-index",
        group: Destructive,
        summary: "an index is dropped and not made again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Index];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::replaced(context, step, KINDS) else {
        return;
    };
    if drop.if_exists && is_made_next(context, &drop.name) {
        return;
    }
    let name = &drop.name;
    let along = dropped::along(drop, "drops what depends on it");
    let is_unique = context
        .catalog
        .index(name)
        .is_some_and(|index| index.unique);
    let (message, help) = match is_unique {
        true => (
            format!(
                "nothing keeps rows apart as unique index `{name}` did, and `ON CONFLICT` on its columns fails{along}"
            ),
            "release an application that needs neither first",
        ),
        false => (
            format!("queries that index `{name}` made fast may become slow{along}"),
            "look at `pg_stat_user_indexes.idx_scan` on every replica first",
        ),
    };
    found.push(
        Finding::new(&DROP_INDEX, step.span, message)
            .label("not made again in this file")
            .help(help),
    );
}

/// Whether the next migration begins by making it: the drop is there for what a concurrent build that failed has left.
fn is_made_next(context: &Context<'_>, index: &ObjectName) -> bool {
    let own = context.migration.version;
    let migrations = context.set.as_slice();
    let next = migrations.partition_point(|migration| migration.version <= own);
    let first = migrations.get(next).and_then(|next| next.steps.first());
    matches!(first.map(|step| &step.action), Some(Action::CreateIndex(create))
        if create.name.as_ref() == Some(&index.ident) && create.table.schema == index.schema)
}

#[cfg(test)]
mod tests {
    use super::DROP_INDEX;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_INDEX,
            "
    DROP INDEX users_name_idx;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_name_idx` made fast may become slow
",
        );
    }

    #[test]
    fn a_unique_one() {
        check(
            &DROP_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text);
    CREATE UNIQUE INDEX users_mail_key ON users (mail);
-- file: 2_b.up.sql
    DROP INDEX users_mail_key;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing keeps rows apart as unique index `users_mail_key` did, and `ON CONFLICT` on its columns fails
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_INDEX,
            "
    DROP INDEX IF EXISTS users_name_idx;
    CREATE INDEX users_name_idx ON users (lower(name));
",
        );
    }
}
