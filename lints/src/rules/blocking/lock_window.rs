//! Work goes on while a table is locked against everybody, or against whoever writes.

use crate::{
    Check, Context, Finding, LockMode, Step,
    action::{Action, AlterClause, AlterTable, ConstraintKind},
    catalog::Key,
    declare_rule,
    held::HeldLock,
    lock,
    lower::cursor::is_word,
    name::listed,
    rules::blocking::{backfill_with_ddl::BACKFILL_WITH_DDL, narrow::is_narrow},
};

declare_rule! {
    /// ## What it does
    /// Flags the first statement that reads or writes rows behind one that took `ACCESS EXCLUSIVE` on an existing
    /// table, in the same transaction, or a lock that makes writers wait: a foreign key, also of a new table, takes
    /// `SHARE ROW EXCLUSIVE` on the table that it refers to.
    ///
    /// ## Why is this bad?
    /// Locks are held until the commit. A statement that takes a moment itself keeps everybody out for as long as the
    /// slowest statement behind it runs.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// CREATE TABLE orders (id bigint PRIMARY KEY, day date);
    /// -- file: 2_both.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// CREATE INDEX orders_day_idx ON orders (day);
    /// ```
    ///
    /// ## Safer way
    /// Give slow work a migration of its own. Where it must be one, put the statement with the strongest lock last.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// CREATE TABLE orders (id bigint PRIMARY KEY, day date);
    /// -- file: 2_email.up.sql
    /// ALTER TABLE users ADD COLUMN email text;
    /// -- file: 3_index.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY orders_day_idx ON orders (day);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static LOCK_WINDOW = {
        name: "lock-window",
        group: Blocking,
        summary: "slow work behind a lock that blocks reads and writes, or writes alone",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    if context.held.locks().is_empty() {
        return;
    }
    let Some(work) = slow_work(context, step) else {
        return;
    };
    // The first shows what the rest has in common; moving rows has a rule of its own, which says more.
    let is_said = found.iter().any(|finding| {
        std::ptr::eq(finding.rule, &LOCK_WINDOW)
            || std::ptr::eq(finding.rule, &BACKFILL_WITH_DDL) && finding.span == step.span
    });
    if is_said {
        return;
    }
    let held = held(context, step);
    let Some(strongest) = held.iter().map(|lock| lock.mode).max() else {
        return;
    };
    let blocked = strongest.blocks();
    let tables = listed(held.iter().map(|lock| &lock.relation));
    let label = match held.iter().all(|lock| lock.mode == strongest) {
        true => format!("{strongest} on {tables} is held until the commit"),
        false => format!("{strongest} and weaker locks on {tables} are held until the commit"),
    };
    found.push(
        Finding::new(
            &LOCK_WINDOW,
            step.span,
            format!("{blocked} of {tables} wait through {work} too"),
        )
        .label(label)
        .help("do this in a migration of its own, or before the statement that takes the lock"),
    );
}

/// The locks that keep everybody out, or where there are none, those that keep writers out.
fn held<'a>(context: &Context<'a>, step: &Step) -> Vec<&'a HeldLock> {
    let locks = context.held.locks().iter();
    // Whoever waits for a table that is gone afterwards has more to worry about.
    let locks: Vec<&HeldLock> = locks.filter(|lock| !lock.dropped).collect();
    let all = |lock: &&HeldLock| lock.mode == LockMode::AccessExclusive;
    if locks.iter().any(all) {
        return locks.into_iter().filter(all).collect();
    }
    // `validate-in-same-transaction` says that of its own table and of the one that it refers to.
    if let Action::AlterTable(alter) = &step.action
        && let AlterClause::ValidateConstraint(_) = alter.clause
    {
        return Vec::new();
    }
    // Whoever writes to a table that the work itself locks as much waits for the work anyway.
    let catalog = context.catalog;
    let own = lock::locks(&step.action, catalog).into_iter();
    let own: Vec<Key> = own
        .filter(|(_, mode)| *mode >= LockMode::Share)
        .map(|(relation, _)| catalog.key(&relation))
        .collect();
    let writers = |lock: &&HeldLock| {
        lock.mode >= LockMode::Share && !own.contains(&catalog.key(&lock.relation))
    };
    locks.into_iter().filter(writers).collect()
}

