//! Row security begins on a table that is in use.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, RowSecurity},
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `ENABLE` and `FORCE ROW LEVEL SECURITY` on an existing table.
    ///
    /// ## Why is this bad?
    /// From the commit on, a role sees and writes only what a policy lets through, and without any policy
    /// nothing at all: queries of the application that still runs come back empty instead of failing. The
    /// owner, superusers and roles with `BYPASSRLS` are exempt, and the owner no longer with `FORCE`, so that
    /// it shows only in production.
    ///
    /// ```sql,bad
    /// -- file: 1_notes.up.sql
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// -- file: 2_security.up.sql
    /// ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    /// ```
    ///
    /// ## Safer way
    /// Create the policies in an earlier migration, where they do nothing yet, and try them with the
    /// application's own role. Then enable row security, and say in a suppression that you did.
    ///
    /// ```sql,good
    /// CREATE TABLE notes (id bigint PRIMARY KEY, owner name);
    /// CREATE POLICY own_rows ON notes USING (owner = current_user);
    /// ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static ENABLE_ROW_LEVEL_SECURITY = {
        name: "enable-row-level-security",
        group: Compatibility,
        summary: "row security that hides rows from the running application",
        level: Warning,
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
    let message = match alter.clause {
        _ if !context.is_shared(table) => return,
        AlterClause::RowSecurity(RowSecurity::Enable) => {
            format!(
                "the application that still runs sees only rows of `{table}` that a policy lets through"
            )
        }
        AlterClause::RowSecurity(RowSecurity::Force) => {
            format!("the owner of `{table}`, too, sees only rows that a policy lets through")
        }
        _ => return,
    };
    found.push(
        Finding::new(&ENABLE_ROW_LEVEL_SECURITY, step.span, message)
            .help("create the policies first, and try them with the application's role"),
    );
}

#[cfg(test)]
mod tests {
    use super::ENABLE_ROW_LEVEL_SECURITY;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &ENABLE_ROW_LEVEL_SECURITY,
            "
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the application that still runs sees only rows of `notes` that a policy lets through
--                                               ^^^^^^^^^^^^^^^^^^^^^^^^ warning: the owner of `notes`, too, sees only rows that a policy lets through
",
        );
    }

    #[test]
    fn new_tables() {
        check(
            &ENABLE_ROW_LEVEL_SECURITY,
            "
    CREATE TABLE notes (id bigint PRIMARY KEY);
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    ALTER TABLE other NO FORCE ROW LEVEL SECURITY;
",
        );
    }
}
