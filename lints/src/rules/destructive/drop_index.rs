//! An index is dropped.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, ObjectKind},
    declare_rule,
    name::ObjectName,
    rules::destructive::{dropped, lost_index, lost_index::LostIndex},
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP INDEX` of one that the same migration neither made nor makes again. Silent where another index of the
    /// table that stands in the end does all that it did, and where its columns go too.
    ///
    /// ## Why is this bad?
    /// A query that used the index reads the whole table from the commit on. A unique index also kept duplicates out,
    /// and rows that come in meanwhile stop it from being built again; and `ON CONFLICT` fails where no unique index has
    /// exactly the columns that it names. Without an index that leads with the columns of a foreign key, each `DELETE` in
    /// the referenced table reads the whole table.
    ///
    /// ```sql,bad
    /// -- file: 1_users.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE INDEX users_name_idx ON users (name);
    /// -- file: 2_drop_index.up.sql
    /// DROP INDEX users_name_idx;
    /// ```
    ///
    /// ## Safer way
    /// See in `pg_stat_user_indexes` that nothing has used it for weeks, on replicas too. To replace it, build the
    /// new one first.
    ///
    /// ```sql,good
    /// -- no-transaction
    /// -- rehearsal: allow(drop-index): idx_scan has been 0 on all servers for a month
    /// DROP INDEX CONCURRENTLY IF EXISTS users_name_idx;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_INDEX = {
        name: "drop-index",
        group: Destructive,
        summary: "an index is dropped and not made again",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const KINDS: &[ObjectKind] = &[ObjectKind::Index];

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(drop) = dropped::existing(context, step, KINDS) else {
        return;
    };
    let name = &drop.name;
    if drop.if_exists && is_made_next(context, name) {
        return;
    }
    let replaced = dropped::replaced(context, step, KINDS).is_none();
    let known = context.catalog.index_entry(name);
    // A unique one under the same name may keep fewer rows apart.
    let (outline, index) = (context.outline, context.index);
    let judged = known.is_some_and(|(_, known)| known.unique)
        && outline.is_created_after(index, ObjectKind::Index, name.name());
    if replaced && !judged {
        return;
    }
    let slow = || format!("queries that index `{name}` made fast may become slow");
    let (mut parts, help) = match known {
        None => (vec![slow()], UNUSED),
        Some((key, index)) => {
            if lost_index::goes_anyway(context, index) {
                return;
            }
            let lost = LostIndex::new(context, key, index);
            let (parts, help) = match &lost {
                LostIndex { apart: true, .. } => (
                    vec![
                        format!("nothing keeps rows apart as unique index `{name}` did"),
                        "`ON CONFLICT` on its columns fails".to_owned(),
                    ],
                    "release an application that needs neither first",
                ),
                LostIndex { conflict: true, .. } => (
                    vec![format!(
                        "`ON CONFLICT` on the columns of unique index `{name}` fails from now on"
                    )],
                    "release an application whose `ON CONFLICT` names other columns first",
                ),
                LostIndex { referenced, .. } if !referenced.is_empty() => (
                    vec![slow()],
                    "make another index first that leads with the columns of the foreign key",
                ),
                LostIndex { queries: true, .. } => (vec![slow()], UNUSED),
                _ => return,
            };
            (
                parts
                    .into_iter()
                    .chain(lost.deletes(&index.table))
                    .collect(),
                help,
            )
        }
    };
    if drop.cascade {
        parts.push("`CASCADE` drops what depends on it".to_owned());
    }
    let label = match replaced {
        true => "made again in another form",
        false => "not made again in this file",
    };
    found.push(
        Finding::new(&DROP_INDEX, step.span, dropped::sentence(&parts))
            .label(label)
            .help(help),
    );
}

const UNUSED: &str = "look at `pg_stat_user_indexes.idx_scan` on every replica first";

/// Whether the next migration begins by making it: the drop is there for what a concurrent build that failed has left.
fn is_made_next(context: &Context<'_>, index: &ObjectName) -> bool {
    let own = context.migration.version;
    let migrations = context.set.as_slice();
    let next = migrations.partition_point(|migration| migration.version <= own);
    let first = migrations.get(next).and_then(|next| next.steps.first());
    matches!(first.map(|step| &step.action), Some(Action::CreateIndex(create))
        if create.name.as_ref() == Some(&index.ident) && create.table.schema == index.schema)
}

#[cfg(test)]
mod tests {
    use super::DROP_INDEX;
    use crate::test_support::check;

