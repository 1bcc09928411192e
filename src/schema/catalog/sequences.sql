-- Sequences, with the column that owns them (`auto` dependency) or whose identity they are (`internal`).
SELECT c.oid,
       format('%I.%I', n.nspname, c.relname) AS name,
       format_type(s.seqtypid, NULL) AS data_type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS min,
       s.seqmax AS max,
       s.seqcache AS cache,
       s.seqcycle AS cycle,
       c.relpersistence = 'u' AS unlogged, --@15
       -- Before Postgres 15 none is, and one that goes without saying is as if it were as its table.
       coalesce(t.relpersistence = 'u' AND (d.deptype = 'i' OR usual.name = c.relname), false) AS unlogged, --@<15
       d.refobjid AS of,
       d.refobjsubid AS number
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
                        AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class AS t ON t.oid = d.refobjid --@<15
LEFT JOIN LATERAL (SELECT concat_ws('_', t.relname, a.attname, 'seq') AS name --@<15
                   FROM pg_attrdef AS f --@<15
                   JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum --@<15
                   JOIN pg_depend AS uses ON uses.classid = f.tableoid AND uses.objid = f.oid --@<15
                                         AND uses.refobjid = c.oid --@<15
                   WHERE f.adrelid = d.refobjid AND f.adnum = d.refobjsubid AND a.atttypid = s.seqtypid AND a.attnotnull --@<15
                     AND (s.seqstart, s.seqincrement, s.seqmin, s.seqcache, s.seqcycle) = (1, 1, 1, 1, false)) AS usual ON true --@<15
WHERE c.oid >= 16384
  AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
