//! A constraint is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    outline::Property,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP CONSTRAINT` that the same migration does not replace by one of the same name.
    ///
    /// ## Why is this bad?
    /// What the constraint kept true is no longer kept: duplicates, dangling references and bad values come in from
    /// the commit on, and stop the constraint from being added again. With a primary key or unique constraint its
    /// index goes too.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, age int CONSTRAINT users_age_check CHECK (age > 0));
    /// -- file: 2_drop_check.up.sql
    /// ALTER TABLE users DROP CONSTRAINT users_age_check;
    /// ```
    ///
    /// ## Safer way
    /// To change a constraint, add the new one as `NOT VALID` beside the old one, validate it, then drop the old one;
    /// or replace it under the same name in one migration.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, age int CONSTRAINT users_age_check CHECK (age > 0));
    /// -- file: 2_change_check.up.sql
    /// ALTER TABLE users DROP CONSTRAINT IF EXISTS users_age_check;
    /// ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 17) NOT VALID;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. The drop takes `ACCESS EXCLUSIVE` on the table, for a foreign key on the referenced table too.
    pub(crate) static DROP_CONSTRAINT = {
        name: "drop-constraint",
        group: Destructive,
        summary: "a constraint is dropped and not replaced",
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
    let AlterClause::DropConstraint { name, cascade, .. } = &alter.clause else {
        return;
    };
    let table = &alter.table;
    let again = context.is_given_after(table, Property::Constraint, name);
    if again || !context.is_shared(table) {
        return;
    }
    let along = if *cascade {
        ", and `CASCADE` drops the foreign keys that rely on it"
    } else {
        ""
    };
    found.push(
        Finding::new(
            &DROP_CONSTRAINT,
            step.span,
            format!("rows that `{name}` kept out of `{table}` come in from now on{along}"),
        )
        .label("not added again in this file")
        .help("add the constraint that replaces it in the same migration"),
    );
}

#[cfg(test)]
mod tests {
    use super::DROP_CONSTRAINT;
    use crate::test_support::check;

    #[test]
    fn an_existing_table() {
        check(
            &DROP_CONSTRAINT,
            "
    ALTER TABLE users DROP CONSTRAINT users_age_check;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that `users_age_check` kept out of `users` come in from now on
    ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that `users_pkey` kept out of `users` come in from now on, and `CASCADE` drops the foreign keys that rely on it
",
        );
    }

    #[test]
    fn replaced_ones_and_new_tables() {
        check(
            &DROP_CONSTRAINT,
            "
    ALTER TABLE users DROP CONSTRAINT IF EXISTS users_age_check, ADD CONSTRAINT users_age_check CHECK (age > 17) NOT VALID;
    CREATE TABLE teams (id bigint, CONSTRAINT teams_check CHECK (id > 0));
    ALTER TABLE teams DROP CONSTRAINT teams_check;
",
        );
    }
}
