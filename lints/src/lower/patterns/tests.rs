//! One line for each form: the statement and what is read from it.

use crate::{
    action::Action,
    lower::{
        self,
        brief::{check, each},
    },
    source::SourceFile,
    statement,
};

#[test]
fn creates() {
    each(&[
        ("CREATE VIEW v AS SELECT 1", "create view v"),
        (
            "CREATE OR REPLACE VIEW a.v (x) WITH (security_invoker) AS SELECT 1",
            "create view a.v of x replace",
        ),
        (
            "CREATE TEMP RECURSIVE VIEW v (n) AS SELECT 1",
            "create view v of n temporary",
        ),
        (
            "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1 WITH NO DATA",
            "create materialized view m no data keep",
        ),
        (
            "CREATE MATERIALIZED VIEW m AS SELECT 1 WITH DATA",
            "create materialized view m",
        ),
        (
            "CREATE SEQUENCE s AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE",
            "create sequence s",
        ),
        (
            "CREATE TEMPORARY SEQUENCE IF NOT EXISTS s",
            "create sequence s keep temporary",
        ),
        ("CREATE UNLOGGED SEQUENCE s", "create sequence s unlogged"),
        (
            "CREATE TYPE t AS ENUM ('a', 'it''s')",
            "create type t [\"a\", \"it's\"]",
        ),
        ("CREATE TYPE t AS (a int, b text)", "create type t"),
        ("CREATE TYPE t AS RANGE (subtype = float8)", "create type t"),
        ("CREATE TYPE t (INPUT = f, OUTPUT = g)", "create type t"),
        ("CREATE TYPE t", "create type t"),
        (
            "CREATE DOMAIN d AS varchar(10) COLLATE \"C\" NOT NULL",
            "create domain d as character varying(10) constrained",
        ),
        ("CREATE DOMAIN d int[]", "create domain d as integer[]"),
        (
            "CREATE DOMAIN d AS text CONSTRAINT c CHECK (VALUE <> '')",
            "create domain d as text constrained",
        ),
        (
            "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" SCHEMA public",
            "create extension uuid-ossp keep",
        ),
        ("CREATE ROLE r LOGIN", "create role r"),
        ("CREATE USER u NOINHERIT CREATEROLE", "create role u"),
        ("CREATE GROUP g", "create role g"),
        (
            "CREATE USER MAPPING IF NOT EXISTS FOR u SERVER s",
            "create user mapping u server s keep",
        ),
        (
            "CREATE SERVER IF NOT EXISTS s FOREIGN DATA WRAPPER w",
            "create server s keep",
        ),
        (
            "CREATE FOREIGN DATA WRAPPER w HANDLER h",
            "create foreign data wrapper w",
        ),
        (
            "CREATE PUBLICATION p FOR ALL TABLES",
            "create publication p",
        ),
        (
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
            "create subscription s slot",
        ),
        (
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (copy_data = false, create_slot = 'off')",
            "create subscription s",
        ),
        (
            "CREATE STATISTICS IF NOT EXISTS st (ndistinct) ON a, b FROM t",
            "create statistics st on t keep",
        ),
        (
            "CREATE STATISTICS ON (a IS NULL), b FROM t",
            "create statistics  on t",
        ),
        (
            "CREATE CAST (a.t AS int4) WITHOUT FUNCTION",
            "create cast a.t as integer",
        ),
        (
            "CREATE OR REPLACE TRANSFORM FOR hstore LANGUAGE plpython3u (FROM SQL WITH FUNCTION f(internal))",
            "create transform hstore language plpython3u replace",
        ),
        (
            "CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE l HANDLER h",
            "create language l replace",
        ),
        (
            "CREATE DEFAULT CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM f",
            "create conversion c",
        ),
        (
            "CREATE COLLATION IF NOT EXISTS c (provider = icu, locale = 'und')",
            "create collation c keep",
        ),
        (
            "CREATE TEXT SEARCH CONFIGURATION a.c (COPY = simple)",
            "create text search configuration a.c",
        ),
        ("CREATE DATABASE d", "create database d"),
        ("CREATE TABLESPACE t LOCATION '/x'", "create tablespace t"),
        (
            "CREATE ACCESS METHOD m TYPE INDEX HANDLER h",
            "create access method m",
        ),
        (
            "CREATE OPERATOR a.=== (LEFTARG = int, RIGHTARG = text, FUNCTION = f)",
            "create operator a.===(integer,text)",
        ),
        (
            "CREATE OPERATOR CLASS c DEFAULT FOR TYPE int USING btree AS STORAGE int",
            "create operator class c",
        ),
        (
            "CREATE OPERATOR FAMILY f USING btree",
            "create operator family f",
        ),
    ]);
}

