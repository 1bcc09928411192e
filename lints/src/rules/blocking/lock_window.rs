//! Work goes on while a table is locked against everybody.

use crate::{
    Check, Context, Finding, LockMode, Step,
    action::{Action, AlterClause, AlterTable, ConstraintKind},
    declare_rule,
    lower::cursor::is_word,
    name::{ObjectName, listed},
    rules::blocking::{backfill_with_ddl::BACKFILL_WITH_DDL, narrow::is_narrow},
};

declare_rule! {
    /// ## What it does
    /// Flags the first statement that reads or writes rows behind one that took `ACCESS EXCLUSIVE` on an existing
    /// table, in the same transaction.
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
        summary: "slow work behind a lock that blocks reads and writes",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let locks = context.held.locks().iter();
    // Whoever waits for a table that is gone afterwards has more to worry about.
    let held: Vec<&ObjectName> = locks
        .filter(|lock| lock.mode == LockMode::AccessExclusive && !lock.dropped)
        .map(|lock| &lock.relation)
        .collect();
    // The first shows what the rest has in common; moving rows has a rule of its own, which says more.
    let is_said = || {
        found.iter().any(|finding| {
            std::ptr::eq(finding.rule, &LOCK_WINDOW)
                || std::ptr::eq(finding.rule, &BACKFILL_WITH_DDL) && finding.span == step.span
        })
    };
    if held.is_empty() || is_said() {
        return;
    }
    let Some(work) = slow_work(context, step) else {
        return;
    };
    let held = listed(held);
    found.push(
        Finding::new(
            &LOCK_WINDOW,
            step.span,
            format!("reads and writes of {held} wait through {work} too"),
        )
        .label(format!(
            "ACCESS EXCLUSIVE on {held} is held until the commit"
        ))
        .help("do this in a migration of its own, or before the statement that takes the lock"),
    );
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
        Action::Insert(insert) => (insert.reads.first()?, "a copy of rows"),
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
}
