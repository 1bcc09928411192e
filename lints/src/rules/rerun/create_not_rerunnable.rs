//! `create-not-rerunnable`.

use crate::{
    action::{Action, AlterObjectClause, CreateObject, IfExists, ObjectKind},
    declare_rule,
    finding::Finding,
    rule::{Check, Context},
    rules::{own_migration, rerun},
    second_run::Obstacle,
    source::Span,
    step::Step,
};

declare_rule! {
    /// ## What it does
    /// Flags `CREATE` of anything that is still there after the migration, and that neither `IF NOT EXISTS` nor `OR REPLACE`
    /// nor a `DO` block protects. The whole file counts: what it drops with `IF EXISTS` first, or drops again at its end, may be
    /// created as it is. `ALTER PUBLICATION … ADD TABLE` and the like are the same.
    ///
    /// ## Why is this bad?
    /// A retried deployment, a restored ledger or a branch that was merged twice runs a migration again. Postgres then stops
    /// at the first object that is already there, and the rest of the file is not done.
    ///
    /// ```sql,bad
    /// CREATE TABLE teams (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ```sql,bad
    /// -- file: 2_index_users_email.up.sql
    /// -- no-transaction
    /// CREATE INDEX CONCURRENTLY users_email_idx ON users (email);
    /// ```
    ///
    /// ## Safer way
    /// Say `IF NOT EXISTS` or `OR REPLACE` where Postgres has it. Types, domains, policies, roles and casts have neither: catch
    /// the error.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS teams (id bigint PRIMARY KEY);
    /// CREATE OR REPLACE VIEW team_ids AS SELECT id FROM teams;
    /// DO $$ BEGIN
    ///     CREATE TYPE team_kind AS ENUM ('home', 'away');
    /// EXCEPTION WHEN duplicate_object THEN NULL;
    /// END $$;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. `CREATE OR REPLACE TRIGGER` needs 14; before, drop the trigger with `IF EXISTS` first.
    pub(crate) static CREATE_NOT_RERUNNABLE = {
        name: "create-not-rerunnable",
        group: Rerun,
        summary: "a `CREATE` that a second run cannot repeat",
        level: Error,
        fix: Both,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Some(obstacle) = context.obstacle() else {
        return;
    };
    let what = match &step.action {
        Action::CreateTable(create) => format!("table `{}`", create.name),
        Action::CreateIndex(create) => match &create.name {
            Some(name) => format!("index `{name}`"),
            None => "the index".to_owned(),
        },
        Action::CreateObject(create) => format!("{} `{}`", create.kind, create.name),
        Action::AlterObject(alter) if *obstacle == Obstacle::AlreadyThere => match &alter.clause {
            AlterObjectClause::AddMember => {
                format!("what is added to {} `{}`", alter.kind, alter.name)
            }
            _ => return,
        },
        _ => return,
    };
    let there = || format!("{what} is already there");
    let Some(message) = rerun::reason(context, obstacle, there, String::new) else {
        return;
    };
    let finding = Finding::new(&CREATE_NOT_RERUNNABLE, step.span, message);
    let finding = match obstacle {
        Obstacle::AlreadyThere => protect(finding, context, step),
        Obstacle::NameTaken { .. } | Obstacle::OtherName { .. } => {
            finding.help("rename its keys and sequences, too, once the old table is gone")
        }
        Obstacle::Obstructs { .. } => finding.help("drop it with `IF EXISTS` before that line"),
        _ => finding.help("ask the catalog first, in a `DO` block"),
    };
    found.push(finding);
}

/// Says how to protect the step, with the edit where it is certain.
fn protect(finding: Finding, context: &Context<'_>, step: &Step) -> Finding {
    let add_if_not_exists = "add `IF NOT EXISTS`";
    match &step.action {
        Action::CreateTable(create) => {
            let finding = finding.help(add_if_not_exists);
            // The table would then no longer be new to what the file does to it further down.
            match create.name_start {
                Some(at) if !context.outline.builds_on(create.name.name()) => {
                    finding.insert(at, "IF NOT EXISTS ")
                }
                _ => finding,
            }
        }
        Action::CreateIndex(create) if create.concurrently => {
            own_migration::repeatable(finding.help(add_if_not_exists), context, step, create)
        }
        Action::CreateIndex(create) => match create.name_start {
            Some(at) => finding.help(add_if_not_exists).insert(at, "IF NOT EXISTS "),
            None => finding.help(add_if_not_exists),
        },
        Action::CreateObject(create) if create.if_exists == IfExists::Fail => match create.kind {
            ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::Collation
            | ObjectKind::Server
            | ObjectKind::UserMapping
            | ObjectKind::Statistics => {
                let finding = finding.help(add_if_not_exists);
                if has_elements(context, step) || create.name.name().is_empty() {
                    finding
                } else {
                    finding.insert(create.name_start, "IF NOT EXISTS ")
                }
            }
            _ if can_replace(context, create) => finding
                .help("add `OR REPLACE`")
                .insert(create.after_create, " OR REPLACE"),
            ObjectKind::Trigger => {
                finding.help("drop the trigger with `DROP TRIGGER IF EXISTS` first")
            }
            ObjectKind::Type
            | ObjectKind::Domain
            | ObjectKind::Policy
            | ObjectKind::Role
            | ObjectKind::Cast
            | ObjectKind::Conversion
            | ObjectKind::EventTrigger
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Publication => {
                let finding = finding.help(
                    "Postgres has no `IF NOT EXISTS` for it: catch `duplicate_object` in a `DO` block",
                );
                rerun::catch(finding, context, step, "duplicate_object")
            }
            _ => finding.help("drop it with `IF EXISTS` first, or ask the catalog in a `DO` block"),
        },
        _ => finding.help("catch `duplicate_object` in a `DO` block"),
    }
}

/// `CREATE SCHEMA s CREATE TABLE …` refuses `IF NOT EXISTS`.
fn has_elements(context: &Context<'_>, step: &Step) -> bool {
    context
        .migration
        .steps
        .get(context.index + 1)
        .is_some_and(|next| next.statement == step.statement && step.span.contains(next.span))
}

fn can_replace(context: &Context<'_>, create: &CreateObject) -> bool {
    let prefix = Span::new(create.after_create, create.name_start);
    match create.kind {
        ObjectKind::View
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Rule
        | ObjectKind::Transform => true,
        // A constraint trigger cannot be replaced.
        ObjectKind::Trigger => {
            let words = context.migration.up.slice(prefix).to_ascii_lowercase();
            context.settings.postgres >= 14 && !words.contains("constraint")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::CREATE_NOT_RERUNNABLE;
    use crate::{
        fix,
        lint::lint,
        settings::Settings,
        source::SourceFile,
        test_support::{self, check, fixable, found},
    };

    #[test]
    fn a_block_stands_as_far_in_as_its_statement() {
        let text = "\tCREATE TYPE mood AS ENUM (\n\t\t'sad'\n\t);\n";
        let found = found(&CREATE_NOT_RERUNNABLE, text);
        let applied = fix::apply(&found, |_| Some(text));
        let fixed = applied.texts.values().next().expect("a file is fixed");
        assert_eq!(
            fixed,
            "\tDO $do$ BEGIN\n\t    CREATE TYPE mood AS ENUM (\n\t\t    'sad'\n\t    );\n\tEXCEPTION WHEN duplicate_object \
             THEN NULL;\n\tEND $do$;\n"
        );
    }

    #[test]
    fn what_keeps_a_column_from_changing_again() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    ALTER TABLE t ALTER COLUMN n TYPE bigint, ALTER COLUMN m TYPE bigint;
    CREATE OR REPLACE VIEW v AS SELECT n FROM t;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails at line 1: the type of column `n` cannot change, not even to the same, while this uses it
    CREATE OR REPLACE TRIGGER r AFTER UPDATE OF m ON t FOR EACH ROW EXECUTE FUNCTION f();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails at line 1: the type of column `m` cannot change, not even to the same, while this uses it
    CREATE OR REPLACE VIEW o AS SELECT o FROM t;
    DROP VIEW IF EXISTS w;
    ALTER TABLE u ALTER COLUMN n TYPE bigint;
    CREATE VIEW w AS SELECT n FROM u;
",
        );
    }

    #[test]
    fn a_column_that_is_gone() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE INDEX IF NOT EXISTS i ON t (a);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 4 has taken column `a` away by then
    CREATE OR REPLACE VIEW v AS SELECT a FROM t;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: line 4 has taken column `a` away by then
    DROP VIEW IF EXISTS v;
    ALTER TABLE t DROP COLUMN IF EXISTS a;
",
        );
    }

    #[test]
    fn a_table_and_its_index() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE TABLE t (id bigint);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: table `t` is already there
    CREATE INDEX i ON t (id);
