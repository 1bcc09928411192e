//! `drop-not-rerunnable`.

use crate::{
    action::{Action, AlterObjectClause, DropObject},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::rerun,
    second_run::Obstacle,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `DROP` without `IF EXISTS` of anything that the migration does not create again before.
    /// `ALTER PUBLICATION … DROP TABLE` and the like are the same. Also a `DELETE`, `TRUNCATE` or `SELECT` of a table that the
    /// file drops later with `IF EXISTS`.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// here, because there is nothing left to drop, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// DROP INDEX users_email_idx;
    /// ```
    ///
    /// ## Safer way
    /// Say `IF EXISTS`. Where an earlier statement of the file needs it, that is not enough: ask the catalog first, in one `DO`
    /// block with that statement.
    ///
    /// ```sql,good
    /// DROP INDEX IF EXISTS users_email_idx;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DROP_NOT_RERUNNABLE = {
        name: "drop-not-rerunnable",
        group: Rerun,
        summary: "a `DROP` that a second run cannot repeat",
        level: Error,
        fix: Safely,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(obstacle) = context.obstacle() else {
        return;
    };
    let help = match obstacle {
        Obstacle::Referenced { kind, .. } => rerun::drop_first(*kind),
        _ => "ask the catalog first, in a `DO` block".to_owned(),
    };
    let is_of_it = matches!(
        (&step.action, obstacle),
        (Action::DropObject(_), _)
            | (
                Action::Delete(_) | Action::Truncate { .. } | Action::Query { .. },
                Obstacle::Missing { what: "table", .. },
            )
    );
    if is_of_it
        && *obstacle != Obstacle::Gone
        && let Some(message) = rerun::reason(context, obstacle, String::new, String::new)
    {
        found.push(Finding::new(&DROP_NOT_RERUNNABLE, step.span, message).help(help));
    }
    if *obstacle != Obstacle::Gone {
        return;
    }
    match &step.action {
        Action::DropObject(drop) => dropped(context, step, drop, found),
        Action::AlterObject(alter) if matches!(alter.clause, AlterObjectClause::DropMember) => {
            found.push(
                Finding::new(
                    &DROP_NOT_RERUNNABLE,
                    step.span,
                    format!(
                        "a second run fails here: what is dropped from {} `{}` is gone by then",
                        alter.kind, alter.name
                    ),
                )
                .help("catch `undefined_object` in a `DO` block"),
            );
        }
        _ => {}
    }
}

/// One finding for all names of a `DROP`: its first step that meets an obstacle speaks for the others.
fn dropped(context: &Context<'_>, step: &Step, drop: &DropObject, found: &mut Vec<Finding>) {
    let gone = |index: usize| {
        let other = context.migration.steps.get(index)?;
        let Action::DropObject(drop) = &other.action else {
            return None;
        };
        let same = other.statement == step.statement && other.span == step.span;
        same.then(|| {
            let is_gone = context.second_run.obstacle(index) == Some(&Obstacle::Gone);
            is_gone.then(|| format!("`{}`", drop.name))
        })
    };
    let before = (0..context.index).rev().map_while(gone);
    if before.flatten().next().is_some() {
        return;
    }
    let all: Vec<Option<String>> = (context.index..).map_while(gone).collect();
    let steps = context.index..context.index + all.len();
    let names: Vec<String> = all.into_iter().flatten().collect();
    let message = format!(
        "a second run fails here: {} {} {} gone by then",
        drop.kind,
        names.join(", "),
        if names.len() == 1 { "is" } else { "are" }
    );
    let finding = Finding::new(&DROP_NOT_RERUNNABLE, step.span, message);
    found.push(match drop.name_start {
        Some(at) => rerun::if_exists(finding, context, steps, at, "IF EXISTS "),
        None => finding.help("ask the catalog first, in a `DO` block"),
    });
}

#[cfg(test)]
mod tests {
    use super::DROP_NOT_RERUNNABLE;
    use crate::test_support::{check, fixable};

    #[test]
    fn what_an_earlier_statement_needs() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DELETE FROM t WHERE id = 1;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 4 has taken table `t` away by then
    TRUNCATE u;
--  ^^^^^^^^^^ error: a second run fails here: line 4 has taken table `u` away by then
    DELETE FROM v WHERE id IN (WITH t AS (SELECT 1 AS id) SELECT id FROM t);
    DROP TABLE IF EXISTS t, u;
-- file: 2_b.up.sql
    UPDATE v SET n = (SELECT max(n) FROM w);
    DROP TABLE t, w;
--  ^^^^^^^^^^^^^^^ error: a second run fails here: table `t`, `w` are gone by then
",
        );
        let fixes = |sql| fixable(&DROP_NOT_RERUNNABLE, sql);
        assert_eq!(fixes("DELETE FROM t; DROP TABLE u, t;"), 0);
        assert_eq!(fixes("DELETE FROM t; DROP TABLE u;"), 1);
    }

    #[test]
    fn what_something_else_uses_by_then() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP VIEW IF EXISTS v;
--  ^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: view `w` uses it by then
    CREATE VIEW v AS SELECT a FROM t;
    CREATE OR REPLACE VIEW w AS SELECT * FROM v;
    DROP FUNCTION IF EXISTS f();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: trigger `r` uses it by then
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE OR REPLACE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    DROP VIEW IF EXISTS y;
    DROP VIEW IF EXISTS x;
    CREATE VIEW x AS SELECT a FROM t;
    CREATE VIEW y AS SELECT * FROM x;
