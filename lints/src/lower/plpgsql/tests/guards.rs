//! Guards that ask the catalog about something else.

use crate::{
    lower::{self, brief::check},
    source::SourceFile,
    statement,
};

#[test]
fn a_guard_about_something_else_protects_nothing() {
    let guarded = |condition: &str, statement: &str, guard: &str| {
        let text = format!("BEGIN IF {condition} THEN {statement}; END IF; END");
        let source = SourceFile::new("a.sql", format!("DO $$ {text} $$"));
        let script = statement::split(&source);
        let steps = lower::lower(&source, &script.statements);
        let step = &steps[0];
        let found = (step.guard.tests_catalog, step.guard.conditional);
        let expected = match guard {
            "catalog" => (true, false),
            "if" => (false, true),
            other => panic!("{other}"),
        };
        assert_eq!(found, expected, "{condition}: {statement}");
    };
    let column = "EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'mail')";
    guarded(
        &format!("NOT {column}"),
        "ALTER TABLE users ADD COLUMN mail text",
        "catalog",
    );
    guarded(
        &format!("NOT {column}"),
        "ALTER TABLE users ADD COLUMN phone text",
        "if",
    );
    guarded(column, "ALTER TABLE users RENAME mail TO email", "catalog");
    guarded(column, "ALTER TABLE users DROP COLUMN phone", "if");
    let table = "EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'users')";
    guarded(table, "ALTER TABLE users ADD COLUMN phone text", "if");
    guarded(table, "DROP TABLE users", "catalog");
    guarded(table, "ALTER TABLE users RENAME TO people", "catalog");
    guarded(
        &format!("NOT {table}"),
        "CREATE TABLE users (id int)",
        "catalog",
    );
    guarded(&format!("NOT {table}"), "CREATE TABLE teams (id int)", "if");
    guarded(
        "to_regclass('public.\"Users\"') IS NULL",
        "CREATE TABLE \"Users\" (id int)",
        "catalog",
    );
    guarded(
        "to_regclass('public.users') IS NULL",
        "CREATE TABLE \"Users\" (id int)",
        "if",
    );
    guarded(
        "to_regclass(name) IS NULL",
        "CREATE TABLE users (id int)",
        "catalog",
    );
    let kind = |name: &str| {
        format!(
            "NOT EXISTS (SELECT FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = '{name}')"
        )
    };
    guarded(&kind("mood"), "CREATE TYPE mood AS ENUM ('a')", "catalog");
    guarded(&kind("other"), "CREATE TYPE mood AS ENUM ('a')", "if");
    guarded(&kind("mood"), "ALTER TYPE mood ADD VALUE 'b'", "if");
    let label = "NOT EXISTS (SELECT FROM pg_enum e JOIN pg_type t ON t.oid = enumtypid WHERE typname = 'mood' AND enumlabel = 'b')";
    guarded(label, "ALTER TYPE mood ADD VALUE 'b'", "catalog");
    let constraint = |test: &str| {
        format!(
            "NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'users'::regclass AND {test})"
        )
    };
    guarded(
        &constraint("conname = 'users_check'"),
        "ALTER TABLE users ADD CHECK (a > b)",
        "catalog",
    );
    guarded(
        &constraint("conname = 'c'"),
        "ALTER TABLE users ADD CONSTRAINT d CHECK (a > 1)",
        "if",
    );
    guarded(
        &constraint("contype = 'p'"),
        "ALTER TABLE users ADD PRIMARY KEY (id)",
        "catalog",
    );
    guarded(
        &constraint("conname IN ('c', 'd')"),
        "ALTER TABLE users ADD CONSTRAINT d CHECK (a > 1)",
        "catalog",
    );
    guarded(
        &constraint("conname LIKE 'c%'"),
        "ALTER TABLE users ADD CONSTRAINT d CHECK (a > 1)",
        "catalog",
    );
    guarded(
        "NOT EXISTS (SELECT FROM pg_indexes WHERE tablename = 'users' AND indexname = 'users_a_idx')",
        "CREATE INDEX ON users (a)",
        "catalog",
    );
    guarded(
        "NOT (SELECT relrowsecurity FROM pg_class WHERE relname = 'users')",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "catalog",
    );
    guarded(
        "NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app')",
        "CREATE ROLE app",
        "catalog",
    );
    guarded(
        "EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')",
        "CREATE TABLE t (id int)",
        "if",
    );
    guarded(
        "(SELECT data_type FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c') = 'integer'",
        "ALTER TABLE t ALTER c TYPE bigint",
        "catalog",
    );
}

#[test]
fn what_another_statement_changes_is_asked_for() {
    check(
        "DO $$ BEGIN
            IF to_regtype('mood') IS NULL THEN CREATE TYPE mood AS ENUM (); CREATE VIEW v AS SELECT 1; END IF;
            IF to_regtype('other') IS NULL THEN CREATE VIEW w AS SELECT 1; END IF;
            IF to_regtype('other') IS NULL AND to_regclass(x) IS NULL THEN CREATE VIEW z AS SELECT 1; END IF;
        END $$;
        DO $$ DECLARE there boolean; BEGIN
            SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'x') INTO there;
            IF NOT there THEN CREATE VIEW y AS SELECT 1; END IF;
            PERFORM FROM pg_class WHERE relname = 'v';
            IF NOT FOUND THEN CREATE VIEW u AS SELECT 1; END IF;
        END $$",
        &[
            "create type mood [] [catalog]",
            "create view v [catalog]",
            "create view w [if]",
            "create view z [catalog]",
            "query",
            "create view y [if]",
            "query",
            "create view u [catalog]",
        ],
    );
}
