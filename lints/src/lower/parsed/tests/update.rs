//! `UPDATE`, and whether a second run changes the row again.

use crate::lower::brief::each;

#[test]
fn updates() {
    each(&[
        (
            "UPDATE ONLY s.t AS x SET a = 1, (b, c) = (2, f(3)), (d, e) = (SELECT 1, 2), g[1] = 4, h.i = 5 FROM u WHERE x.a = u.a RETURNING *",
            "update s.t: a = 1, b = 2, c = f(3), d = (SELECT 1, 2), e = (SELECT 1, 2), g = 4, h = 5 where x.a = u.a",
        ),
        (
            "UPDATE t SET a = b IS DISTINCT FROM c WHERE CURRENT OF k",
            "update t: a = b IS DISTINCT FROM c where current",
        ),
    ]);
}

#[track_caller]
fn again(cases: &[&str]) {
    for sql in cases {
        let found = crate::lower::brief::read(sql).join("; ");
        assert!(found.contains(" again"), "{found}");
    }
}

#[track_caller]
fn once(cases: &[&str]) {
    for sql in cases {
        let found = crate::lower::brief::read(sql).join("; ");
        assert!(
            found.starts_with("update ") && !found.contains(" again"),
            "{found}"
        );
    }
}

#[test]
fn functions_of_the_column_repeat() {
    again(&[
        "UPDATE t SET a = a + 1",
        "UPDATE t SET a = a + 1, v = 2 WHERE v <= 2",
        "UPDATE t SET a = a + 1, v = 2 WHERE 2 < v OR v < 2",
        "UPDATE t SET a = a + 1, v = '10' WHERE v > '9'",
        "UPDATE t SET a = a || 'y'",
        "UPDATE t SET a = t.a * 100 WHERE b",
        "UPDATE t x SET a = concat('y', x.a)",
        "UPDATE t SET a = NOT a",
        "UPDATE t SET a = md5(a)",
        "UPDATE t SET a = coalesce(a, 0) + 1",
        "UPDATE t SET a = substring(a FROM 2)",
        "UPDATE t SET a = replace(a, 'a', 'aa')",
        "UPDATE t SET a = replace(a, 'ab', '')",
        "UPDATE t SET a = array_append(a, 1)",
        "UPDATE t SET a = a || '[1]'::jsonb",
        "UPDATE t SET a = a - 1",
        "UPDATE t SET a = a - '1 day'::interval",
        "UPDATE t SET a = jsonb_set(a, '{n}', a->'o')",
        "UPDATE t SET a = CASE a WHEN 'x' THEN 'y' WHEN 'y' THEN 'z' ELSE a END",
        "UPDATE t SET a = CASE WHEN b THEN a + 1 ELSE a END",
        "UPDATE t SET a = gen_random_uuid()",
    ]);
}

#[test]
fn idempotent_functions_do_not_repeat() {
    once(&[
        "UPDATE t SET a = 1",
        "UPDATE t SET a = NULL",
        "UPDATE t SET a = a",
        "UPDATE t SET a = now()",
        "UPDATE t SET a = b + 1, c = lower(d)",
        "UPDATE t SET a = coalesce(a, 0)",
        "UPDATE t SET a = lower(trim(a))",
        "UPDATE t SET a = greatest(a, 0), b = abs(b), c = round(c, 2)",
        "UPDATE t SET a = date_trunc('day', a)",
        "UPDATE t SET a = a::jsonb",
        "UPDATE t SET a = replace(a, 'http://', 'https://')",
        "UPDATE t SET a = a || '{\"b\": 1}'::jsonb",
        "UPDATE t SET a = coalesce(a, '{}') || jsonb_build_object('b', b)",
        "UPDATE t SET a = jsonb_set(a, '{b}', '1')",
        "UPDATE t SET a = a - 'key'",
        "UPDATE t SET a = CASE a WHEN 'x' THEN 'y' ELSE a END",
        "UPDATE t SET a = CASE WHEN b THEN 1 ELSE a END",
        "UPDATE t SET a = u.a + 1 FROM u",
        "UPDATE t SET a = (SELECT a + 1 FROM u WHERE u.id = t.id)",
    ]);
}

#[test]
fn columns_that_the_statement_moves_repeat() {
    again(&[
        "UPDATE t SET a = b, b = NULL",
        "UPDATE t SET a = b, b = a",
        "UPDATE t SET a = b, b = lower(b)",
    ]);
    once(&[
        "UPDATE t SET a = b, b = b",
        "UPDATE t SET a = b, b = NULL WHERE b IS NOT NULL",
    ]);
}

#[test]
fn a_where_that_leaves_out_what_is_done_stops_it() {
    once(&[
        "UPDATE t SET a = gen_random_uuid() WHERE a IS NULL",
        "UPDATE t SET a = coalesce(a, 0) + 1 WHERE a IS NULL",
        "UPDATE t SET n = n + 1, done = true WHERE NOT done",
        "UPDATE t SET n = n + 1, done = true WHERE done IS NOT TRUE AND x",
        "UPDATE t SET n = n + 1, v = 2 WHERE v = 1",
        "UPDATE t SET n = n + 1, v = 2 WHERE v <> 2",
        "UPDATE t SET n = n + 1, v = 2 WHERE v < 2",
        "UPDATE t SET n = n + 1, v = 3 WHERE v <= 2",
        "UPDATE t SET n = n + 1, v = -1 WHERE v >= 0",
        "UPDATE t SET n = n + 1, v = 2 WHERE 2 > v AND a",
        "UPDATE t SET n = n + 1, v = 'b' WHERE v IN ('a', 'c')",
        "UPDATE t SET n = n + 1, v = 'b' WHERE v IS DISTINCT FROM 'b'",
        "UPDATE t SET n = n + 1, v = now() WHERE v IS NULL",
        "UPDATE t SET a = 'y' || a WHERE a NOT LIKE 'y%'",
        "UPDATE t SET a = a || '/' WHERE a NOT LIKE '%/'",
        "UPDATE t SET a = '/new' || substr(a, 5) WHERE a LIKE '/old%'",
        "UPDATE t SET a = (a - 'old') || jsonb_build_object('new', a->'old') WHERE a ? 'old'",
    ]);
    again(&[
        "UPDATE t SET n = n + 1, v = u.v FROM u WHERE t.v IS NULL",
        "UPDATE t SET n = n + 1, done = true WHERE NOT done OR x",
        "UPDATE t SET n = n + 1, v = 1 WHERE v = 1",
        "UPDATE t SET n = n + 1, v = 'a' WHERE v IN ('a', 'c')",
        "UPDATE t SET a = 'y' || a WHERE a NOT LIKE 'x%'",
        "UPDATE t SET a = '/old' || a WHERE a LIKE '/old%'",
    ]);
}
