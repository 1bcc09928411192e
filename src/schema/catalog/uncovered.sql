-- What is there and not read: relations of kinds that are not known yet.
SELECT c.tableoid AS class, c.oid, format('relation of the kind "%s": %I.%I', c.relkind, n.nspname, c.relname) AS name
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid >= 16384
  AND c.relkind NOT IN ('r', 'p', 'f', 'v', 'm', 'c', 'S', 'i', 'I', 't')
