-- The operator classes that Postgres takes where none is named.
SELECT c.oid, c.opcintype AS type_oid
FROM pg_opclass AS c
WHERE c.opcdefault