#[test]
fn what_belongs_to_a_table() {
    each(&[
        (
            "CREATE OR REPLACE TRIGGER tr AFTER UPDATE OF \"content\" OR INSERT ON a.t FOR EACH ROW EXECUTE FUNCTION f()",
            "create trigger tr on a.t replace",
        ),
        (
            "CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE PROCEDURE f()",
            "create trigger tr on t",
        ),
        (
            "CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE PROCEDURE f()",
            "create event trigger e",
        ),
        (
            "CREATE OR REPLACE RULE r AS ON INSERT TO a.t DO INSTEAD NOTHING",
            "create rule r on a.t replace",
        ),
        (
            "CREATE POLICY \"p q\" ON t FOR SELECT USING (true)",
            "create policy p q on t true",
        ),
        (
            "DROP TRIGGER IF EXISTS tr ON a.t CASCADE",
            "drop trigger tr on a.t if exists cascade",
        ),
        ("DROP POLICY p ON t", "drop policy p on t"),
        ("DROP RULE r ON t RESTRICT", "drop rule r on t"),
        (
            "ALTER TRIGGER tr ON t RENAME TO u",
            "rename trigger tr on t to u",
        ),
        (
            "ALTER POLICY p ON t RENAME TO q",
            "rename policy p on t to q",
        ),
        ("ALTER POLICY p ON t USING (true)", "alter policy p: other"),
    ]);
}

#[test]
fn drops() {
    check(
        "DROP TABLE IF EXISTS a, b.c CASCADE",
        &[
            "drop table a if exists cascade",
            "drop table b.c if exists cascade",
        ],
    );
    check(
        "DROP FUNCTION f(int), g",
        &["drop function f(integer)", "drop function g"],
    );
    each(&[
        (
            "DROP INDEX CONCURRENTLY IF EXISTS i",
            "drop index i if exists concurrently",
        ),
        ("DROP OWNED BY r CASCADE", "drop owned objects r cascade"),
        (
            "DROP CAST IF EXISTS (a.t AS int)",
            "drop cast a.t as integer if exists",
        ),
        ("DROP OPERATOR CLASS c USING btree", "drop operator class c"),
        (
            "DROP USER MAPPING IF EXISTS FOR u SERVER s",
            "drop user mapping u server s if exists",
        ),
        ("DROP DATABASE d WITH (FORCE)", "drop database d"),
        ("DROP EVENT TRIGGER e", "drop event trigger e"),
        ("DROP PROCEDURAL LANGUAGE l", "drop language l"),
        (
            "DROP INDEX IF EXIST i",
            "unknown: expected the end of the statement, found `EXIST`",
        ),
        (
            "DROP",
            "unknown: expected a kind of object, found the end of the statement",
        ),
        (
            "DROP CONSTRAINT c",
            "unknown: expected a kind of object, found `CONSTRAINT`",
        ),
        (
            "DROP TABLE a,",
            "unknown: expected a name, found the end of the statement",
        ),
    ]);
}

#[test]
fn alters() {
    check(
        "ALTER TYPE t ADD ATTRIBUTE a int, DROP ATTRIBUTE IF EXISTS b CASCADE, ALTER ATTRIBUTE c TYPE text",
        &[
            "alter type t: add attribute a",
            "alter type t: drop attribute b if exists cascade",
            "alter type t: other",
        ],
    );
    each(&[
        (
            "ALTER TYPE t ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'",
            "alter type t: add value 'x' keep",
        ),
        (
            "ALTER TYPE t ADD VALUE 'it''s'",
            "alter type t: add value 'it's'",
        ),
        (
            "ALTER TYPE t RENAME VALUE 'x' TO 'y'",
            "rename type t value 'x' to y",
        ),
        (
            "ALTER TYPE t RENAME ATTRIBUTE a TO b CASCADE",
            "rename type t attribute a to b",
        ),
        ("ALTER TYPE t RENAME TO u", "rename type t to u"),
        ("ALTER TYPE t OWNER TO r", "alter type t: other"),
        ("ALTER TYPE t SET SCHEMA s", "move type t to s"),
        (
            "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID",
            "alter domain d: add CHECK c not valid",
        ),
        (
            "ALTER DOMAIN d DROP CONSTRAINT IF EXISTS c",
            "alter domain d: drop constraint c if exists",
        ),
        (
            "ALTER DOMAIN d VALIDATE CONSTRAINT c",
            "alter domain d: validate c",
        ),
        (
            "ALTER DOMAIN d RENAME CONSTRAINT c TO e",
            "rename domain d constraint c to e",
        ),
        (
            "ALTER DOMAIN d SET NOT NULL",
            "alter domain d: set not null",
        ),
        ("ALTER DOMAIN d SET DEFAULT 1", "alter domain d: other"),
        (
            "ALTER SEQUENCE IF EXISTS s RENAME TO u",
            "rename sequence s to u if exists",
        ),
        ("ALTER SEQUENCE s OWNED BY a.b.c", "alter sequence s: other"),
        (
            "ALTER EXTENSION e ADD TABLE t",
            "alter extension e: add member",
        ),
        (
            "ALTER EXTENSION e DROP FUNCTION f()",
            "alter extension e: drop member",
        ),
        ("ALTER EXTENSION e UPDATE", "alter extension e: other"),
        (
            "ALTER PUBLICATION p DROP TABLE \"ImageMetric\"",
            "alter publication p: drop member",
        ),
        (
            "ALTER PUBLICATION p SET TABLE t",
            "alter publication p: other",
        ),
        (
            "ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH simple",
            "alter text search configuration c: add member",
        ),
        (
            "ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING IF EXISTS FOR word",
            "alter text search configuration c: other",
        ),
        (
            "ALTER SERVER s OPTIONS (SET host 'a', SET set 'b')",
            "alter server s: other",
        ),
        (
            "ALTER SERVER s OPTIONS (host 'a')",
            "alter server s: add member",
        ),
        (
            "ALTER SERVER s OPTIONS (DROP host)",
            "alter server s: drop member",
        ),
        (
            "ALTER FUNCTION f(int) SET search_path = ''",
            "alter function f: path",
        ),
        (
            "ALTER ROLE r SET search_path TO public, extensions",
            "alter role r: options",
        ),
        ("ALTER SCHEMA s RENAME TO u", "rename schema s to u"),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA s REVOKE ALL ON TABLES FROM r",
            "revoke all on table  for r default",
        ),
        ("ALTER SYSTEM SET x = 1", "AlterSystem"),
        (
            "ALTER LARGE OBJECT 1 OWNER TO r",
            "other ALTER LARGE OBJECT",
        ),
    ]);
}

