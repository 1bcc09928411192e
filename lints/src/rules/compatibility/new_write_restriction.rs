//! Rows that the running application writes may be refused from now on.

use crate::{
    Check, Context, Finding, Step,
    action::{
        Action, AlterClause, AlterObjectClause, AlterTable, Constraint, ConstraintKind,
        CreateDetail, ObjectKind,
    },
    catalog::{IndexState, constraint_name},
    declare_rule,
    name::{Ident, ObjectName},
};

declare_rule! {
    /// ## What it does
    /// Flags a new `CHECK`, `NOT NULL`, `UNIQUE`, `EXCLUDE`, `PRIMARY KEY` or foreign key on existing columns,
    /// a unique index on them, and a restrictive policy. A key is silent where another one, there or dropped in the same
    /// file, kept the same rows out.
    ///
    /// ## Why is this bad?
    /// `NOT VALID` or not, it holds for every row written from the commit on. Old instances of the
    /// application, which still run while the release goes out, know nothing of it: what they were free to
    /// write fails.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, age int);
    /// -- file: 2_check.up.sql
    /// ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 0) NOT VALID;
    /// ```
    ///
    /// ## Safer way
    /// Release an application first that keeps to the rule, and add the constraint afterwards. Say in a
    /// suppression which release did.
    ///
    /// ```sql,good
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, age int);
    /// -- file: 2_score.up.sql
    /// ALTER TABLE users ADD COLUMN score int;
    /// ALTER TABLE users ADD CONSTRAINT users_score_check CHECK (score > 0) NOT VALID;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. `NOT ENFORCED`, Postgres 18, restricts nothing.
    pub(crate) static NEW_WRITE_RESTRICTION = {
        name: "new-write-restriction",
        group: Compatibility,
        summary: "a new constraint that rows written by old code may violate",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some((object, what)) = restriction(context, step) else {
        return;
    };
    let finding = Finding::new(
        &NEW_WRITE_RESTRICTION,
        step.span,
        format!("rows that the running application writes to `{object}` fail from now on where they break this {what}"),
    )
    .help("release an application that keeps to it first, and say so in a suppression");
    found.push(match checks_rows(&step.action) {
        true => finding.label("fails where a row breaks it already"),
        false => finding,
    });
}

/// Whether the statement itself fails on rows that are there.
fn checks_rows(action: &Action) -> bool {
    match action {
        Action::AlterTable(AlterTable { clause, .. }) => match clause {
            AlterClause::AddConstraint(constraint) => !constraint.not_valid,
            clause => matches!(clause, AlterClause::SetNotNull(_)),
        },
        Action::AlterObject(alter) => match &alter.clause {
            AlterObjectClause::AddConstraint(constraint) => !constraint.not_valid,
            clause => matches!(clause, AlterObjectClause::SetNotNull),
        },
        action => matches!(action, Action::CreateIndex(_)),
    }
}

/// What is restricted, and by what.
fn restriction<'a>(
    context: &Context<'_>,
    step: &'a Step,
) -> Option<(&'a ObjectName, &'static str)> {
    match &step.action {
        Action::AlterTable(alter) => {
            let table = &alter.table;
            if !context.is_shared(table) {
                return None;
            }
            match &alter.clause {
                AlterClause::AddConstraint(constraint) => {
                    added(context, table, constraint).map(|what| (table, what))
                }
                AlterClause::SetNotNull(column) => {
                    // A check that is not validated keeps new nulls out all the same.
                    let known = context.is_new_column(table, column)
                        || context.catalog.is_proven_not_null(table, column)
                        || context.catalog.unproven_not_null(table, column).is_some();
                    (!known).then_some((table, "NOT NULL"))
                }
                AlterClause::AlterConstraint { stricter: true, .. } => {
                    Some((table, "stricter constraint"))
                }
                _ => None,
            }
        }
        Action::CreateIndex(index) => {
            let key = |table| context.catalog.key(table);
            let restricts = index.unique
                && context.is_shared(&index.table)
                && !is_all_new(context, &index.table, &index.columns)
                && !is_unique_already(context, &IndexState::created(index, key(&index.table)));
            restricts.then_some((&index.table, "UNIQUE"))
        }
        Action::CreateObject(create) => {
            let (CreateDetail::Policy(policy), Some(table)) = (&create.detail, &create.table)
            else {
                return None;
            };
            let replaced = context
                .catalog
                .dropped_here(ObjectKind::Policy, &create.name, Some(table))
                .is_some_and(|dropped| dropped.known);
            (policy.restrictive && context.is_shared(table) && !replaced)
                .then_some((table, "restrictive policy"))
        }
        Action::AlterObject(alter) => {
            let what = match &alter.clause {
                AlterObjectClause::AddConstraint(constraint) => constraint.kind.words(),
                AlterObjectClause::SetNotNull => "NOT NULL",
                _ => return None,
            };
            let new = context.catalog.is_object_new(alter.kind, &alter.name, None);
            (!new).then_some((&alter.name, what))
        }
        _ => None,
    }
}

