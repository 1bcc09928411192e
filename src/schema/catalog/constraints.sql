-- Constraints of tables and domains. The foreign keys of partitions come with their parents'.
SELECT k.oid,
       CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END AS of,
       quote_ident(k.conname) AS name,
       k.contype AS kind,
       pg_get_constraintdef(k.oid, true) AS definition,
       k.convalidated AS valid,
       k.conislocal AS local,
       quote_ident(a.attname) AS "column", --@18
       NULL::text AS "column", --@<18
       k.contype = 'n' AND k.connoinherit AS no_inherit
FROM pg_constraint AS k
LEFT JOIN pg_attribute AS a ON k.contype = 'n' AND a.attrelid = k.conrelid AND a.attnum = k.conkey[1] --@18
WHERE k.oid >= 16384
  AND (k.conrelid >= 16384 OR k.contypid >= 16384)
  AND k.contype IN ('c', 'f', 'n', 'p', 'u', 'x')
  AND NOT (k.contype = 'f' AND k.conparentid <> 0)
