//! A table is emptied by `TRUNCATE`.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags `TRUNCATE` of a table that this migration did not create.
    ///
    /// ## Why is this bad?
    /// Every row is gone with the commit, no row trigger sees it, and with `CASCADE` so is every row of the tables that
    /// reference it, which the statement does not name. Readers and writers wait for its `ACCESS EXCLUSIVE` lock.
    ///
    /// ```sql,bad
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY);
    /// -- file: 2_empty_sessions.up.sql
    /// TRUNCATE sessions;
    /// ```
    ///
    /// ## Safer way
    /// A migration changes the schema; delete rows with a job that can be stopped and repeated. If the table really is to
    /// be emptied on every environment, say why beside it.
    ///
    /// ```sql,good
    /// -- file: 1_sessions.up.sql
    /// CREATE TABLE sessions (id bigint PRIMARY KEY);
    /// -- file: 2_empty_sessions.up.sql
    /// -- rehearsal: allow(truncate-table): a cache that the application fills again
    /// TRUNCATE sessions;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static TRUNCATE_TABLE = {
        name: "truncate-table",
        group: Destructive,
        summary: "a table is emptied",
        level: Error,
        lock: AccessExclusive,
        loses: Rows,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::Truncate { table, cascade } = &step.action else {
        return;
    };
    if !context.is_shared(table) {
        return;
    }
    let along = if *cascade {
        ", and `CASCADE` empties every table that references it"
    } else {
        ""
    };
    found.push(
        Finding::new(
            &TRUNCATE_TABLE,
            step.span,
            format!("every row of `{table}` is lost{along}"),
        )
        .label(format!("takes ACCESS EXCLUSIVE on `{table}`"))
        .help("delete rows outside migrations, or say why the table is emptied everywhere"),
    );
}

#[cfg(test)]
mod tests {
    use super::TRUNCATE_TABLE;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &TRUNCATE_TABLE,
            "
    TRUNCATE users CASCADE;
--  ^^^^^^^^^^^^^^^^^^^^^^ error: every row of `users` is lost, and `CASCADE` empties every table that references it
    TRUNCATE TABLE ONLY app.logs;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: every row of `app.logs` is lost
",
        );
    }

    #[test]
    fn new_and_temporary_tables() {
        check(
            &TRUNCATE_TABLE,
            "
    CREATE TABLE teams (id bigint);
    CREATE TEMP TABLE staging (id bigint);
    TRUNCATE teams, staging;
",
        );
    }
}
