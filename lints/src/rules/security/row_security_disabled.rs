//! Row security ends.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, RowSecurity},
    declare_rule,
    outline::Property,
};

declare_rule! {
    /// ## What it does
    /// Flags `DISABLE ROW LEVEL SECURITY` on an existing table that the migration does not enable again.
    ///
    /// ## Why is this bad?
    /// Every policy of the table is void from the commit on: each role that may read the table reads all of
    /// its rows, those of other tenants included. Nothing fails, so nobody notices.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// -- file: 2_change.up.sql
    /// ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
    /// ```
    ///
    /// ## Safer way
    /// Change the policies. For a backfill, run as the table's owner, whom row security does not concern.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// -- file: 2_change.up.sql
    /// CREATE POLICY team_rows ON notes USING (owner = current_user);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ROW_SECURITY_DISABLED = {
        name: "row-security-disabled",
        group: Security,
        summary: "a table whose policies no longer apply",
        level: Error,
        lock: AccessExclusive,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let table = &alter.table;
    let AlterClause::RowSecurity(RowSecurity::Disable) = alter.clause else {
        return;
    };
    let again = context
        .outline
        .is_given_after(context.index, table, Property::RowSecurity, "");
    if again || !context.is_shared(table) {
        return;
    }
    found.push(
        Finding::new(
            &ROW_SECURITY_DISABLED,
            step.span,
            format!("whoever may read `{table}` reads all of its rows from now on"),
        )
        .label("its policies are void")
        .help("change the policies instead"),
    );
}

#[cfg(test)]
mod tests {
    use super::ROW_SECURITY_DISABLED;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &ROW_SECURITY_DISABLED,
            "
    ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: whoever may read `notes` reads all of its rows from now on
",
        );
    }

    #[test]
    fn enabled_again_or_new() {
        check(
            &ROW_SECURITY_DISABLED,
            "
    ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams DISABLE ROW LEVEL SECURITY;
    ALTER TABLE other NO FORCE ROW LEVEL SECURITY;
",
        );
    }
}