/// The keywords of a constraint that restricts what old code writes.
fn added(
    context: &Context<'_>,
    table: &ObjectName,
    constraint: &Constraint,
) -> Option<&'static str> {
    let columns = match &constraint.kind {
        ConstraintKind::Check(check) => check.columns.as_slice(),
        ConstraintKind::NotNull(column) => {
            if context.catalog.is_proven_not_null(table, column) {
                return None;
            }
            std::slice::from_ref(column)
        }
        ConstraintKind::ForeignKey { columns, .. } => columns,
        // What the index, which is there, demands is nothing new.
        ConstraintKind::PrimaryKey {
            using_index: Some(_),
            ..
        }
        | ConstraintKind::Unique {
            using_index: Some(_),
            ..
        } => return None,
        ConstraintKind::Unique { columns, .. } if is_key_already(context, table, columns) => {
            return None;
        }
        ConstraintKind::PrimaryKey { columns, .. }
            if is_key_already(context, table, columns)
                && columns
                    .iter()
                    .all(|column| context.catalog.is_proven_not_null(table, column)) =>
        {
            return None;
        }
        ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
            columns
        }
        ConstraintKind::Exclude => &[],
    };
    let is_dropped = |name: &Ident| {
        let dropped = context.catalog.constraint_dropped_here(table, name);
        dropped.is_some_and(|dropped| dropped.known)
    };
    let replaced = match &constraint.kind {
        ConstraintKind::ForeignKey {
            columns,
            references,
            ..
        } if context
            .catalog
            .reference_dropped_here(table, columns, references) =>
        {
            true
        }
        // What comes back under the name that Postgres gives it is meant to be another version of the same.
        ConstraintKind::Check(_) => is_dropped(&Ident::new(
            constraint_name(table.name(), constraint, None),
            constraint.span,
        )),
        _ => constraint.name.as_ref().is_some_and(is_dropped),
    };
    (!constraint.not_enforced && !replaced && !is_all_new(context, table, columns))
        .then(|| constraint.kind.words())
}

/// Whether rows are told apart by these columns already, as by [`is_unique_already`].
fn is_key_already(context: &Context<'_>, table: &ObjectName, columns: &[Ident]) -> bool {
    let columns = columns.iter().map(|column| column.value.clone());
    let key = IndexState::of_key(context.catalog.key(table), columns.collect());
    is_unique_already(context, &key)
}

/// How many indexes are looked at that begin alike.
const MOST: usize = 64;

/// Whether an index that is there before, or was until this file dropped it, keeps all rows apart that a new one does.
fn is_unique_already(context: &Context<'_>, new: &IndexState) -> bool {
    let catalog = context.catalog;
    new.bare_keys().any(|first| {
        let mut known = catalog.indexes_led_by_key(&new.table, first).take(MOST);
        let mut dropped = catalog
            .keys_dropped_here(&new.table, first)
            .iter()
            .rev()
            .take(MOST);
        known.any(|(_, index)| index.keeps_apart(new))
            || dropped.any(|index| index.keeps_apart(new))
    })
}

/// Whether the running application cannot write to any of the columns: it does not know them.
fn is_all_new(context: &Context<'_>, table: &ObjectName, columns: &[Ident]) -> bool {
    !columns.is_empty()
        && columns
            .iter()
            .all(|column| context.is_new_column(table, column))
}

#[cfg(test)]
mod tests {
    use super::NEW_WRITE_RESTRICTION;
    use crate::test_support::check;

    #[test]
    fn existing_columns() {
        check(
            &NEW_WRITE_RESTRICTION,
            "
    ALTER TABLE users ADD CONSTRAINT users_age CHECK (age > 0) NOT VALID;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this CHECK
    ALTER TABLE users ALTER COLUMN name SET NOT NULL;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this NOT NULL
    ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams;
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this FOREIGN KEY
    CREATE UNIQUE INDEX users_name_idx ON users (name);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
    CREATE POLICY own ON users AS RESTRICTIVE USING (owner = current_user);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this restrictive policy
    ALTER DOMAIN age ADD CONSTRAINT adult CHECK (VALUE > 17);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `age` fail from now on where they break this CHECK
    ALTER TABLE orders ALTER CONSTRAINT orders_user_id_fkey NOT DEFERRABLE;
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `orders` fail from now on where they break this stricter constraint
",
        );
    }

    #[test]
    fn nothing_that_old_code_writes() {
        check(
            &NEW_WRITE_RESTRICTION,
            "
    ALTER TABLE orders ALTER CONSTRAINT orders_user_id_fkey DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE users ADD score int CHECK (score > 0);
    ALTER TABLE users ADD CONSTRAINT users_score CHECK (score < 10);
    CREATE UNIQUE INDEX users_score_idx ON users (score);
    ALTER TABLE users ADD CONSTRAINT users_key UNIQUE USING INDEX users_score_idx;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams ADD PRIMARY KEY (id);
    CREATE INDEX users_age_idx ON users (age);
    CREATE POLICY own ON users USING (owner = current_user);
",
        );
    }

