//! No index leads with the columns of a foreign key.

use crate::{
    Check, Context, Finding,
    action::{Action, AlterClause, Constraint, ConstraintKind},
    catalog::Key,
    declare_rule,
    name::{Ident, ObjectName},
};

declare_rule! {
    /// ## What it does
    /// Flags a foreign key whose columns lead no index, be it of an earlier or a later migration, on a table that the
    /// migrations made.
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
    let lead = |index: &Candidate<'_>| {
        let first = index.columns.get(..columns.len());
        index.finds_any_row()
            && first.is_some_and(|first| {
                first
                    .iter()
                    .all(|name| columns.iter().any(|column| column.value == *name))
            })
    };
    let key = context.catalog.key(table);
    let mut candidates = columns
        .iter()
        .flat_map(|column| context.catalog.indexes_led_by(&key, &column.value));
    let leads = candidates.any(|(_, index)| {
        lead(&Candidate {
            columns: index.columns.iter().map(String::as_str).collect(),
            method: index.method.as_deref(),
            partial: index.partial,
            qualities: &index.qualities,
        })
    });
    if leads || is_indexed_later(context, &key, &columns, lead) {
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

/// An index that may serve the foreign key.
struct Candidate<'a> {
    columns: Vec<&'a str>,
    method: Option<&'a str>,
    partial: bool,
    qualities: &'a str,
}

impl Candidate<'_> {
    /// Whether it finds the rows of any one value: a condition other than that the first column is not null, which a value
    /// never is, leaves rows out, and other methods only narrow the search.
    fn finds_any_row(&self) -> bool {
        let exact = matches!(self.method, None | Some("hash"));
        let condition = self.qualities.replace(['(', ')'], "");
        let mut condition = condition.split_whitespace();
        let whole = condition.next() == Some("where")
            && condition.next() == self.columns.first().copied()
            && condition.eq(["is", "not", "null"]);
        exact && (!self.partial || whole)
    }
}

/// Whether a later migration makes the index: one that is built concurrently needs a file of its own.
fn is_indexed_later(
    context: &Context<'_>,
    table: &Key,
    columns: &[&Ident],
    leads: impl Fn(&Candidate<'_>) -> bool,
) -> bool {
    let mut candidates = columns.iter().flat_map(|column| {
        context
            .ahead
            .indexes_led_by(context.migration.version, &table.name, &column.value)
    });
    candidates.any(|(_, index)| {
        let candidate = Candidate {
            columns: index.columns.iter().map(|name| &*name.value).collect(),
            method: index.method.as_deref(),
            partial: index.partial,
            qualities: &index.qualities,
        };
        context.catalog.key(&index.table) == *table && leads(&candidate)
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
",
        );
    }
}
