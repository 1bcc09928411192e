//! `INSERT`, `DELETE`, `MERGE` and queries.

use crate::{
    lower::{brief::each, lower},
    source::SourceFile,
    statement,
};

#[test]
fn inserts() {
    each(&[
        ("INSERT INTO s.t (a, b) VALUES (1, DEFAULT)", "insert s.t"),
        (
            "INSERT INTO t AS x DEFAULT VALUES RETURNING id",
            "insert t then RETURNING id",
        ),
        (
            "INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1) RETURNING *",
            "insert t then RETURNING *",
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT (lower(a)) WHERE b DO UPDATE SET c = excluded.c WHERE t.c IS NULL RETURNING a",
            "insert t on conflict inside",
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT x DO NOTHING",
            "insert t on conflict inside",
        ),
        (
            "INSERT INTO t (SELECT a FROM u JOIN s.v USING (b))",
            "insert t reads u,s.v",
        ),
        (
            "INSERT INTO t (a) SELECT a FROM u, (SELECT 1 FROM w) x WHERE EXISTS (SELECT 1 FROM y) -- end",
            "insert t reads u,w then -- end",
        ),
        ("INSERT INTO t TABLE u", "insert t reads u"),
        (
            "INSERT INTO t SELECT * FROM generate_series(1, 10)",
            "insert t",
        ),
    ]);
}

#[test]
fn inserts_that_leave_out_what_is_there() {
    each(&[
        (
            "INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM public.t WHERE a = 1)",
            "insert t new only",
        ),
        (
            "INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM u)",
            "insert t",
        ),
        (
            "INSERT INTO t SELECT 1 WHERE EXISTS (SELECT 1 FROM t)",
            "insert t",
        ),
        (
            "INSERT INTO t SELECT a FROM u WHERE b AND a NOT IN (SELECT a FROM t)",
            "insert t new only reads u",
        ),
        (
            "INSERT INTO t SELECT a FROM u WHERE b OR a NOT IN (SELECT a FROM t)",
            "insert t reads u",
        ),
        (
            "INSERT INTO t SELECT a FROM u WHERE a <> ALL (SELECT a FROM t)",
            "insert t new only reads u",
        ),
        (
            "INSERT INTO t SELECT a FROM u EXCEPT SELECT a FROM t",
            "insert t new only reads u,t",
        ),
        (
            "INSERT INTO t SELECT u.a FROM u LEFT JOIN t x ON x.a = u.a WHERE x.a IS NULL",
            "insert t new only reads u,t",
        ),
        (
            "INSERT INTO t SELECT u.a FROM u LEFT JOIN v x ON x.a = u.a WHERE x.a IS NULL",
            "insert t reads u,v",
        ),
        (
            "INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t) UNION ALL SELECT 2",
            "insert t",
        ),
        (
            "WITH n AS (SELECT 1 AS a WHERE NOT EXISTS (SELECT 1 FROM t)) INSERT INTO t SELECT a FROM n",
            "insert t new only",
        ),
        (
            "WITH old AS (SELECT a FROM t) INSERT INTO t SELECT a FROM u WHERE a NOT IN (SELECT a FROM old)",
            "insert t new only reads t,u",
        ),
    ]);
}

#[test]
fn deletes_and_merges() {
    each(&[
        ("DELETE FROM t", "delete t"),
        (
            "DELETE FROM ONLY s.t AS x USING u WHERE x.a = u.a RETURNING *",
            "delete s.t where",
        ),
        ("DELETE FROM t WHERE CURRENT OF c", "delete t where"),
        (
            "UPDATE t SET a[1] = 1, a[2] = 2, b.c = 3, b.d = 4",
            "update t: a = 1, a = 2, b = 3, b = 4",
        ),
        (
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED AND u.b THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)",
            "merge t; delete t where",
        ),
        (
            "MERGE INTO t AS x USING u ON x.a = u.a WHEN MATCHED THEN UPDATE SET b = 1",
            "merge t",
        ),
    ]);
}

