//! A column is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ObjectKind},
    catalog::{Handle, Origin},
    declare_rule,
    name::{Ident, ObjectName, series},
    outline::Property,
    rules::destructive::dropped,
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
    if added_here || !context.is_shared(table) || dropped::is_done(context, step) {
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
        .notes(along_with(context, table, name))
        .help("stop reading and writing the column first, and drop it in a later release"),
    );
}

/// The indexes and constraints over other columns, too, that go with a column and are not made again.
fn along_with(context: &Context<'_>, table: &ObjectName, column: &Ident) -> Vec<String> {
    let (catalog, outline, at) = (context.catalog, context.outline, context.index);
    let note = |what: &str, name: &str, columns: &mut dyn Iterator<Item = &String>| {
        let mut others: Vec<String> = Vec::new();
        for other in columns.filter(|other| **other != column.value) {
            let other = format!("`{other}`");
            if !others.contains(&other) {
                others.push(other);
            }
        }
        let others = series(others);
        (!others.is_empty())
            .then(|| format!("{what} `{name}`, which covers {others} too, goes with it"))
    };
    let key = catalog.key(table);
    let indexes = catalog.indexes_with(&key, &column.value);
    let indexes = indexes.filter(|(name, index)| {
        !index.constraint && !outline.is_created_after(at, ObjectKind::Index, &name.name)
    });
    let indexes = indexes.filter_map(|(name, index)| {
        let what = match index.unique {
            true => "unique index",
            false => "index",
        };
        let columns = index.columns.iter().chain(&index.computed);
        note(what, &name.name, &mut columns.chain(&index.beside))
    });
    let over = Handle::Column(column.value.clone());
    let relation = catalog.relation(table).into_iter();
    let constraints = relation.flat_map(|relation| relation.constraints.by(&over));
    let constraints = constraints.filter(|known| {
        known.goes_with(&column.value)
            && !outline.is_given_after(at, table, Property::Constraint, &known.name)
    });
    let constraints = constraints.filter_map(|known| {
        let columns = known.columns.iter().chain(&known.mentions);
        note(known.words, &known.name, &mut columns.into_iter())
    });
    indexes.chain(constraints).collect()
}

#[cfg(test)]
mod tests {
    use super::DROP_COLUMN;
    use crate::test_support::{check, found};

    #[test]
    fn what_covers_other_columns_too() {
        let found = found(
            &DROP_COLUMN,
            "-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, team bigint, mail text UNIQUE, a int, b int CHECK (b > 0), UNIQUE (team, mail), CONSTRAINT later CHECK (a < b));
    CREATE UNIQUE INDEX users_lower ON users (lower(mail), team);
    CREATE INDEX users_mail ON users (mail);
    CREATE INDEX users_team ON users (team) INCLUDE (a);
    CREATE INDEX users_a ON users (a, b);
-- file: 2_b.up.sql
    ALTER TABLE users DROP COLUMN team, DROP COLUMN mail, DROP COLUMN a;
    CREATE INDEX users_a ON users (b);
    ALTER TABLE users DROP COLUMN b;
",
        );
        let notes: Vec<&[String]> = found.iter().map(|one| &*one.notes).collect();
        let team: &[String] = &[
            "unique index `users_lower`, which covers `mail` too, goes with it".to_owned(),
            "index `users_team`, which covers `a` too, goes with it".to_owned(),
            "UNIQUE `users_team_mail_key`, which covers `mail` too, goes with it".to_owned(),
        ];
        let a: &[String] = &["CHECK `later`, which covers `b` too, goes with it".to_owned()];
        assert_eq!(notes, [team, &[], a, &[]]);
    }

    #[test]
    fn one_that_is_gone() {
        check(
            &DROP_COLUMN,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text);
-- file: 2_b.up.sql
    ALTER TABLE users DROP COLUMN IF EXISTS mail;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the value of `mail` in every row of `users` is lost
-- file: 3_c.up.sql
    ALTER TABLE users DROP COLUMN IF EXISTS mail;
    ALTER TABLE users RENAME COLUMN id TO mail;
    ALTER TABLE users DROP COLUMN IF EXISTS mail;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the value of `mail` in every row of `users` is lost
-- file: 4_d.up.sql
    DROP TABLE users;
    CREATE TABLE users AS SELECT * FROM old;
-- file: 5_e.up.sql
    ALTER TABLE users DROP COLUMN IF EXISTS mail;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the value of `mail` in every row of `users` is lost
",
        );
    }

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