/// What a step does that takes longer the more rows there are.
fn slow_work(context: &Context<'_>, step: &Step) -> Option<&'static str> {
    let (table, work) = match &step.action {
        Action::CreateIndex(create) if !create.concurrently && !create.only => {
            (&create.table, "an index build")
        }
        Action::Update(update) if !is_narrow(context, &update.table, update.filter.as_ref()) => {
            (&update.table, "an update of rows")
        }
        Action::Delete(delete) if !is_narrow(context, &delete.table, delete.filter.as_ref()) => {
            (&delete.table, "a deletion of rows")
        }
        Action::Merge { table } => (table, "a merge of rows"),
        Action::Insert(insert) => {
            let mut reads = insert.reads.iter();
            let read = reads.find(|read| context.is_shared(read))?;
            (read, "a copy of rows")
        }
        Action::Refresh {
            name,
            no_data: false,
            ..
        } => (name, "a refresh"),
        Action::Query { .. } => {
            let tokens = &context.statement(step).tokens;
            let reads = tokens.iter().any(|token| is_word(&token.token, "from"));
            return reads.then_some("a query");
        }
        Action::AlterTable(alter) => (&alter.table, alteration(alter)?),
        _ => return None,
    };
    context.is_shared(table).then_some(work)
}

/// Clauses that depend on the old type or on nulls have rules of their own.
fn alteration(alter: &AlterTable) -> Option<&'static str> {
    match &alter.clause {
        AlterClause::ValidateConstraint(_) => Some("a validation"),
        AlterClause::SetLogged | AlterClause::SetAccessMethod | AlterClause::SetTablespace => {
            Some("a copy of the table")
        }
        AlterClause::AddConstraint(constraint) if !constraint.not_valid => match &constraint.kind {
            ConstraintKind::PrimaryKey {
                using_index: None, ..
            }
            | ConstraintKind::Unique {
                using_index: None, ..
            }
            | ConstraintKind::Exclude => Some("an index build"),
            ConstraintKind::Check(_) | ConstraintKind::ForeignKey { .. } => {
                Some("a check of all rows")
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::LOCK_WINDOW;
    use crate::test_support::check;

    #[test]
    fn slow_work_behind_the_lock() {
        check(
            &LOCK_WINDOW,
            "
    ALTER TABLE users ADD COLUMN email text;
    CREATE INDEX orders_day ON orders (day);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait through an index build too
    DELETE FROM orders WHERE day < '2020-01-01';
-- file: 2_b.up.sql
    ALTER TABLE users DROP COLUMN phone;
    SELECT count(*) FROM users;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait through a query too
",
        );
    }

    #[test]
    fn constant_time_work_earlier_work_and_new_tables() {
        check(
            &LOCK_WINDOW,
            "
    CREATE INDEX orders_day ON orders (day);
    ALTER TABLE users ADD COLUMN email text;
    ALTER TABLE users ALTER email SET DEFAULT '';
    CREATE TABLE teams (id bigint);
    CREATE INDEX teams_id ON teams (id);
    INSERT INTO settings VALUES ('version', '2');
    UPDATE settings SET value = '2' WHERE key = 'version';
    SELECT setval('ids', 5);
",
        );
    }

    #[test]
    fn writers_wait_for_what_stands_behind_a_foreign_key() {
        check(
            &LOCK_WINDOW,
            "
-- file: 1_feed.up.sql
    CREATE TABLE feed (post_id bigint PRIMARY KEY REFERENCES posts (id), body text);
    INSERT INTO feed VALUES (1, 'first');
    INSERT INTO feed SELECT id, body FROM posts;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: writes of `posts` wait through a copy of rows too
-- file: 2_trigger.up.sql
    CREATE TRIGGER fill BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION fill();
    UPDATE posts SET body = '' WHERE body IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: writes of `posts` wait through an update of rows too
-- file: 3_both.up.sql
    CREATE TABLE likes (post_id bigint REFERENCES posts);
    ALTER TABLE users ADD COLUMN likes int;
    CREATE INDEX posts_day ON posts (day);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait through an index build too
",
        );
    }

    #[test]
    fn writers_who_wait_anyway_or_not_at_all() {
        check(
            &LOCK_WINDOW,
            "
-- file: 1_index.up.sql
    CREATE INDEX posts_day ON posts (day);
    CREATE INDEX posts_body ON posts (body);
-- file: 2_new.up.sql
    CREATE TABLE tags (id bigint PRIMARY KEY);
    CREATE TABLE tagged (tag_id bigint REFERENCES tags);
    INSERT INTO tagged SELECT id FROM posts;
-- file: 3_validate.up.sql
    ALTER TABLE posts ADD CONSTRAINT k FOREIGN KEY (user_id) REFERENCES users NOT VALID;
    ALTER TABLE posts VALIDATE CONSTRAINT k;
-- file: 4_committed.up.sql
    CREATE TABLE feed (post_id bigint REFERENCES posts);
    COMMIT;
    INSERT INTO feed SELECT id FROM posts;
",
        );
    }
}
