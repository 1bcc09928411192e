//! A rule is made on an existing table.

use crate::{
    Check, Context, Finding, Step,
    action::ObjectKind,
    declare_rule,
    rules::blocking::altered::{created_on, enabled_on},
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE RULE` and `ENABLE RULE` on a table that this migration did not create.
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
    /// CREATE RULE users_keep AS ON DELETE TO users DO INSTEAD NOTHING;
    /// ```
    ///
    /// ## Safer way
    /// Make it together with the table. On an existing table, set a short `lock_timeout`, and keep everything else out
    /// of the migration, with the reason beside it.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE RULE users_keep AS ON DELETE TO users DO INSTEAD NOTHING;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static RULE_LOCKS = {
        name: "rule-locks",
        group: Blocking,
        summary: "a rule made on an existing table, which blocks reads and writes",
        level: Warning,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let made = created_on(context, step, ObjectKind::Rule);
    let Some(table) = made.or_else(|| enabled_on(context, step, ObjectKind::Rule)) else {
        return;
    };
    found.push(
        Finding::new(
            &RULE_LOCKS,
            step.span,
            format!(
                "reads and writes of `{table}` wait from this rule until the migration commits"
            ),
        )
        .label(format!(
            "takes ACCESS EXCLUSIVE on `{table}`, for a moment itself"
        ))
        .help("set a `lock_timeout`, and put nothing slow into the same migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE_LOCKS;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &RULE_LOCKS,
            "
    CREATE RULE users_keep AS ON DELETE TO users DO INSTEAD NOTHING;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait from this rule until the migration commits
    ALTER TABLE users ENABLE RULE users_keep;
--                    ^^^^^^^^^^^^^^^^^^^^^^ warning: reads and writes of `users` wait from this rule until the migration commits
",
        );
    }

    #[test]
    fn new_tables_and_views() {
        check(
            &RULE_LOCKS,
            "
    CREATE TABLE teams (id bigint);
    CREATE RULE teams_keep AS ON DELETE TO teams DO INSTEAD NOTHING;
    CREATE VIEW active AS SELECT 1;
    CREATE RULE users_keep AS ON DELETE TO active DO INSTEAD NOTHING;
",
        );
    }
}
