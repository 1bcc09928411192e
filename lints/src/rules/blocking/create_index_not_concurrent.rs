//! An index is built while writers wait.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule, rules::own_migration};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE INDEX` without `CONCURRENTLY` on a table that this migration did not create, or has filled.
    ///
    /// ## Why is this bad?
    /// The build holds a `SHARE` lock. Reads go on, but every `INSERT`, `UPDATE` and `DELETE` on the table waits until
    /// the last row is indexed and the migration has committed.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_index.up.sql
    /// CREATE INDEX users_name_idx ON users (name);
    /// ```
    ///
    /// ## Safer way
    /// Build the index concurrently, alone in a migration that runs outside a transaction. A build that fails leaves an
    /// `INVALID` index behind: drop that, then try again.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_index.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY users_name_idx ON users (name);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. A partitioned table refuses `CONCURRENTLY`: create the index `ON ONLY` the parent, build one concurrently
    /// on each partition, and attach them.
    pub(crate) static CREATE_INDEX_NOT_CONCURRENT = {
        name: "create-index-not-concurrent",
        group: Blocking,
        summary: "an index build that blocks writes",
        level: Error,
        lock: Share,
        work: Build,
        refused: ["0A000", "25001"],
        fix: Both,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const PARTITIONED_HELP: &str = "create it `ON ONLY` the parent, build one `CONCURRENTLY` on each partition, and attach them by \
                                `ALTER INDEX … ATTACH PARTITION`";

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateIndex(create) = &step.action else {
        return;
    };
    let table = &create.table;
    let partitioned = context.catalog.is_partitioned(table);
    if create.concurrently && partitioned {
        found.push(
            Finding::new(
                &CREATE_INDEX_NOT_CONCURRENT,
                step.span,
                format!("the migration fails: Postgres refuses `CONCURRENTLY` on `{table}`, which is partitioned"),
            )
            .label("cannot create index on partitioned table concurrently")
            .help(PARTITIONED_HELP),
        );
        return;
    }
    // ON ONLY a partitioned table makes an index without entries.
    if create.concurrently || create.only || !context.may_hold_rows(table) {
        return;
    }
    let message = if context.catalog.is_new(table) {
        format!("this migration commits only after a scan of the rows that it put into `{table}`")
    } else {
        format!("writes to `{table}` wait until the index is built: a scan of the whole table")
    };
    let help = if partitioned {
        PARTITIONED_HELP.to_owned()
    } else if context.catalog.is_new(table) {
        "create the table in one migration, and fill it after the deployment".to_owned()
    } else {
        format!("build it `CONCURRENTLY`, {}", context.alone())
    };
    let finding = Finding::new(&CREATE_INDEX_NOT_CONCURRENT, step.span, message)
        .label(format!("takes SHARE on `{table}`"))
        .help(help);
    found.push(if context.catalog.is_new(table) {
        finding
    } else {
        own_migration::build(finding, context, step, create)
    });
}

#[cfg(test)]
mod tests {
    use super::CREATE_INDEX_NOT_CONCURRENT;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &CREATE_INDEX_NOT_CONCURRENT,
            "
    CREATE INDEX users_name_idx ON users (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `users` wait until the index is built: a scan of the whole table
    CREATE INDEX ON ONLY measurements (taken_at);
",
        );
    }

    #[test]
    fn a_partitioned_table() {
        check(
            &CREATE_INDEX_NOT_CONCURRENT,
            "
-- file: 1_events.up.sql
    CREATE TABLE events (at date) PARTITION BY RANGE (at);
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- file: 2_index.up.sql
-- no-transaction
    CREATE INDEX CONCURRENTLY IF NOT EXISTS events_at_idx ON events (at);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `CONCURRENTLY` on `events`, which is partitioned
-- file: 3_index.up.sql
    CREATE INDEX CONCURRENTLY events_at_idx ON ONLY events (at);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the migration fails: Postgres refuses `CONCURRENTLY` on `events`, which is partitioned
-- file: 4_partition.up.sql
-- no-transaction
    CREATE INDEX CONCURRENTLY events_2026_at_idx ON events_2026 (at);
",
        );
    }

    #[test]
    fn without_a_transaction_it_is_fixed() {
        check(
            &CREATE_INDEX_NOT_CONCURRENT,
            "
-- no-transaction
    CREATE UNIQUE INDEX users_name_idx ON app.users (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `app.users` wait until the index is built: a scan of the whole table
",
        );
    }

    #[test]
    fn new_and_temporary_tables() {
        check(
            &CREATE_INDEX_NOT_CONCURRENT,
            "
    CREATE TABLE teams (id bigint, name text);
    ALTER TABLE public.teams RENAME TO groups;
    CREATE INDEX groups_name_idx ON groups (name);
    INSERT INTO groups VALUES (1, 'admins');
    CREATE INDEX groups_id_idx ON groups (id);
    CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
    CREATE UNIQUE INDEX totals_id ON totals (id);
    CREATE TEMP TABLE staging AS SELECT * FROM users;
    CREATE INDEX ON staging (id);
",
        );
    }

    #[test]
    fn a_table_that_was_emptied_until_it_is_filled() {
        check(
            &CREATE_INDEX_NOT_CONCURRENT,
            "
    CREATE TABLE logs (at date, note text);
-- file: 2_b.up.sql
    TRUNCATE logs;
    CREATE INDEX logs_at_idx ON logs (at);
    INSERT INTO logs (note) SELECT name FROM users;
    CREATE INDEX logs_note_idx ON logs (note);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `logs` wait until the index is built: a scan of the whole table
-- file: 3_c.up.sql
    CREATE INDEX logs_both_idx ON logs (at, note);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `logs` wait until the index is built: a scan of the whole table
",
        );
    }

    #[test]
    fn a_new_table_that_was_filled() {
        check(
            &CREATE_INDEX_NOT_CONCURRENT,
            "
    CREATE TABLE teams AS SELECT * FROM users;
    CREATE INDEX teams_name_idx ON teams (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this migration commits only after a scan of the rows that it put into `teams`
",
        );
    }
}