--  ^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: index `i` is already there
    CREATE TABLE IF NOT EXISTS u (id bigint);
    CREATE INDEX IF NOT EXISTS j ON u (id);
",
        );
    }

    #[test]
    fn objects_that_can_be_replaced() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE VIEW v AS SELECT 1;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: view `v` is already there
    CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: trigger `r` is already there
    CREATE OR REPLACE VIEW w AS SELECT 1;
",
        );
    }

    #[test]
    fn a_type_needs_a_guard() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE TYPE e AS ENUM ('a');
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: type `e` is already there
    DO $$ BEGIN
        CREATE TYPE g AS ENUM ('a');
    EXCEPTION WHEN duplicate_object THEN NULL;
    END $$;
",
        );
    }

    #[test]
    fn what_a_block_is_put_around_is_indented() {
        let sql = "CREATE TYPE e AS ENUM (\n  'a', -- one\n  -- two\n  'b\n',\n\n  /* three\n */ 'c'\n);\n";
        // What stands in a body is no comment of the file's: the checks of each fix would miss these.
        let files = [SourceFile::new("1_e.up.sql", sql)];
        let found = lint(&test_support::set(&files), &Settings::default());
        let own = found
            .iter()
            .find(|finding| finding.rule.name == CREATE_NOT_RERUNNABLE.name);
        assert_eq!(
            fix::edit(sql, own.expect("it is found").fix.own_edits()),
            "DO $do$ BEGIN\n    CREATE TYPE e AS ENUM (\n      'a', -- one\n      -- two\n      'b\n',\n\n      /* three\n */ 'c'\n    );\n\
             EXCEPTION WHEN duplicate_object THEN NULL;\nEND $do$;\n"
        );
    }

    #[test]
    fn a_table_that_takes_the_place_of_another() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE TABLE t_new (id bigint PRIMARY KEY);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run leaves `t_new_pkey1` where the first left `t_new_pkey`
    DROP TABLE t;
    ALTER TABLE t_new RENAME TO t;
    CREATE TABLE u_new (id bigint, CONSTRAINT u_pk PRIMARY KEY (id));
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: something else is called `u_pk` by then
    DROP TABLE u;
    ALTER TABLE u_new RENAME TO u;
    CREATE TABLE v_new (id bigserial PRIMARY KEY);
    DROP TABLE v;
    ALTER TABLE v_new RENAME TO v;
    ALTER INDEX v_new_pkey RENAME TO v_pkey;
    ALTER SEQUENCE v_new_id_seq RENAME TO v_id_seq;
    CREATE TABLE w_new (id bigint);
    DROP TABLE w;
    ALTER TABLE w_new RENAME TO w;