    #[test]
    fn an_existing_one() {
        check(
            &DROP_INDEX,
            "
    DROP INDEX users_name_idx;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_name_idx` made fast may become slow
",
        );
    }

    #[test]
    fn a_unique_one() {
        check(
            &DROP_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text);
    CREATE UNIQUE INDEX users_mail_key ON users (mail);
-- file: 2_b.up.sql
    DROP INDEX users_mail_key;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing keeps rows apart as unique index `users_mail_key` did, and `ON CONFLICT` on its columns fails
",
        );
    }

    #[test]
    fn a_unique_one_that_others_replace() {
        check(
            &DROP_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text NOT NULL, team text NOT NULL, old bool);
    CREATE UNIQUE INDEX users_team ON users (team, mail);
    CREATE UNIQUE INDEX users_lower ON users (lower(team), lower(mail));
    CREATE UNIQUE INDEX users_mail ON users (mail);
    CREATE UNIQUE INDEX users_old ON users (old, team);
    CREATE UNIQUE INDEX users_both ON users (id, team);
    CREATE UNIQUE INDEX users_half ON users (team, id) WHERE old;
-- file: 2_b.up.sql
    DROP INDEX users_team;
    DROP INDEX users_lower;
--  ^^^^^^^^^^^^^^^^^^^^^^ warning: `ON CONFLICT` on the columns of unique index `users_lower` fails from now on
    DROP INDEX users_mail;
--  ^^^^^^^^^^^^^^^^^^^^^ warning: nothing keeps rows apart as unique index `users_mail` did, and `ON CONFLICT` on its columns fails
    DROP INDEX users_old;
--  ^^^^^^^^^^^^^^^^^^^^ warning: nothing keeps rows apart as unique index `users_old` did, and `ON CONFLICT` on its columns fails
    DROP INDEX users_both;
--  ^^^^^^^^^^^^^^^^^^^^^ warning: `ON CONFLICT` on the columns of unique index `users_both` fails from now on
    CREATE UNIQUE INDEX users_lower_mail ON users (lower(mail));
    CREATE UNIQUE INDEX users_mail ON users (mail) WHERE NOT old;
    CREATE UNIQUE INDEX users_gone ON users (old);
    DROP INDEX users_gone;
    ALTER TABLE users DROP CONSTRAINT users_pkey, ADD PRIMARY KEY (team, mail), ADD UNIQUE (id);
",
        );
    }

    #[test]
    fn queries_that_another_one_answers() {
        check(
            &DROP_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text, team text, plan text, phone text, fax text);
    CREATE INDEX users_team ON users (team);
    CREATE INDEX users_team_mail ON users (team, mail);
    CREATE INDEX users_plan ON users (plan);
    CREATE INDEX users_phone ON users (phone, id);
    CREATE INDEX users_fax ON users (id, fax);
    CREATE UNIQUE INDEX users_fax_key ON users (mail, fax);
-- file: 2_b.up.sql
    DROP INDEX users_team;
    DROP INDEX users_plan;
--  ^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_plan` made fast may become slow
    CREATE INDEX users_plan_free ON users (plan) WHERE plan = 'free';
    DROP INDEX users_phone;
    ALTER TABLE users DROP COLUMN phone;
    DROP INDEX users_fax_key;
--  ^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_fax_key` made fast may become slow
    DROP INDEX users_fax;
--  ^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_fax` made fast may become slow
    ALTER TABLE users DROP COLUMN fax;
-- file: 3_c.up.sql
    DROP INDEX users_team_mail;
    DROP TABLE users;
",
        );
    }

    #[test]
    fn the_only_one_of_a_foreign_key() {
        check(
            &DROP_INDEX,
            r#"
-- file: 1_a.up.sql
    CREATE TABLE teams (id bigint PRIMARY KEY);
    CREATE TABLE users (id bigint PRIMARY KEY, team bigint REFERENCES teams, boss bigint REFERENCES users, mail text);
    CREATE INDEX users_team ON users (team);
    CREATE INDEX users_boss ON users (boss);
    CREATE UNIQUE INDEX users_mail ON users (team, mail) WHERE mail > '';
    CREATE TABLE boxes (id bigint PRIMARY KEY, "teamId" bigint REFERENCES teams, "code" bigint);
    CREATE UNIQUE INDEX boxes_team ON boxes ("teamId");
-- file: 2_b.up.sql
    DROP INDEX boxes_team;
    ALTER TABLE boxes ADD UNIQUE ("teamId");
    DROP INDEX users_team;
--  ^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_team` made fast may become slow, and each `DELETE` from `teams` reads the whole of `users`
    DROP INDEX users_boss;
--  ^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_boss` made fast may become slow
    CREATE INDEX users_boss_mail ON users USING hash (boss);
"#,
        );
    }

    #[test]
    fn one_that_is_gone() {
        check(
            &DROP_INDEX,
            "
-- file: 1_a.up.sql
    CREATE TABLE users (id bigint PRIMARY KEY, mail text, team text);
    CREATE INDEX users_mail ON users (mail);
    CREATE INDEX users_team ON users (team);
-- file: 2_b.up.sql
    DROP INDEX IF EXISTS users_mail;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_mail` made fast may become slow
    DROP INDEX IF EXISTS users_mail;
    ALTER TABLE users DROP COLUMN team;
-- file: 3_c.up.sql
    DROP INDEX IF EXISTS users_mail;
    DROP INDEX IF EXISTS users_team;
    DO $$ BEGIN EXECUTE (SELECT work FROM todo); END $$;
    DROP INDEX IF EXISTS users_mail;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_mail` made fast may become slow
-- file: 4_d.up.sql
    ALTER TABLE users ADD COLUMN plan text;
    CREATE INDEX users_mail ON users (mail);
-- file: 5_e.up.sql
    DO $$ BEGIN IF (SELECT count(*) > 5 FROM users) THEN DROP INDEX users_mail; END IF; END $$;
--                                                       ^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_mail` made fast may become slow
    DROP INDEX IF EXISTS users_mail;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: queries that index `users_mail` made fast may become slow
",
        );
    }

    #[test]
    fn one_that_is_made_again() {
        check(
            &DROP_INDEX,
            "
    DROP INDEX IF EXISTS users_name_idx;
    CREATE INDEX users_name_idx ON users (lower(name));
",
        );
    }
}
