-- Domains; their constraints are read with those of tables.
SELECT t.oid,
       t.typarray AS array_type,
       format('%I.%I', n.nspname, t.typname) AS name,
       format_type(t.typbasetype, t.typtypmod) AS data_type,
       CASE WHEN t.typcollation <> b.typcollation
            THEN (SELECT format('%I.%I', cn.nspname, o.collname)
                  FROM pg_collation AS o JOIN pg_namespace AS cn ON cn.oid = o.collnamespace
                  WHERE o.oid = t.typcollation) END AS collation,
       pg_get_expr(t.typdefaultbin, 0, true) AS default,
       t.typnotnull AS not_null
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
JOIN pg_type AS b ON b.oid = t.typbasetype
WHERE t.oid >= 16384
  AND t.typtype = 'd'
