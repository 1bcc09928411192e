//! A column is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    catalog::Origin,
    declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP COLUMN` of a column that this migration did not add.
    ///
    /// ## Why is this bad?
    /// The values of the column are gone with the commit: only a backup brings them back. A version of the application
    /// that still runs fails at each query that names the column, and at each `INSERT`. Indexes and constraints over
    /// the column go with it, those over several columns too.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, phone text);
    /// -- file: 2_drop_phone.up.sql
    /// ALTER TABLE users DROP COLUMN phone;
    /// ```
    ///
    /// ## Safer way
    /// Release an application that neither reads nor writes the column (a column that is `NOT NULL` needs a default
    /// first), keep a copy of what may be needed again, and drop it afterwards, with the reason beside it.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, phone text);
    /// -- file: 2_drop_phone.up.sql
    /// -- rehearsal: allow(drop-column): no release since 41 reads or writes it
    /// ALTER TABLE users DROP COLUMN IF EXISTS phone;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The drop itself takes a moment, under `ACCESS EXCLUSIVE`: the bytes stay until the rows are written again.
    pub(crate) static DROP_COLUMN = {
        name: "drop-column",
        group: Destructive,
        summary: "a column and its values are dropped",
        level: Error,
        lock: AccessExclusive,
        loses: Column,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::DropColumn { name, cascade, .. } = &alter.clause else {
        return;
    };
    let table = &alter.table;
    let added_here = context
        .catalog
        .column(table, name)
        .is_some_and(|column| column.origin == Origin::Here);
    if added_here || !context.is_shared(table) {
        return;
    }
    let along = if *cascade {
        ", and `CASCADE` drops the views and foreign keys that use it"
    } else {
        ""
    };
    found.push(
        Finding::new(
            &DROP_COLUMN,
            step.span,
            format!("the value of `{name}` in every row of `{table}` is lost{along}"),
        )
        .label("the column is gone after the commit")
        .help("stop reading and writing the column first, and drop it in a later release"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_COLUMN;
    use crate::test_support::check;

    #[test]
    fn an_existing_column() {
        check(
            &DROP_COLUMN,
            "
    ALTER TABLE users
        DROP COLUMN IF EXISTS phone,
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the value of `phone` in every row of `users` is lost
        DROP fax CASCADE;
--      ^^^^^^^^^^^^^^^^ error: the value of `fax` in every row of `users` is lost, and `CASCADE` drops the views and foreign keys that use it
",
        );
    }

    #[test]
    fn what_the_migration_made_itself() {
        check(
            &DROP_COLUMN,
            "
    CREATE TABLE teams (id bigint, code text);
    ALTER TABLE teams DROP COLUMN code;
    ALTER TABLE users ADD COLUMN old_phone text;
    ALTER TABLE users DROP COLUMN old_phone;
    ALTER TABLE users DROP CONSTRAINT phone;
",
        );
    }
}
