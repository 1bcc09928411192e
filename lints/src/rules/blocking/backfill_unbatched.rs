//! All rows of a table are changed at once.

use crate::{
    Check, Context, Finding, Step,
    action::Action,
    declare_rule,
    rules::{blocking::backfill_with_ddl, destructive::cascading},
};

declare_rule! {
    /// ## What it does
    /// Flags an `UPDATE` or `DELETE` over an existing table that no key and no range limits: one without `WHERE`, or whose
    /// `WHERE` only asks for nulls, truth values, inequality, or what another table does not have. An `UPDATE … FROM` other
    /// existing tables is one, too, where the `WHERE` only joins them. In a loop it is taken for a batch. Where the migration
    /// also alters a table in the same transaction, `backfill-with-ddl` says more.
    ///
    /// ## Why is this bad?
    /// Each row stays locked until the last one is done, and whoever changes one of them waits. The old versions of all
    /// rows stay on disk meanwhile, replicas fall behind, and after an error everything begins anew.
    ///
    /// ```sql,bad
    /// UPDATE users SET name = email WHERE name IS NULL;
    /// ```
    ///
    /// ## Safer way
    /// Change a range of keys at a time, and commit between the ranges: a job of the application, or a migration each.
    ///
    /// ```sql,good
    /// UPDATE users SET name = email WHERE name IS NULL AND id BETWEEN 1 AND 10000;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static BACKFILL_UNBATCHED = {
        name: "backfill-unbatched",
        group: Blocking,
        summary: "an `UPDATE` or `DELETE` over a whole existing table at once",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let (table, verb) = match &step.action {
        // The rows of a table of this migration may be a batch.
        Action::Update(update)
            if update.unbounded && update.reads.iter().all(|read| context.is_shared(read)) =>
        {
            (&update.table, "updated")
        }
        Action::Delete(delete) if delete.unbounded => (&delete.table, "deleted"),
        _ => return,
    };
    let batched = step.guard.conditional;
    let beside_ddl =
        || context.migration.shares_transaction() && backfill_with_ddl::altered(context).is_some();
    if batched || !context.is_shared(table) || beside_ddl() {
        return;
    }
    let along = match &step.action {
        Action::Delete(_) => cascading::note(context, table),
        _ => None,
    };
    found.push(
        Finding::new(
            &BACKFILL_UNBATCHED,
            step.span,
            format!("each row of `{table}` stays locked until the last one is {verb}"),
        )
        .label("no key and no range limits the rows")
        .notes(along)
        .help("change a range of keys at a time and commit in between, such as `AND id BETWEEN 1 AND 10000`"),
    );
}

#[cfg(test)]
mod tests {
    use super::BACKFILL_UNBATCHED;
    use crate::test_support::check;

    #[test]
    fn whole_tables() {
        check(
            &BACKFILL_UNBATCHED,
            "
    UPDATE users SET plan = 'free';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `users` stays locked until the last one is updated
    UPDATE users SET plan = 'free' WHERE plan IS NULL AND NOT deleted;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `users` stays locked until the last one is updated
    UPDATE users SET plan = 'free' WHERE plan <> 'free' OR plan IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `users` stays locked until the last one is updated
    UPDATE users SET plan = p.name FROM plans p WHERE p.id = users.plan_id;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `users` stays locked until the last one is updated
    UPDATE users SET n = x.n FROM (SELECT owner, count(*) n FROM logs GROUP BY owner) x WHERE x.owner = users.id;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `users` stays locked until the last one is updated
    DELETE FROM logs WHERE id NOT IN (SELECT min(id) FROM logs GROUP BY owner);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `logs` stays locked until the last one is deleted
    DELETE FROM logs WHERE NOT EXISTS (SELECT FROM users WHERE users.id = logs.owner);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `logs` stays locked until the last one is deleted
    DELETE FROM logs WHERE done = true;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `logs` stays locked until the last one is deleted
",
        );
    }

    #[test]
    fn ranges_batches_new_tables_and_what_cannot_be_known() {
        check(
            &BACKFILL_UNBATCHED,
            "
    UPDATE users SET plan = 'free' WHERE plan IS NULL AND id BETWEEN 1 AND 1000;
    UPDATE users SET plan = 'free' WHERE id = 7;
    UPDATE users SET plan = 'free' WHERE id > 7 AND id <= 9;
    DELETE FROM logs WHERE id IN (SELECT id FROM logs LIMIT 1000);
    DELETE FROM logs WHERE day < '2020-01-01';
    UPDATE users SET plan = p.name FROM plans p WHERE p.id = users.plan_id AND p.id < 100;
    UPDATE users SET plan = p.name FROM (VALUES (1, 'free')) p (id, name) WHERE p.id = users.plan_id;
    UPDATE users SET plan = p.name FROM (SELECT id, name FROM plans LIMIT 100) p WHERE p.id = users.plan_id;
    WITH batch AS (SELECT id FROM users LIMIT 100) UPDATE users SET plan = 'free' FROM batch WHERE batch.id = users.id;
    DELETE FROM logs USING old WHERE old.id = logs.id;
    DO $$ BEGIN
        LOOP
            UPDATE users SET plan = 'free' WHERE plan IS NULL;
            EXIT WHEN NOT FOUND;
        END LOOP;
    END $$;
    CREATE TABLE teams (id bigint, name text);
    UPDATE teams SET name = 'x';
    UPDATE users SET plan = teams.name FROM teams WHERE teams.id = users.team_id;
",
        );
    }

    #[test]
    fn beside_an_alteration() {
        check(
            &BACKFILL_UNBATCHED,
            "
    ALTER TABLE users ADD COLUMN plan text;
    UPDATE users SET plan = 'free' WHERE plan IS NULL;
-- file: 2_alone.up.sql
-- no-transaction
    ALTER TABLE users ADD COLUMN team text;
    COMMIT;
    UPDATE users SET team = 'a';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each row of `users` stays locked until the last one is updated
",
        );
    }
}