    #[test]
    fn known_already() {
        check(
            &NEW_WRITE_RESTRICTION,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, name text, CONSTRAINT named CHECK (name IS NOT NULL), team_id bigint CONSTRAINT team REFERENCES teams);
    CREATE TABLE teams (id bigint PRIMARY KEY, name text);
    ALTER TABLE teams ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID;
-- file: 2_b.up.sql
    ALTER TABLE users ALTER COLUMN name SET NOT NULL;
    ALTER TABLE teams ALTER COLUMN name SET NOT NULL;
    CREATE UNIQUE INDEX users_id_idx ON users (id);
    ALTER TABLE users ADD UNIQUE (name, id);
    ALTER TABLE users DROP CONSTRAINT IF EXISTS team;
    ALTER TABLE users ADD CONSTRAINT team FOREIGN KEY (team_id) REFERENCES teams ON DELETE CASCADE;
-- file: 3_c.up.sql
    ALTER TABLE users DROP CONSTRAINT team, ADD FOREIGN KEY (team_id) REFERENCES teams;
-- file: 4_d.up.sql
    ALTER TABLE users DROP CONSTRAINT users_team_id_fkey, ADD FOREIGN KEY (team_id) REFERENCES groups;
--                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this FOREIGN KEY
",
        );
    }

    #[test]
    fn a_stricter_key_is_dropped() {
        check(
            &NEW_WRITE_RESTRICTION,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (hash text PRIMARY KEY, email text, deleted bool, created_by bigint NOT NULL, updated_by bigint, code text);
    CREATE UNIQUE INDEX users_email ON users (email);
    CREATE UNIQUE INDEX users_code ON users (code) WHERE deleted;
-- file: 2_b.up.sql
    DROP INDEX users_email;
    CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted = false;
    ALTER TABLE users DROP CONSTRAINT users_pkey;
    ALTER TABLE users ADD UNIQUE (hash, updated_by);
    ALTER TABLE users ADD PRIMARY KEY (hash, created_by);
    DROP INDEX users_code;
    CREATE UNIQUE INDEX users_code ON users (code);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
-- file: 3_c.up.sql
    CREATE UNIQUE INDEX users_mail ON users (email, created_by);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
    ALTER TABLE users DROP CONSTRAINT users_pkey;
    ALTER TABLE users ADD PRIMARY KEY (hash, created_by, updated_by);
--                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this PRIMARY KEY
",
        );
    }

    #[test]
    fn expressions_and_conditions() {
        check(
            &NEW_WRITE_RESTRICTION,
            r#"
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, name text, owner bigint, app text, kind text, deleted bool, "shopId" bigint UNIQUE);
    CREATE UNIQUE INDEX users_name ON users (lower(name));
    CREATE UNIQUE INDEX users_kind ON users (owner DESC) WHERE kind = 'favourite';
-- file: 2_b.up.sql
    CREATE UNIQUE INDEX users_named ON users ((lower(name)) text_pattern_ops) WHERE deleted = false;
    CREATE UNIQUE INDEX users_app ON users (app COLLATE "C", owner) WHERE (kind = 'favourite');
    CREATE UNIQUE INDEX users_shop ON users ("shopId" DESC, app);
    CREATE UNIQUE INDEX users_collated ON users (app, owner COLLATE "de-ci") WHERE kind = 'favourite';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
    CREATE UNIQUE INDEX users_upper ON users (upper(name)) WHERE deleted = false;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
    CREATE UNIQUE INDEX users_other ON users (app, owner) WHERE kind = 'other';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
    CREATE UNIQUE INDEX users_all ON users (app, owner);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
    CREATE UNIQUE INDEX users_nulls ON users (id, app) NULLS NOT DISTINCT;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
"#,
        );
    }

    #[test]
    fn renamed_columns_of_a_key() {
        check(
            &NEW_WRITE_RESTRICTION,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (name text, mail text, app text);
    CREATE UNIQUE INDEX users_name ON users (lower(name)) WHERE mail IS NULL;
    ALTER TABLE users RENAME COLUMN name TO title;
    ALTER TABLE users RENAME COLUMN mail TO email;
-- file: 2_b.up.sql
    CREATE UNIQUE INDEX users_title ON users (lower(title), app) WHERE email IS NULL;
-- file: 3_c.up.sql
    DROP INDEX users_title;
    ALTER TABLE users DROP COLUMN email;
    ALTER TABLE users ADD COLUMN email text;
-- file: 4_d.up.sql
    CREATE UNIQUE INDEX users_title ON users (lower(title), app) WHERE email IS NULL;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: rows that the running application writes to `users` fail from now on where they break this UNIQUE
",
        );
    }
}