#[test]
fn statements_in_with_are_steps_of_their_own() {
    let sql = "WITH d AS (DELETE FROM a RETURNING *), u AS MATERIALIZED (SELECT f(1)) INSERT INTO b SELECT * FROM d";
    each(&[
        (sql, "delete a; insert b new only"),
        (
            "WITH d AS (WITH e AS (SELECT 1) UPDATE t SET a = 1) SELECT g()",
            "update t: a = 1; query g",
        ),
        (
            "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SEARCH DEPTH FIRST BY n SET o SELECT * FROM r",
            "query",
        ),
    ]);
    let source = SourceFile::new("a.sql", sql);
    let steps = lower(&source, &statement::split(&source).statements);
    assert_eq!(source.slice(steps[0].span), "DELETE FROM a RETURNING *");
    assert_eq!(source.slice(steps[1].span), sql);
}

#[test]
fn queries() {
    each(&[
        ("SELECT 1", "query"),
        ("SELECT", "query"),
        ("TABLE t", "query"),
        ("VALUES (1), (now())", "query now"),
        (
            "(SELECT 1) UNION (SELECT a.f(2)) ORDER BY g()",
            "query a.f,g",
        ),
        (
            "SELECT count(*) FILTER (WHERE h(1)), sum(x) OVER (ORDER BY i(y)) FROM j(k(1)) AS z, LATERAL (SELECT l()) m",
            "query count,h,sum,i,j,k,l",
        ),
        (
            "SELECT extract(epoch FROM now()), trim(a), a AT TIME ZONE 'utc', substring(b FROM 1), current_user, \"user\"",
            "query extract,now,trim,timezone,substring,current_user",
        ),
        ("CALL s.p(1, f(2))", "query s.p,f"),
        (
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "set search_path [\"\"]",
        ),
        (
            "SELECT set_config('Lock_Timeout', '5s', true)",
            "set lock_timeout [\"5s\"] local",
        ),
        (
            "SELECT set_config('search_path', 'a, \"B\"', false)",
            "set search_path [\"a\", \"B\"]",
        ),
        (
            "SELECT set_config('x.y', current_user, true)",
            "query set_config,current_user",
        ),
        ("EXPLAIN SELECT f()", "other EXPLAIN"),
        ("EXPLAIN ANALYZE DELETE FROM t", "delete t"),
        ("EXPLAIN (COSTS off, ANALYZE) DELETE FROM t", "delete t"),
        ("EXPLAIN (ANALYZE false) DELETE FROM t", "other EXPLAIN"),
    ]);
}

#[test]
fn broken() {
    each(&[
        (
            "SELEC 1",
            "unknown: expected an SQL statement, found `SELEC`",
        ),
        (
            "SELECT 1 FROM (t",
            "unknown: expected joined table, found the end of the statement",
        ),
        (
            "SELECT 1 foo bar",
            "unknown: expected the end of the statement, found `bar`",
        ),
        (
            "INSERT INTO t",
            "unknown: expected SELECT, VALUES, or a subquery in the query body, found the end of the statement",
        ),
        ("INSERT t VALUES (1)", "unknown: expected INTO, found `t`"),
        ("UPDATE t WHERE a = 1", "unknown: expected SET, found `a`"),
        (
            "UPDATE t SET a",
            "unknown: expected =, found the end of the statement",
        ),
        (
            "UPDATE t SET a = 1, b = 2, (c, a) = (3, 4)",
            "unknown: Postgres refuses a second value for `a`",
        ),
        ("DELETE t", "unknown: expected FROM, found `t`"),
        (
            "DELETE FROM t WHERE a = ",
            "unknown: expected an expression, found the end of the statement",
        ),
        (
            "EXPLAIN",
            "unknown: expected a statement to explain, found the end of the statement",
        ),
        ("CALL p", "unknown: expected a procedure with its arguments"),
        (
            "DELETE FROM t SELECT 1",
            "unknown: expected the end of the statement, found `1`",
        ),
    ]);
}
