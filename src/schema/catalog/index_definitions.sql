-- The definitions of indexes that are more than columns in order.
SELECT i.indexrelid AS oid, pg_get_indexdef(i.indexrelid, 0, true) AS definition
FROM pg_index AS i