",
        );
    }

    #[test]
    fn a_table_whose_old_one_goes_last() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY);
-- file: 2_swap.up.sql
    ALTER TABLE t RENAME TO t_old;
    CREATE TABLE t (id bigint PRIMARY KEY);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run leaves `t_pkey` where the first left `t_pkey1`
    DROP TABLE t_old;
",
        );
    }

    #[test]
    fn what_the_file_notes_in_a_table() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM applied WHERE version = 5) THEN
            CREATE TABLE t (id bigint);
            INSERT INTO applied VALUES (5);
        END IF;
        IF EXISTS (SELECT 1 FROM applied WHERE version = 6) THEN
            RETURN;
        END IF;
        CREATE TABLE u (id bigint);
    END $$;
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM users) THEN
            CREATE TABLE v (id bigint);
--          ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: table `v` is already there
        END IF;
    END $$;
",
        );
    }

    #[test]
    fn a_guard_that_catches_something_else() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    DO $$ BEGIN
        CREATE TABLE t (id bigint);
--      ^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: table `t` is already there
    EXCEPTION WHEN duplicate_object THEN NULL;
    END $$;
",
        );
    }

    #[test]
    fn dropped_first_or_at_the_end() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    DROP TABLE IF EXISTS t CASCADE;
    CREATE TABLE t (id bigint);
    CREATE INDEX i ON t (id);
    CREATE TYPE e_new AS ENUM ('a', 'b');
    ALTER TABLE u ALTER COLUMN e TYPE e_new USING e::text::e_new;
    ALTER TYPE e RENAME TO e_old;
    ALTER TYPE e_new RENAME TO e;
    DROP TYPE e_old;
",
        );
    }

    #[test]
    fn a_cascade_takes_no_table_but_heirs() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    CREATE TABLE extra (id bigint PRIMARY KEY);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: table `extra` is already there
    ALTER TABLE posts DROP COLUMN IF EXISTS parent_id CASCADE;
    DROP TABLE IF EXISTS people CASCADE;
    CREATE TABLE people (id bigint);
    CREATE TABLE heirs (id bigint) INHERITS (people);
    DROP FUNCTION IF EXISTS touch CASCADE;
