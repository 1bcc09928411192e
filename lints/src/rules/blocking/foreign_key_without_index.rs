//! No index leads with a column of a foreign key.

use crate::{
    Check, Context, Finding,
    action::{Action, AlterClause, Constraint, ConstraintKind},
    catalog::{IndexState, Key},
    declare_rule,
    name::{Ident, ObjectName},
};

declare_rule! {
    /// ## What it does
    /// Flags a foreign key none of whose columns leads an index, be it of an earlier or a later migration, on a table that
    /// the migrations made.
    ///
    /// ## Why is this bad?
    /// Postgres indexes the referenced columns, not the referencing ones. Each `DELETE`, and each `UPDATE` of the key,
    /// in the referenced table then reads the whole referencing table to look for rows, while it holds its locks.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_orders.up.sql
    /// CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
    /// ```
    ///
    /// ## Safer way
    /// Make the index in the migration that makes the table. For a table with rows, build it concurrently in an earlier
    /// migration.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
    /// -- file: 2_orders.up.sql
    /// CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
    /// CREATE INDEX orders_user_id_idx ON orders (user_id);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. A key that is `NOT ENFORCED`, Postgres 18, reads nothing and is silent.
    pub(crate) static FOREIGN_KEY_WITHOUT_INDEX = {
        name: "foreign-key-without-index",
        group: Blocking,
        summary: "a foreign key whose columns lead no index",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for step in &context.migration.steps {
        match &step.action {
            Action::CreateTable(create) => {
                for constraint in &create.constraints {
                    report(context, &create.name, constraint, None, found);
                }
                for column in &create.columns {
                    for constraint in &column.constraints {
                        report(context, &create.name, constraint, Some(&column.name), found);
                    }
                }
            }
            Action::AlterTable(alter) => match &alter.clause {
                AlterClause::AddConstraint(constraint) => {
                    report(context, &alter.table, constraint, None, found);
                }
                AlterClause::AddColumn { column, .. } => {
                    for constraint in &column.constraints {
                        report(context, &alter.table, constraint, Some(&column.name), found);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn report(
    context: &Context<'_>,
    table: &ObjectName,
    constraint: &Constraint,
    column: Option<&Ident>,
    found: &mut Vec<Finding>,
) {
    let ConstraintKind::ForeignKey {
        columns,
        references,
        ..
    } = &constraint.kind
    else {
        return;
    };
    // Nothing looks for the rows that refer to one.
    if constraint.not_enforced {
        return;
    }
    let columns: Vec<&Ident> = if columns.is_empty() {
        column.into_iter().collect()
    } else {
        columns.iter().collect()
    };
    // A table that no migration made may have any index.
    let known = columns
        .iter()
        .all(|column| context.catalog.column(table, column).is_some());
    if !known || columns.is_empty() {
        return;
    }
    let key = context.catalog.key(table);
    let mut there = columns
        .iter()
        .flat_map(|column| context.catalog.indexes_led_by(&key, &column.value));
    if there.any(|(_, index)| index.finds_any_row()) || is_indexed_later(context, &key, &columns) {
        return;
    }
    let names: Vec<String> = columns.iter().map(|column| column.value.clone()).collect();
    let names = names.join(", ");
    found.push(
        Finding::new(
            &FOREIGN_KEY_WITHOUT_INDEX,
            constraint.span,
            format!("each `DELETE` from `{references}` reads the whole of `{table}` to find its references"),
        )
        .label(format!("no index leads with ({names})"))
        .help(format!("create an index on `{table}` ({names})")),
    );
}

/// Whether a later migration makes the index: one that is built concurrently needs a file of its own.
fn is_indexed_later(context: &Context<'_>, table: &Key, columns: &[&Ident]) -> bool {
    let mut later = columns.iter().flat_map(|column| {
        context
            .ahead
            .indexes_led_by(context.migration.version, &table.name, &column.value)
    });
    later.any(|(_, create)| {
        context.catalog.key(&create.table) == *table
            && IndexState::created(create, table.clone()).finds_any_row()
    })
}

#[cfg(test)]
mod tests {
    use super::FOREIGN_KEY_WITHOUT_INDEX;
    use crate::test_support::check;

    #[test]
    fn no_index() {
        check(
            &FOREIGN_KEY_WITHOUT_INDEX,
            "
    CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, team bigint);
--                                                             ^^^^^^^^^^^^^^^^ warning: each `DELETE` from `users` reads the whole of `orders` to find its references
    ALTER TABLE orders ADD FOREIGN KEY (team) REFERENCES teams;
--                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each `DELETE` from `teams` reads the whole of `orders` to find its references
    CREATE INDEX orders_user ON orders (user_id) WHERE user_id > 5;
    CREATE INDEX orders_team ON orders USING brin (team);
    CREATE TABLE trash (id bigint PRIMARY KEY, part bigint, file bigint, FOREIGN KEY (part, file) REFERENCES files (part, id), UNIQUE (id, file));
--                                                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each `DELETE` from `files` reads the whole of `trash` to find its references
",
        );
    }

    #[test]
    fn an_index_of_any_migration() {
        check(
            &FOREIGN_KEY_WITHOUT_INDEX,
            "
-- file: 1_orders.up.sql
    CREATE TABLE orders (id bigint PRIMARY KEY REFERENCES things, user_id bigint, team bigint);
    CREATE INDEX orders_user ON orders (user_id, team);
-- file: 2_key.up.sql
    ALTER TABLE orders ADD FOREIGN KEY (team, user_id) REFERENCES members (team, id);
    ALTER TABLE orders ADD COLUMN plan bigint REFERENCES plans;
    CREATE INDEX orders_plan ON orders (plan);
    ALTER TABLE legacy ADD FOREIGN KEY (user_id) REFERENCES users;
    ALTER TABLE orders ADD COLUMN shop bigint REFERENCES shops;
    ALTER TABLE orders ADD COLUMN gift bigint REFERENCES gifts, ADD COLUMN box bigint REFERENCES boxes;
    ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT ENFORCED, ADD COLUMN tax bigint REFERENCES taxes NOT ENFORCED;
    CREATE INDEX orders_gift ON orders (gift) WHERE gift IS NOT NULL;
    CREATE INDEX orders_box ON orders USING hash (box) WHERE (box IS NOT NULL);
-- file: 3_index.up.sql
    CREATE INDEX CONCURRENTLY orders_shop ON orders (shop);
-- file: 4_trash.up.sql
    CREATE TABLE trash (file_id bigint PRIMARY KEY, part bigint, FOREIGN KEY (part, file_id) REFERENCES files (part, id));
    CREATE TABLE bin (id bigint PRIMARY KEY, team bigint, file bigint, FOREIGN KEY (team, file) REFERENCES files (team, id));
    CREATE INDEX bin_file ON bin (file);
",
        );
    }
}
