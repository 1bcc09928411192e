//! Where the file's own functions are called.

use crate::lower;

/// What a file does that creates `f`, which drops the type `a`, behind the statement that creates it.
#[track_caller]
fn runs(sql: &str, expected: &[&str]) {
    let create =
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN DROP TYPE a; RETURN 1; END';";
    let found = lower::brief::read(&format!("{create} {sql}"));
    assert_eq!(found[1..], *expected, "{sql}");
}

#[test]
fn wherever_a_function_is_called_it_runs() {
    for sql in [
        "SELECT f()",
        "SELECT 1 FROM t WHERE x = f()",
        "SELECT * FROM f() AS g(x)",
        "WITH x AS (SELECT f()) SELECT 1 FROM x",
        "VALUES (f())",
        "SELECT CASE WHEN x THEN f() END",
        "SELECT (SELECT 1 FROM f())",
        "CALL f()",
    ] {
        runs(sql, &["query f", "drop type a"]);
    }
    for (sql, first) in [
        ("INSERT INTO t SELECT f()", "insert t"),
        ("INSERT INTO t VALUES (f())", "insert t"),
        ("DELETE FROM t WHERE x = f()", "delete t where"),
        ("CREATE TABLE t AS SELECT f() AS x", "table t () of query"),
    ] {
        runs(sql, &[first, "query f", "drop type a"]);
    }
    for body in [
        "BEGIN x := f(); END",
        "BEGIN x = 1 + f(); END",
        "DECLARE x int := f(); BEGIN END",
        "BEGIN PERFORM f(); END",
        "BEGIN CALL f(); END",
        "BEGIN SELECT f() INTO x; END",
        "BEGIN IF f() > 0 THEN NULL; END IF; END",
        "BEGIN CASE f() WHEN 1 THEN NULL; END CASE; END",
        "BEGIN FOR x IN SELECT f() LOOP NULL; END LOOP; END",
        "BEGIN WHILE f() > 0 LOOP NULL; END LOOP; END",
        "BEGIN RAISE NOTICE '%', f(); END",
        "BEGIN RETURN f(); END",
        "BEGIN EXECUTE 'SELECT f()'; END",
    ] {
        runs(&format!("DO $$ {body} $$"), &["query f", "drop type a"]);
    }
    runs(
        "DO $$ BEGIN IF y THEN x := f(); ELSIF f() > 1 THEN NULL; END IF; END $$",
        &["query f [if]", "drop type a [if]", "query f [if]"],
    );
}

#[test]
fn what_nobody_calls_does_not_run() {
    for (sql, expected) in [
        ("SELECT g(), f FROM t", "query g"),
        ("SELECT 'f()'", "query"),
        ("SELECT other.f(1)", "query other.f"),
        ("COMMENT ON FUNCTION f() IS 'x'", "comment function"),
    ] {
        let create = "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN DROP TYPE a; RETURN 1; END';";
        let found = lower::brief::read(&format!("{create} {sql}"));
        assert_eq!(found[1..], [expected.to_owned()], "{sql}");
    }
    runs(
        "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO t VALUES (1)",
        &["create trigger g on t", "insert t"],
    );
    runs(
        "ALTER TABLE t ALTER x SET DEFAULT f()",
        &["table t: x = `f()` calls f"],
    );
    runs("CREATE VIEW v AS SELECT f()", &["create view v"]);
}