",
        );
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP VIEW IF EXISTS v CASCADE;
    CREATE VIEW v AS SELECT a FROM t;
    CREATE OR REPLACE VIEW w AS SELECT * FROM v;
",
        );
    }

    #[test]
    fn what_a_column_index_or_function_uses_by_then() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP TYPE IF EXISTS e;
--  ^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: column `x` uses it by then
    CREATE TYPE e AS ENUM ('a');
    CREATE TABLE IF NOT EXISTS t (x e[]);
    DROP TYPE IF EXISTS g;
--  ^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: column `y` uses it by then
    CREATE TYPE g AS ENUM ('a');
    ALTER TABLE u ALTER COLUMN y TYPE g USING y::text::g;
    DROP TYPE IF EXISTS h;
--  ^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: function `f` uses it by then
    CREATE TYPE h AS ENUM ('a');
    CREATE OR REPLACE FUNCTION f(a int, b h) RETURNS int LANGUAGE sql AS 'SELECT 1';
    DROP FUNCTION IF EXISTS k(int);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: index `i` uses it by then
    CREATE FUNCTION k(a int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
    CREATE INDEX IF NOT EXISTS i ON u (k(z));
    DROP FUNCTION IF EXISTS d();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: column `z` uses it by then
    CREATE FUNCTION d() RETURNS int LANGUAGE sql AS 'SELECT 1';
    ALTER TABLE u ALTER COLUMN z SET DEFAULT d();
",
        );
    }

    #[test]
    fn what_uses_it_goes_first() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP TABLE IF EXISTS t;
    DROP TYPE IF EXISTS e;
    CREATE TYPE e AS ENUM ('a');
    CREATE TABLE t (x e);
    ALTER TYPE g RENAME TO g_old;
    CREATE TYPE g AS ENUM ('a', 'b');
    ALTER TABLE u ALTER COLUMN y TYPE g USING y::text::g;
    DROP TYPE g_old;
    CREATE TYPE h_new AS ENUM ('a', 'b');
    ALTER TABLE u ALTER COLUMN z TYPE h_new USING z::text::h_new;
    DROP TYPE h;
    ALTER TYPE h_new RENAME TO h;
    ALTER TABLE v ALTER COLUMN a DROP DEFAULT;
    DROP FUNCTION IF EXISTS d();
    CREATE FUNCTION d() RETURNS int LANGUAGE sql AS 'SELECT 1';
    ALTER TABLE v ALTER COLUMN a SET DEFAULT d();
    DROP FUNCTION IF EXISTS k(int);
    CREATE FUNCTION k(a int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
    CREATE OR REPLACE FUNCTION k(a text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
    CREATE INDEX IF NOT EXISTS i ON u (k(name));
",
        );
    }

    #[test]
    fn without_if_exists() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP TABLE a, b;
--  ^^^^^^^^^^^^^^^ error: a second run fails here: table `a`, `b` are gone by then
    DROP TRIGGER r ON t;
--  ^^^^^^^^^^^^^^^^^^^ error: a second run fails here: trigger `r` is gone by then
    DROP FUNCTION f(int);
--  ^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: function `f` is gone by then
    DROP TABLE IF EXISTS c;
",
        );
    }

    #[test]
    fn what_the_file_creates_before() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    CREATE TABLE t (id bigint);
    DROP TABLE t;
    DROP VIEW v;
    CREATE VIEW v AS SELECT 1;
",
        );
    }

    #[test]
    fn something_else_has_the_name() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP VIEW IF EXISTS v;
--  ^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: it is a table by then, and `IF EXISTS` does not pass over that
    CREATE TABLE IF NOT EXISTS v (id bigint);
",
        );
    }

    #[test]
    fn a_foreign_key_refers_to_it() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP TABLE IF EXISTS a;
--  ^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: foreign key `b_a_id_fkey` refers to it by then
    CREATE TABLE a (id bigint PRIMARY KEY);
    CREATE TABLE b (a_id bigint REFERENCES a);
    DROP TABLE IF EXISTS c CASCADE;
    CREATE TABLE c (id bigint PRIMARY KEY);
    CREATE TABLE d (c_id bigint REFERENCES c);
",
        );
    }

    #[test]
    fn a_role_and_what_it_owns() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DROP OWNED BY old;
    DROP ROLE old;
--  ^^^^^^^^^^^^^ error: a second run fails here: role `old` is gone by then
    DROP OWNED BY older;
--  ^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 4 has taken role `older` away by then
    DROP ROLE IF EXISTS older;
",
        );
    }

    #[test]
    fn a_fix_would_only_move_the_failure() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    ALTER TABLE t DROP CONSTRAINT IF EXISTS c;
    DROP TABLE t;
--  ^^^^^^^^^^^^ error: a second run fails here: table `t` is gone by then
",
        );
    }

    #[test]
    fn guarded() {
        check(
            &DROP_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        DROP TABLE t;
    EXCEPTION WHEN undefined_table THEN NULL;
    END $$;
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'r') THEN
            DROP ROLE r;
        END IF;
    END $$;
",
        );
    }
}
