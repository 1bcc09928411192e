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
       c.relpersistence = 'u' AS unlogged,
       d.refobjid AS of,
       d.refobjsubid AS number
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
                        AND d.deptype IN ('a', 'i')
WHERE c.oid >= 16384
  AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