#[test]
fn statements_with_little_to_say() {
    each(&[
        ("COMMENT ON FUNCTION f(a int) IS 'x'", "comment function"),
        (
            "COMMENT ON CONSTRAINT c ON DOMAIN d IS NULL",
            "comment constraint",
        ),
        ("COMMENT ON COLUMN a.b.c IS 'x'", "comment column"),
        ("COMMENT ON LARGE OBJECT 1 IS ''", "comment ?"),
        ("SECURITY LABEL FOR p ON TABLE t IS 'x'", "comment table"),
        (
            "GRANT pg_read_all_data TO r",
            "grant pg_read_all_data on -  for r",
        ),
        ("REVOKE ALL ON t FROM r", "revoke all on table t for r"),
        ("ANALYZE a, b", "analyze a,b"),
        ("DISCARD ALL", "other DISCARD ALL"),
        ("NOTIFY c, 'x'", "other NOTIFY"),
        (
            "IMPORT FOREIGN SCHEMA s FROM SERVER v INTO p",
            "other IMPORT FOREIGN SCHEMA",
        ),
        ("\\set x 1", "PsqlCommand"),
        ("ANALYZE t \\gset", "PsqlCommand"),
        ("GRANT ALL ON t", "unknown: expected TO and a role"),
        ("DROP TABLE {{ name }}", "Placeholder"),
        ("GRANT ALL ON t TO ${role}", "Placeholder"),
        ("DROP TABLE :name", "Placeholder"),
        ("CREATE ROLE $%NAME%$ LOGIN", "Placeholder"),
    ]);
}

#[test]
fn guards_that_postgres_does_not_have() {
    each(&[
        (
            "CREATE TYPE IF NOT EXISTS t AS ENUM ('a')",
            "unknown: CREATE TYPE has no IF NOT EXISTS",
        ),
        (
            "CREATE POLICY IF NOT EXISTS p ON t",
            "unknown: CREATE POLICY has no IF NOT EXISTS",
        ),
        (
            "CREATE OR REPLACE MATERIALIZED VIEW m AS SELECT 1",
            "unknown: CREATE MATERIALIZED VIEW has no OR REPLACE",
        ),
        (
            "ALTER TYPE IF EXISTS t RENAME TO u",
            "unknown: ALTER TYPE has no IF EXISTS",
        ),
    ]);
}

#[test]
fn a_schema_holds_its_elements() {
    check(
        "CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION r CREATE VIEW v AS SELECT 1 CREATE SEQUENCE t.q GRANT ALL ON v TO x",
        &[
            "create schema s keep",
            "create view s.v",
            "create sequence t.q",
            "grant all on table v for x",
        ],
    );
    check("CREATE SCHEMA AUTHORIZATION r", &["create schema r"]);
}

/// The text with `^` at each place where a fix may insert.
fn anchors(sql: &str) -> String {
    let source = SourceFile::new("a.sql", sql);
    let script = statement::split(&source);
    let mut text = sql.to_owned();
    let mut places: Vec<usize> = lower::lower(&source, &script.statements)
        .iter()
        .flat_map(|step| match &step.action {
            Action::CreateObject(create) => vec![create.after_create, create.name_start],
            Action::DropObject(drop) => drop
                .name_start
                .into_iter()
                .chain(drop.after_keyword)
                .collect(),
            action => panic!("{action:?} has no anchors"),
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    for place in places.into_iter().rev() {
        text.insert(place, '^');
    }
    text
}

#[test]
fn fixes_have_their_places() {
    for marked in [
        "CREATE^ VIEW ^a.v AS SELECT 1",
        "CREATE^ /* x */ TRIGGER ^t BEFORE INSERT ON x EXECUTE FUNCTION f()",
        "CREATE^ EXTENSION IF NOT EXISTS ^e",
        "DROP TABLE ^a.b, c",
        "DROP INDEX^ IF EXISTS ^i",
        "DROP OWNED BY r",
    ] {
        assert_eq!(anchors(&marked.replace('^', "")), marked);
    }
}
