//! A stored generated column is computed for every row.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, Generated},
    declare_rule,
    rules::blocking::altered::holds_up,
    work::Work,
};

declare_rule! {
    /// ## What it does
    /// Flags `ADD COLUMN … GENERATED ALWAYS AS (…) STORED`, and `SET EXPRESSION`, on a table with rows.
    ///
    /// ## Why is this bad?
    /// The expression is computed and stored for each row. The whole table and all its indexes are written anew while
    /// the statement holds `ACCESS EXCLUSIVE`: not even a `SELECT` gets through until that is over and the migration
    /// has committed, and the disk holds both copies meanwhile.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_lower_name.up.sql
    /// ALTER TABLE users ADD COLUMN lower_name text GENERATED ALWAYS AS (lower(name)) STORED;
    /// ```
    ///
    /// ## Safer way
    /// Index the expression itself, or compute it in a view. If it must be a column, add a plain one, let a trigger
    /// write it, and fill old rows in batches. On Postgres 18 a virtual column is computed when it is read.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_lower_name.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY users_lower_name_idx ON users (lower(name));
    /// ```
    ///
    /// ## PostgreSQL versions
    /// 12 and later; `SET EXPRESSION` is of 17. 18 has virtual columns, which rewrite nothing.
    pub(crate) static STORED_COLUMN_REWRITES = {
        name: "stored-column-rewrites",
        group: Blocking,
        summary: "a stored generated column that rewrites the table",
        level: Error,
        lock: AccessExclusive,
        work: Rewrite,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let column = match &alter.clause {
        AlterClause::AddColumn { column, .. }
            if matches!(column.generated, Some(Generated::Stored(_))) =>
        {
            &column.name
        }
        AlterClause::SetExpression(column) => column,
        _ => return,
    };
    let table = &alter.table;
    let works = context.works(step);
    let rewrites = works.iter().any(|toil| toil.work == Work::Rewrite);
    if !rewrites || !context.may_hold_rows(table) {
        return;
    }
    found.push(
        holds_up(
            &STORED_COLUMN_REWRITES,
            context,
            step,
            table,
            format!("while every row is rewritten to hold its `{column}`"),
        )
        .help("compute it in a view or an expression index, or keep a plain column up to date by a trigger"),
    );
}

#[cfg(test)]
mod tests {
    use super::STORED_COLUMN_REWRITES;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &STORED_COLUMN_REWRITES,
            "
    ALTER TABLE users ADD COLUMN lower_name text GENERATED ALWAYS AS (lower(name)) STORED;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to hold its `lower_name`
    ALTER TABLE users ALTER COLUMN lower_name SET EXPRESSION AS (lower(trim(name)));
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: reads and writes of `users` wait while every row is rewritten to hold its `lower_name`
",
        );
    }

    #[test]
    fn virtual_columns_and_new_tables() {
        check(
            &STORED_COLUMN_REWRITES,
            "
    ALTER TABLE users ADD COLUMN lower_name text GENERATED ALWAYS AS (lower(name)) VIRTUAL;
    ALTER TABLE users ALTER COLUMN lower_name SET EXPRESSION AS (lower(trim(name)));
    CREATE TABLE teams (name text);
    ALTER TABLE teams ADD lower_name text GENERATED ALWAYS AS (lower(name)) STORED;
",
        );
    }
}
