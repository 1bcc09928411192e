//! PL/pgSQL bodies and the steps in them, with their guards.

mod calls;
mod guards;

use crate::{
    lower::{self, brief::check},
    source::SourceFile,
    statement,
};

/// Checks the statements of a block's body.
#[track_caller]
fn body(text: &str, expected: &[&str]) {
    check(&format!("DO $$ {text} $$"), expected);
}

/// The text of each step.
fn texts(sql: &str) -> Vec<String> {
    let source = SourceFile::new("a.sql", sql);
    let script = statement::split(&source);
    lower::lower(&source, &script.statements)
        .iter()
        .map(|step| source.slice(step.span).to_owned())
        .collect()
}

#[test]
fn handlers_protect_what_stands_before_them() {
    body(
        "BEGIN
            CREATE TYPE t AS ENUM ('a');
            BEGIN DROP VIEW v; EXCEPTION WHEN undefined_table THEN NULL; END;
            EXCEPTION WHEN duplicate_object OR SQLSTATE '42P07' THEN DROP VIEW w;
        END",
        &[
            "create type t [\"a\"] [catches duplicate_object,duplicate_table]",
            "drop view v [catches undefined_table,duplicate_object,duplicate_table]",
            "drop view w [if]",
        ],
    );
}

#[test]
fn a_handler_that_raises_again_protects_nothing() {
    body(
        "BEGIN
            DROP VIEW v;
            EXCEPTION
                WHEN undefined_table THEN RAISE NOTICE 'gone';
                WHEN others THEN RAISE;
        END",
        &["drop view v [catches undefined_table]"],
    );
}

#[test]
fn codes_and_categories() {
    let catches = |handler: &str, conditions: &str| {
        body(
            &format!("BEGIN DROP VIEW v; EXCEPTION WHEN {handler} THEN NULL; END"),
            &[&format!("drop view v [catches {conditions}]")],
        );
    };
    catches("OTHERS", "others");
    catches("sqlstate '42P01'", "undefined_table");
    catches(
        "SQLSTATE '0A000' OR undefined_table",
        "0A000,undefined_table",
    );
    catches(
        "integrity_constraint_violation",
        "integrity_constraint_violation,not_null_violation,foreign_key_violation,unique_violation,check_violation",
    );
    catches(
        "SQLSTATE '55000'",
        "object_not_in_prerequisite_state,object_in_use,lock_not_available",
    );
}

#[test]
fn conditions_that_ask_the_catalog() {
    body(
        "BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') THEN DROP TYPE a;
            ELSIF x THEN DROP TYPE b;
            ELSE DROP TYPE c;
            END IF;
            IF to_regclass('public.d') IS NULL THEN DROP TYPE d; END IF;
            IF 't'::regclass IS NULL THEN DROP TYPE e; END IF;
            IF has_table_privilege('r', 't', 'SELECT') THEN DROP TYPE f; END IF;
            IF pg_try_advisory_lock(1) THEN DROP TYPE g; END IF;
            DROP TYPE h;
        END",
        &[
            "drop type a [catalog]",
            "drop type b [catalog] [if]",
            "drop type c [catalog] [if]",
            "drop type d [catalog]",
            "drop type e [catalog]",
            "drop type f [catalog]",
            "drop type g [if]",
            "drop type h",
        ],
    );
}

#[test]
fn variables_carry_what_the_catalog_said() {
    body(
        "DECLARE
            found_it boolean := EXISTS (SELECT FROM information_schema.tables);
            other boolean := true;
            kind pg_type.typname%TYPE;
            copied boolean;
        BEGIN
            copied := NOT found_it;
            IF copied THEN DROP TYPE a; END IF;
            IF other THEN DROP TYPE b; END IF;
            IF kind IS NULL THEN DROP TYPE c; END IF;
            copied = true;
            IF copied THEN DROP TYPE d; END IF;
            EXECUTE 'SELECT 1 FROM pg_class WHERE ' || x INTO other;
            IF other THEN DROP TYPE e; END IF;
        END",
        &[
            "drop type a [catalog]",
            "drop type b [if]",
            "drop type c [if]",
            "drop type d [if]",
            "DynamicSql",
            "drop type e [catalog]",
        ],
    );
}

#[test]
fn leaving_early_guards_the_rest() {
    body(
        "BEGIN
            DROP TYPE a;
            IF to_regtype('b') IS NOT NULL THEN RETURN; END IF;
            DROP TYPE b;
            LOOP
                EXIT WHEN done;
                CONTINUE WHEN to_regtype(x) IS NULL;
                DROP TYPE c;
            END LOOP;
            DROP TYPE d;
        END",
        &[
            "drop type a",
            "drop type b [catalog]",
            "drop type c [catalog] [if]",
            "drop type d [catalog]",
        ],
    );
}