",
        );
    }

    #[test]
    fn a_table_whose_index_has_no_certain_name_stays_as_it_is() {
        let with = |index: &str| {
            let sql = format!("CREATE TABLE carts (id bigint PRIMARY KEY, code text);\n{index};");
            fixable(&CREATE_NOT_RERUNNABLE, &sql)
        };
        assert_eq!(with("CREATE INDEX ON carts (lower(code))"), 0);
        assert_eq!(with("CREATE UNIQUE INDEX ON carts (code) WHERE id > 1"), 0);
        assert_eq!(with("CREATE INDEX ON carts (code)"), 1);
    }

    #[test]
    fn a_function_with_other_arguments_is_another() {
        check(
            &CREATE_NOT_RERUNNABLE,
            "
    DROP FUNCTION IF EXISTS f(text);
    CREATE FUNCTION f(a integer) RETURNS int LANGUAGE sql AS 'SELECT 1';
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: a second run fails here: function `f` is already there
    DROP FUNCTION IF EXISTS g(int);
    CREATE FUNCTION g(a integer) RETURNS int LANGUAGE sql AS 'SELECT 1';
",
        );
    }

    #[test]
    fn every_kind_of_object() {
        for create in [
            "TABLE a (b int)",
            "INDEX a ON t (b)",
            "SEQUENCE a",
            "SCHEMA a",
            "EXTENSION a",
            "VIEW a AS SELECT 1 AS b",
            "MATERIALIZED VIEW a AS SELECT 1 AS b",
            "FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "PROCEDURE a() LANGUAGE sql AS 'SELECT 1'",
            "AGGREGATE a(int) (sfunc = int4pl, stype = int)",
            "OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
            "TRIGGER a AFTER INSERT ON t EXECUTE FUNCTION f()",
            "EVENT TRIGGER a ON ddl_command_start EXECUTE FUNCTION f()",
            "RULE a AS ON INSERT TO t DO NOTHING",
            "TYPE a AS (b int)",
            "TYPE a AS ENUM ('b')",
            "TYPE a AS RANGE (subtype = int4)",
            "DOMAIN a AS int",
            "COLLATION a FROM \"C\"",
            "TEXT SEARCH CONFIGURATION a (copy = simple)",
            "TEXT SEARCH DICTIONARY a (template = simple)",
            "POLICY a ON t USING (b > 1)",
            "ROLE a",
            "PUBLICATION a",
            "SUBSCRIPTION a CONNECTION 'x' PUBLICATION b WITH (connect = false)",
            "STATISTICS a ON b, c FROM t",
            "SERVER a FOREIGN DATA WRAPPER w",
            "FOREIGN TABLE a (b int) SERVER s",
            "CAST (int AS money) WITH FUNCTION f(int)",
            "TRANSFORM FOR hstore LANGUAGE plpython3u (FROM SQL WITH FUNCTION f(internal))",
            "LANGUAGE a HANDLER b",
            "CONVERSION a FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1",
        ] {
            let found = found(&CREATE_NOT_RERUNNABLE, &format!("CREATE {create};")).len();
            assert_eq!(found, 1, "{create}");
        }
        for create in [
            "TABLE IF NOT EXISTS a (b int)",
            "OR REPLACE VIEW a AS SELECT 1 AS b",
            "OR REPLACE TRIGGER a AFTER INSERT ON t EXECUTE FUNCTION f()",
            "OR REPLACE RULE a AS ON INSERT TO t DO NOTHING",
            "OR REPLACE AGGREGATE a(int) (sfunc = int4pl, stype = int)",
            "OR REPLACE TRANSFORM FOR hstore LANGUAGE plpython3u (FROM SQL WITH FUNCTION f(internal))",
            "OR REPLACE LANGUAGE a HANDLER b",
            "COLLATION IF NOT EXISTS a FROM \"C\"",
            "STATISTICS IF NOT EXISTS a ON b, c FROM t",
            "SERVER IF NOT EXISTS a FOREIGN DATA WRAPPER w",
            "TEMP TABLE a (b int) ON COMMIT DROP",
        ] {
            let found = found(&CREATE_NOT_RERUNNABLE, &format!("CREATE {create};")).len();
            assert_eq!(found, 0, "{create}");
        }
    }
}
