-- Composite types made by `CREATE TYPE … AS (…)`; their attributes are read with columns.
SELECT t.oid,
       t.typarray AS array_type,
       c.oid AS relation,
       format('%I.%I', n.nspname, t.typname) AS name
FROM pg_class AS c
JOIN pg_type AS t ON t.oid = c.reltype
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE c.oid >= 16384
  AND c.relkind = 'c'
