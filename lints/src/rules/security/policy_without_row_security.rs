//! A policy that nothing asks.

use std::collections::HashSet;

use crate::{
    Check, Context, Finding,
    action::{Action, ObjectKind},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags the first `CREATE POLICY` on a table that the migrations make and for which none of them says
    /// `ENABLE ROW LEVEL SECURITY`.
    ///
    /// ## Why is this bad?
    /// Postgres keeps the policy and does not look at it: every role that may read the table sees all of its rows. The
    /// table looks protected and is not.
    ///
    /// ```sql,bad
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// ```
    ///
    /// ## Safer way
    /// Switch row security on where the table is made.
    ///
    /// ```sql,good
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static POLICY_WITHOUT_ROW_SECURITY = {
        name: "policy-without-row-security",
        group: Security,
        summary: "a policy on a table without row security",
        level: Error,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut said = HashSet::new();
    for step in &context.migration.steps {
        let Action::CreateObject(create) = &step.action else {
            continue;
        };
        let (ObjectKind::Policy, Some(table)) = (create.kind, &create.table) else {
            continue;
        };
        // One that no migration makes may have it from elsewhere.
        let known = context.catalog.relation(table);
        if !known.is_some_and(|known| known.keys_known)
            || context.ahead.is_secured(table.name())
            || !said.insert(context.catalog.key(table))
        {
            continue;
        }
        if said.len() == 1 && is_secured_unseen(context) {
            return;
        }
        found.push(
            Finding::new(
                &POLICY_WITHOUT_ROW_SECURITY,
                step.span,
                format!(
                    "`{table}` has no row security, so that this policy keeps nobody from any row"
                ),
            )
            .help(format!(
                "`ALTER TABLE {} ENABLE ROW LEVEL SECURITY`",
                table.sql()
            )),
        );
    }
}

/// Whether some text that is no `ALTER TABLE` speaks of row security: a function or a block may switch it on.
fn is_secured_unseen(context: &Context<'_>) -> bool {
    context.set.iter().any(|migration| {
        let altered: HashSet<usize> = migration
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::AlterTable(_)))
            .map(|step| step.statement)
            .collect();
        let mut others = migration.statements.iter().enumerate();
        others.any(|(index, statement)| {
            let text = migration.up.slice(statement.span);
            !altered.contains(&index) && text.to_ascii_lowercase().contains("row level security")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::POLICY_WITHOUT_ROW_SECURITY;
    use crate::test_support::check;

    #[test]
    fn a_table_of_the_set() {
        check(
            &POLICY_WITHOUT_ROW_SECURITY,
            "
-- file: 1_a.up.sql
    CREATE TABLE notes (id bigint, owner name);
    CREATE TABLE teams (id bigint, owner name);
    ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
-- file: 2_b.up.sql
    CREATE POLICY a ON notes USING (owner = current_user);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `notes` has no row security, so that this policy keeps nobody from any row
    CREATE POLICY b ON notes USING (id > 0);
    CREATE POLICY c ON teams USING (owner = current_user);
",
        );
    }

    #[test]
    fn switched_on_later_under_another_name_or_elsewhere() {
        check(
            &POLICY_WITHOUT_ROW_SECURITY,
            "
-- file: 1_a.up.sql
    CREATE TABLE notes (id bigint, owner name);
    CREATE TABLE teams (id bigint, owner name);
    CREATE POLICY a ON notes USING (owner = current_user);
    CREATE POLICY b ON legacy USING (owner = current_user);
    ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
    ALTER TABLE teams RENAME TO groups;
    CREATE POLICY c ON groups USING (owner = current_user);
-- file: 2_b.up.sql
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
",
        );
    }

    #[test]
    fn switched_on_by_a_block() {
        check(
            &POLICY_WITHOUT_ROW_SECURITY,
            "
    CREATE TABLE notes (id bigint, owner name);
    CREATE POLICY a ON notes USING (owner = current_user);
    DO $$ DECLARE t text; BEGIN
        FOREACH t IN ARRAY ARRAY['notes'] LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        END LOOP;
    END $$;
",
        );
    }
}
