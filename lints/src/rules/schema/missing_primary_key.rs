//! A table without a primary key.

use crate::{
    Check, Context, Finding,
    action::{Action, CreateTable, IfExists},
    catalog::{IndexState, Relation},
    declare_rule,
    name::ObjectName,
};

declare_rule! {
    /// ## What it does
    /// Flags a new table that has no primary key by the end of the migration. Temporary and foreign tables,
    /// partitions, and tables that take another's constraints by `LIKE` or `INHERITS` are not flagged.
    ///
    /// ## Why is this bad?
    /// A row that is there twice cannot be told from its twin, nor deleted alone. Logical replication refuses
    /// `UPDATE` and `DELETE` on the table, and tools that go through it page by page have nothing to go by.
    ///
    /// ```sql,bad
    /// CREATE TABLE members (user_id bigint NOT NULL, team_id bigint NOT NULL);
    /// ```
    ///
    /// ## Safer way
    /// Give it one: the columns that tell rows apart, or a number of its own.
    ///
    /// ```sql,good
    /// CREATE TABLE members (user_id bigint, team_id bigint, PRIMARY KEY (user_id, team_id));
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static MISSING_PRIMARY_KEY = {
        name: "missing-primary-key",
        group: Schema,
        summary: "a table whose rows nothing tells apart",
        level: Warning,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for step in &context.migration.steps {
        let Action::CreateTable(create) = &step.action else {
            continue;
        };
        let name = &create.name;
        let Some(table) = context.catalog.relation(name) else {
            continue;
        };
        let has_key = table.constraints.primary_key().is_some();
        let is_here_already = create.if_exists == IfExists::Keep && !context.catalog.is_new(name);
        if has_key || is_here_already || has_keys_elsewhere(context, create) {
            continue;
        }
        found.push(
            Finding::new(
                &MISSING_PRIMARY_KEY,
                name.ident.span,
                message(context, name, table),
            )
            .label("no primary key by the end of this file")
            .help("add a primary key"),
        );
    }
}

/// What the table lacks: a unique key of columns that are never null does all that a primary key does but be found.
fn message(context: &Context<'_>, name: &ObjectName, table: &Relation) -> String {
    let is_key = |index: &IndexState| {
        let never_null = |column: &String| {
            let known = table.columns.get(column);
            known.is_some_and(|column| column.not_null)
        };
        let whole = index.columns.len() == index.keys.len() && !index.partial;
        index.unique && whole && index.columns.iter().all(never_null)
    };
    let mut indexes = context.catalog.indexes_of(name);
    match indexes.any(|(_, index)| is_key(index)) {
        true => format!("logical replication and tools look in vain for the key of `{name}`"),
        false => format!("nothing tells the rows of `{name}` apart"),
    }
}

/// Whether the table needs no key of its own, or may have got one by a way that is not followed.
fn has_keys_elsewhere(context: &Context<'_>, create: &CreateTable) -> bool {
    create.persistence.is_temporary()
        || create.foreign
        || create.partition_of.is_some()
        || !create.inherits.is_empty()
        || !create.like.is_empty()
        || context.outline.is_attached(&create.name)
}

#[cfg(test)]
mod tests {
    use super::MISSING_PRIMARY_KEY;
    use crate::test_support::check;

    #[test]
    fn no_key() {
        check(
            &MISSING_PRIMARY_KEY,
            "
    CREATE TABLE members (user_id bigint UNIQUE, team_id bigint);
--               ^^^^^^^ warning: nothing tells the rows of `members` apart
    CREATE TABLE settings (name text NOT NULL UNIQUE, value text);
--               ^^^^^^^^ warning: logical replication and tools look in vain for the key of `settings`
    CREATE TABLE copies AS SELECT * FROM users;
--               ^^^^^^ warning: nothing tells the rows of `copies` apart
",
        );
    }

    #[test]
    fn a_key_or_no_need() {
        check(
            &MISSING_PRIMARY_KEY,
            "
    CREATE TABLE a (id bigint PRIMARY KEY);
    CREATE TABLE b (id bigint, n int, PRIMARY KEY (id, n));
    CREATE TABLE c AS SELECT 1 AS id;
    ALTER TABLE c ADD PRIMARY KEY (id);
    CREATE TEMP TABLE d (id bigint);
    CREATE TABLE e (LIKE a INCLUDING ALL);
    CREATE TABLE f PARTITION OF g FOR VALUES IN (1);
    CREATE TABLE h (id bigint);
    DROP TABLE h;
    CREATE TABLE i (id bigint);
    ALTER TABLE g ATTACH PARTITION i FOR VALUES IN (2);
",
        );
    }
}