#[test]
fn loops_and_cases() {
    body(
        "DECLARE r record; BEGIN
            <<outer>>
            FOR r IN SELECT CASE WHEN true THEN 1 END FROM pg_class LOOP
                DROP TYPE a;
                IF r.x THEN DROP TYPE b; END IF;
            END LOOP outer;
            FOR i IN 1..10 LOOP DROP TYPE c; END LOOP;
            WHILE i < 3 LOOP DROP TYPE d; END LOOP;
            FOREACH x IN ARRAY ARRAY[1, 2] LOOP DROP TYPE e; END LOOP;
            CASE x WHEN 1 THEN DROP TYPE f; ELSE DROP TYPE g; END CASE;
            IF CASE WHEN a THEN b END THEN DROP TYPE h; END IF;
        END",
        &[
            "drop type a [catalog]",
            "drop type b [catalog]",
            "drop type c [if]",
            "drop type d [if]",
            "drop type e [if]",
            "drop type f [if]",
            "drop type g [if]",
            "drop type h [if]",
        ],
    );
}

#[test]
fn executed_strings() {
    body(
        "BEGIN
            EXECUTE 'DROP TYPE a; DROP TYPE b';
            EXECUTE ('DROP TYPE it''s');
            EXECUTE format('DROP TYPE c') USING x;
            EXECUTE format('DROP TYPE %I', x);
            EXECUTE 'DROP TYPE ' || x;
            EXECUTE 'DROP TYPE ' || 'e;' || $f$DROP TYPE f$f$;
            EXECUTE $q$ DO $r$ BEGIN DROP TYPE d; END $r$ $q$;
        END",
        &[
            "drop type a",
            "drop type b",
            "unknown: Unterminated string literal",
            "drop type c",
            "DynamicSql",
            "DynamicSql",
            "drop type e",
            "drop type f",
            "drop type d",
        ],
    );
}

#[test]
fn steps_know_their_places() {
    assert_eq!(
        texts("-- é\nDO $x$ BEGIN /* ; */ DROP TYPE a; EXECUTE $$DROP TYPE b$$; END $x$"),
        ["DROP TYPE a", "DROP TYPE b"],
    );
    assert_eq!(
        texts("DO 'BEGIN COMMENT ON TYPE a IS ''é''; DROP TYPE b; END'"),
        ["COMMENT ON TYPE a IS ''é''", "DROP TYPE b"],
    );
    assert_eq!(
        texts("DO 'BEGIN EXECUTE ''DROP TYPE a''; END'"),
        ["''DROP TYPE a''"],
    );
}

#[test]
fn blocks_without_sql() {
    check("DO $$ BEGIN RAISE 'no way back'; END $$", &["other DO"]);
    check("DO LANGUAGE plpython3u $$ import os $$", &["DynamicSql"]);
    check("DO $$ BEGIN NULL; END $$ LANGUAGE 'plpgsql'", &["other DO"]);
    check(
        "DO $$ SELECT 1 $$",
        &["unknown: expected DECLARE or BEGIN, found `SELECT`"],
    );
    check(
        "DO $$ BEGIN IF x THEN NULL; $$",
        &["unknown: expected END, found the end of the statement"],
    );
}

#[test]
fn nesting_has_a_bound() {
    let mut block = "DROP TYPE a".to_owned();
    for level in 0..40 {
        block =
            format!("DO $q{level}$ BEGIN EXECUTE $r{level}$ {block} $r{level}$; END $q{level}$");
    }
    check(&block, &["DynamicSql"]);
    body(
        &format!("{}{}", "BEGIN ".repeat(300), "END; ".repeat(300)),
        &["unknown: blocks nest too deep"],
    );
}

#[test]
fn into_fills_variables() {
    body(
        "DECLARE n int; BEGIN
            SELECT count(*) INTO STRICT n FROM pg_class;
            IF n > 0 THEN DROP TYPE a; END IF;
            PERFORM 1 FROM pg_type;
            IF NOT FOUND THEN DROP TYPE b; END IF;
            INSERT INTO t (a) VALUES (1) RETURNING id INTO n;
            IF n > 0 OR FOUND THEN DROP TYPE c; END IF;
        END",
        &[
            "query count",
            "drop type a [catalog]",
            "query",
            "drop type b [catalog]",
            "insert t then RETURNING id INTO n",
            "drop type c [if]",
        ],
    );
}

#[test]
fn functions_that_the_file_runs_are_followed_once() {
    check(
        "CREATE FUNCTION pg_temp.f(x text) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN EXECUTE 'ALTER TYPE ' || x; DROP TYPE a; PERFORM g(); END $$;
        CREATE FUNCTION g() RETURNS void LANGUAGE 'sql' AS 'DROP TYPE b; DROP TYPE c';
        CREATE PROCEDURE p() BEGIN ATOMIC SELECT f(); DELETE FROM t; END;
        CREATE FUNCTION never() RETURNS void LANGUAGE sql AS 'DROP TYPE d';
        DO $$ BEGIN IF x THEN PERFORM pg_temp.f('y'); END IF; END $$;
        SELECT pg_temp.f('z');
        CALL p();",
        &[
            "create function pg_temp.f(text)",
            "create function g()",
            "create procedure p()",
            "create function never()",
            "query pg_temp.f [if]",
            "DynamicSql [if]",
            "drop type a [if]",
            "query g [if]",
            "drop type b [if]",
            "drop type c [if]",
            "query pg_temp.f",
            "query p",
            "query f",
            "delete t",
        ],
    );
}
