//! A constraint is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause, ConstraintKind, ObjectKind},
    catalog::{ConstraintState, Handle, IndexState, Key, Origin, constraint_name},
    declare_rule,
    name::{Ident, ObjectName},
    outline::Property,
    rules::destructive::{dropped, lost_index, lost_index::LostIndex},
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP CONSTRAINT` that the same migration does not replace: by one of the same name or over the same columns,
    /// by a key that keeps the same rows apart. Silent where the columns that it is about go too.
    ///
    /// ## Why is this bad?
    /// What the constraint kept true is no longer kept: duplicates, dangling references and bad values come in from
    /// the commit on, and stop the constraint from being added again. With a primary key or unique constraint its
    /// index goes too: `ON CONFLICT` fails where no other has exactly the columns that it names, and without an index that
    /// leads with the columns of a foreign key, each `DELETE` in the referenced table reads the whole table.
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
    if !context.is_shared(table) || dropped::is_done(context, step) {
        return;
    }
    let again = context.is_given_after(table, Property::Constraint, name);
    let rows = format!("rows that `{name}` kept out of `{table}` come in from now on");
    let replace = "add the constraint that replaces it in the same migration";
    let known = context.catalog.constraint(table, name);
    let (mut parts, help) = match known {
        Some(known) if goes_anyway(context, table, known) => return,
        Some(known) if known.is_key() && !is_given_by_index(context, table, name) => {
            let Some((index_name, index)) = index_of(context, table, name) else {
                return;
            };
            if lost_index::goes_anyway(context, index) {
                return;
            }
            let lost = LostIndex::new(context, index_name, index);
            let (parts, help) = match &lost {
                LostIndex { apart: true, .. } => (
                    vec![rows, "`ON CONFLICT` on its columns fails".to_owned()],
                    replace,
                ),
                LostIndex { conflict: true, .. } => (
                    vec![format!(
                        "`ON CONFLICT` on the columns of `{name}` fails from now on"
                    )],
                    "release an application whose `ON CONFLICT` names other columns first",
                ),
                _ => (
                    Vec::new(),
                    "make another index first that leads with the columns of the foreign key",
                ),
            };
            let deletes = lost.deletes(&index.table);
            (parts.into_iter().chain(deletes).collect(), help)
        }
        _ if again => return,
        Some(known) if is_replaced(context, table, known) => return,
        _ => (vec![rows], replace),
    };
    if parts.is_empty() {
        return;
    }
    if *cascade {
        parts.push("`CASCADE` drops the foreign keys that rely on it".to_owned());
    }
    let label = match again {
        true => "added again over other columns",
        false => "not added again in this file",
    };
    found.push(
        Finding::new(&DROP_CONSTRAINT, step.span, dropped::sentence(&parts))
            .label(label)
            .help(help),
    );
}

/// Whether it goes in any case: with its table, the one that it refers to, or a column that it is about.
fn goes_anyway(context: &Context<'_>, table: &ObjectName, known: &ConstraintState) -> bool {
    let goes = |column: &String| dropped::is_column_dropped_later(context, table.name(), column);
    let mut columns = known.columns.iter().chain(&known.mentions);
    let references = known.references.as_ref();
    dropped::is_dropped_later(context, table.name())
        || references.is_some_and(|table| dropped::is_dropped_later(context, &table.name))
        || !known.is_key() && columns.any(goes)
}

/// The index of a key.
fn index_of<'a>(
    context: &Context<'a>,
    table: &ObjectName,
    name: &Ident,
) -> Option<(&'a Key, &'a IndexState)> {
    let schema = context.catalog.key(table).schema;
    let name = ObjectName::new(Some(schema), name.clone());
    context.catalog.index_entry(&name)
}

/// Whether the name is given again to an index of which nothing is known.
fn is_given_by_index(context: &Context<'_>, table: &ObjectName, name: &Ident) -> bool {
    let (outline, constraint) = (context.outline, Property::Constraint);
    let given = outline.given_after(context.index, table, constraint, &name.value);
    let step = given.and_then(|step| context.migration.steps.get(step));
    let Some(Action::AlterTable(alter)) = step.map(|step| &step.action) else {
        return false;
    };
    let AlterClause::AddConstraint(constraint) = &alter.clause else {
        return false;
    };
    constraint.kind.using_index().is_some_and(|index| {
        index_of(context, table, index).is_none()
            && !outline.is_created_after(context.index, ObjectKind::Index, &index.value)
    })
}

/// How many constraints of one column are looked at.
const MOST: usize = 64;

/// Whether the migration adds another one over the same columns, before or behind the current step.
fn is_replaced(context: &Context<'_>, table: &ObjectName, known: &ConstraintState) -> bool {
    let (catalog, swaps) = (context.catalog, &context.outline.swaps);
    let columns = || known.columns.iter().chain(&known.mentions);
    let stays =
        |step, name: &str| !swaps.is_taken_after(step, ObjectKind::Constraint, table.name(), name);
    let covers = |words, names: &[String]| {
        let mut all = columns();
        words == known.words && all.all(|column| names.contains(column))
    };
    columns().any(|column| {
        let relation = catalog.relation(table).into_iter();
        let over = Handle::Column(column.clone());
        let mut before =
            relation.flat_map(|relation| relation.constraints.by(&over).rev().take(MOST));
        let mut behind = swaps
            .constraints_after(context.index, table.name(), column)
            .iter();
        before.any(|other| {
            other.origin == Origin::Here
                && stays(context.index, &other.name)
                && (covers(other.words, &other.columns) || covers(other.words, &other.mentions))
        }) || behind.any(|&step| {
            let added = context.migration.steps.get(step);
            let Some(Action::AlterTable(alter)) = added.map(|step| &step.action) else {
                return false;
            };
            let AlterClause::AddConstraint(other) = &alter.clause else {
                return false;
            };
            let columns: Vec<String> = match &other.kind {
                ConstraintKind::Check(check) => &check.columns,
                ConstraintKind::ForeignKey { columns, .. } => columns,
                _ => return false,
            }
            .iter()
            .map(|column| column.value.clone())
            .collect();
            let name = constraint_name(table.name(), other, None);
            !other.not_enforced
                && catalog.key(&alter.table) == catalog.key(table)
                && stays(step, &name)
                && covers(other.kind.words(), &columns)
        })
    })
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

    #[test]
    fn keys() {
        check(
            &DROP_CONSTRAINT,
            "
-- file: 1_a.up.sql
    CREATE TABLE teams (id bigint PRIMARY KEY);
    CREATE TABLE users (id bigint PRIMARY KEY, team bigint REFERENCES teams, mail text, code text, tag text UNIQUE, CONSTRAINT users_team UNIQUE (team, mail), CONSTRAINT users_code UNIQUE (code, tag), UNIQUE (code));
-- file: 2_b.up.sql
    ALTER TABLE users DROP CONSTRAINT users_team;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that `users_team` kept out of `users` come in from now on, `ON CONFLICT` on its columns fails, and each `DELETE` from `teams` reads the whole of `users`
    ALTER TABLE users DROP CONSTRAINT users_code;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `ON CONFLICT` on the columns of `users_code` fails from now on
    ALTER TABLE users DROP CONSTRAINT users_pkey, DROP COLUMN id, ADD PRIMARY KEY (tag);
    ALTER TABLE users DROP CONSTRAINT users_tag_key;
-- file: 3_c.up.sql
    ALTER TABLE users DROP CONSTRAINT users_pkey;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that `users_pkey` kept out of `users` come in from now on, and `ON CONFLICT` on its columns fails
    ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (tag, mail);
-- file: 4_d.up.sql
    CREATE UNIQUE INDEX users_new ON users (mail, tag);
    ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_new;
-- file: 5_e.up.sql
    ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_unknown;
",
        );
    }

    #[test]
    fn what_goes_along_or_is_replaced() {
        check(
            &DROP_CONSTRAINT,
            "
-- file: 1_a.up.sql
    CREATE TABLE teams (id bigint PRIMARY KEY);
    CREATE TABLE plans (id bigint PRIMARY KEY);
    CREATE TABLE users (id bigint PRIMARY KEY, team bigint REFERENCES teams, plan bigint REFERENCES plans, boss bigint REFERENCES users, name text CONSTRAINT short CHECK (length(name) < 10), CONSTRAINT own CHECK (boss <> id OR name > ''), CONSTRAINT paid CHECK (plan > 0));
    CREATE TABLE boxes (user_id bigint REFERENCES users, code text, tag text, mail text, CONSTRAINT boxes_key UNIQUE (mail, code), CONSTRAINT boxes_users UNIQUE (user_id, tag));
    CREATE TABLE notes (id bigint PRIMARY KEY REFERENCES users);
-- file: 2_b.up.sql
    ALTER TABLE users DROP CONSTRAINT users_team_fkey;
    ALTER TABLE users DROP COLUMN team;
    ALTER TABLE users DROP CONSTRAINT short;
    ALTER TABLE users ADD CONSTRAINT longer CHECK (length(name) < 100);
    ALTER TABLE users ADD CONSTRAINT owned CHECK (id <> boss OR name > 'a');
    ALTER TABLE users DROP CONSTRAINT own;
    ALTER TABLE users DROP CONSTRAINT users_boss_fkey, ADD FOREIGN KEY (boss) REFERENCES users ON DELETE CASCADE;
    ALTER TABLE users DROP CONSTRAINT users_plan_fkey;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that `users_plan_fkey` kept out of `users` come in from now on
    ALTER TABLE users ADD CONSTRAINT priced CHECK (plan > 1);
    ALTER TABLE users DROP CONSTRAINT paid;
--                    ^^^^^^^^^^^^^^^^^^^^ warning: rows that `paid` kept out of `users` come in from now on
    ALTER TABLE users DROP CONSTRAINT IF EXISTS paid, DROP CONSTRAINT priced;
    ALTER TABLE notes DROP CONSTRAINT notes_id_fkey;
    DROP TABLE notes;
    ALTER TABLE boxes DROP CONSTRAINT boxes_key, DROP COLUMN code;
    ALTER TABLE boxes DROP CONSTRAINT boxes_users;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: each `DELETE` from `users` reads the whole of `boxes`
    ALTER TABLE boxes DROP COLUMN tag;
-- file: 3_c.up.sql
    ALTER TABLE users DROP CONSTRAINT owned;
--                    ^^^^^^^^^^^^^^^^^^^^^ warning: rows that `owned` kept out of `users` come in from now on
    ALTER TABLE users ADD CONSTRAINT named CHECK (name > 'a');
    ALTER TABLE users DROP CONSTRAINT IF EXISTS paid;
",
        );
    }
}
