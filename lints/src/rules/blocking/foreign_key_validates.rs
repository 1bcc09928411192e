//! A foreign key is checked for every row while writers of both tables wait.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, Constraint, ConstraintKind},
    declare_rule,
    name::{ObjectName, listed},
    rules::blocking::validation,
    work::holds_values,
};

declare_rule! {
    /// ## What it does
    /// Flags a foreign key that is added without `NOT VALID` to a table with rows: as a constraint, or with a new
    /// column that has a default. A new column without a default that brings its own foreign key is silent: Postgres
    /// knows that its nulls need no check. It does not know so of a foreign key that is added in another clause.
    ///
    /// ## Why is this bad?
    /// Postgres looks up every row of the table in the referenced one while it holds `SHARE ROW EXCLUSIVE` on both:
    /// every `INSERT`, `UPDATE` and `DELETE` on either waits for the scan, and for the rest of the migration. One
    /// dangling row fails it all.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
    /// -- file: 2_key.up.sql
    /// ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users;
    /// ```
    ///
    /// ## Safer way
    /// Add it `NOT VALID`: new rows are checked from then on, old ones are not looked at. Validate it in a later
    /// migration, which blocks nobody.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
    /// -- file: 2_key.up.sql
    /// ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;
    /// -- file: 3_validate.up.sql
    /// ALTER TABLE orders VALIDATE CONSTRAINT orders_user_fkey;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Before 18, partitioned tables refuse `NOT VALID` foreign keys: add them to each partition.
    pub(crate) static FOREIGN_KEY_VALIDATES = {
        name: "foreign-key-validates",
        group: Blocking,
        summary: "a foreign key that scans while it blocks writes to two tables",
        level: Error,
        lock: ShareRowExclusive,
        work: Scan,
        fix: Unsafely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let table = &alter.table;
    let (constraint, inline) = match &alter.clause {
        AlterClause::AddConstraint(constraint) => (constraint, false),
        // A new column without a value is all null: Postgres skips the scan.
        AlterClause::AddColumn { column, .. } if holds_values(column) => {
            let key = column
                .constraints
                .iter()
                .find(|constraint| is_foreign_key(constraint));
            let Some(constraint) = key else {
                return;
            };
            (constraint, true)
        }
        _ => return,
    };
    let ConstraintKind::ForeignKey { references, .. } = &constraint.kind else {
        return;
    };
    if constraint.not_valid || constraint.not_enforced || !context.may_hold_rows(table) {
        return;
    }
    // Nobody waits for a table that this migration has made.
    let shared = [table, references].into_iter();
    let shared: Vec<&ObjectName> = shared.filter(|name| context.is_shared(name)).collect();
    let (waits, takes) = match shared.is_empty() {
        true => (context.waits("writes to", table), format!("`{table}`")),
        false => {
            let shared = listed(shared);
            (format!("writes to {shared} wait"), shared)
        }
    };
    let finding = Finding::new(
        &FOREIGN_KEY_VALIDATES,
        step.span,
        format!("{waits} until every row of `{table}` is checked"),
    )
    .label(format!("takes SHARE ROW EXCLUSIVE on {takes}"))
    .help("add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a later migration");
    let partitioned = context.catalog.is_partitioned(table);
    // Before Postgres 18 a partitioned table refuses NOT VALID.
    let refused = partitioned && context.settings.postgres < 18;
    found.push(if inline || refused {
        finding
    } else {
        validation::later(finding, context, alter, constraint)
    });
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::ForeignKey { .. })
}

#[cfg(test)]
mod tests {
    use super::FOREIGN_KEY_VALIDATES;
    use crate::test_support::check;

    #[test]
    fn existing_tables() {
        check(
            &FOREIGN_KEY_VALIDATES,
            "
    ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users;
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `orders` and `users` wait until every row of `orders` is checked
    ALTER TABLE users ADD FOREIGN KEY (boss) REFERENCES users (id) ON DELETE SET NULL DEFERRABLE;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `users` wait until every row of `users` is checked
    ALTER TABLE orders ADD COLUMN plan_id bigint DEFAULT 1 REFERENCES plans;
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `orders` and `plans` wait until every row of `orders` is checked
    ALTER TABLE orders ADD COLUMN shop_id bigint, ADD CONSTRAINT orders_shop FOREIGN KEY (shop_id) REFERENCES shops;
--                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `orders` and `shops` wait until every row of `orders` is checked
",
        );
    }

    #[test]
    fn tables_of_this_migration() {
        check(
            &FOREIGN_KEY_VALIDATES,
            "
    CREATE TABLE teams (id bigint PRIMARY KEY);
    INSERT INTO teams SELECT DISTINCT team_id FROM users;
    CREATE TABLE boxes (team_id bigint);
    INSERT INTO boxes SELECT id FROM teams;
    ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `users` wait until every row of `users` is checked
    ALTER TABLE teams ADD FOREIGN KEY (id) REFERENCES users;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: writes to `users` wait until every row of `teams` is checked
    ALTER TABLE boxes ADD FOREIGN KEY (team_id) REFERENCES teams;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the locks of this migration are held until every row of `boxes` is checked
",
        );
    }

    #[test]
    fn nothing_to_check() {
        check(
            &FOREIGN_KEY_VALIDATES,
            "
    ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users NOT VALID;
    ALTER TABLE orders ADD COLUMN plan_id bigint REFERENCES plans;
    CREATE TABLE teams (id bigint, user_id bigint REFERENCES users);
    ALTER TABLE teams ADD FOREIGN KEY (id) REFERENCES users;
",
        );
    }
}
