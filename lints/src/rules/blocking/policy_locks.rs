//! A policy is made on an existing table.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterObjectClause, ObjectKind},
    declare_rule,
    name::ObjectName,
    rules::blocking::altered::created_on,
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE POLICY` and `ALTER POLICY` on a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// The statement takes `ACCESS EXCLUSIVE` on the table. It is quick itself, but it first waits for every running
    /// query of the table. Everybody who comes later queues behind it, and the lock is kept until the migration has
    /// committed.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_new.up.sql
    /// CREATE POLICY users_own ON users USING (name = current_user);
    /// ```
    ///
    /// ## Safer way
    /// Make it together with the table. On an existing table, set a short `lock_timeout`, and keep everything else out
    /// of the migration, with the reason beside it.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE POLICY users_own ON users USING (name = current_user);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static POLICY_LOCKS = {
        name: "policy-locks",
        group: Blocking,
        summary: "a policy made or changed on an existing table, which blocks reads and writes",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let made = created_on(context, step, ObjectKind::Policy);
    let Some(table) = made.or_else(|| changed_on(context, step)) else {
        return;
    };
    found.push(
        Finding::new(
            &POLICY_LOCKS,
            step.span,
            format!(
                "reads and writes of `{table}` wait from this policy until the migration commits"
            ),
        )
        .label(format!(
            "takes ACCESS EXCLUSIVE on `{table}`, for a moment itself"
        ))
        .help("set a `lock_timeout`, and put nothing slow into the same migration"),
    );
}

/// The table of a policy that gets other roles or conditions, if somebody may wait for a lock on it.
fn changed_on<'a>(context: &Context<'_>, step: &'a Step) -> Option<&'a ObjectName> {
    let Action::AlterObject(alter) = &step.action else {
        return None;
    };
    let changes =
        alter.kind == ObjectKind::Policy && matches!(alter.clause, AlterObjectClause::Other);
    let table = alter.table.as_ref().filter(|_| changes)?;
    context.is_shared(table).then_some(table)
}

#[cfg(test)]
mod tests {
    use super::POLICY_LOCKS;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &POLICY_LOCKS,
            "
    CREATE POLICY users_own ON users USING (name = current_user);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait from this policy until the migration commits
    ALTER POLICY users_own ON users USING (id > 0);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait from this policy until the migration commits
",
        );
    }

    #[test]
    fn new_tables_and_views() {
        check(
            &POLICY_LOCKS,
            "
    CREATE TABLE teams (id bigint);
    CREATE POLICY teams_own ON teams USING (id > 0);
    ALTER POLICY teams_own ON teams USING (id > 1);
    CREATE VIEW active AS SELECT 1;
    CREATE POLICY users_own ON active USING (name = current_user);
",
        );
    }
}
