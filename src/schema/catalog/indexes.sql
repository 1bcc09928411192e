-- Indexes, those that constraints own too: what is said about them is said by index. `pg_get_indexdef`
-- takes longer than all else here, so it is asked for unusual ones alone; the others are spelled from
-- their parts.
SELECT c.oid,
       i.indrelid AS of,
       quote_ident(c.relname) AS name,
       format('%I.%I', n.nspname, c.relname) AS full_name,
       '' AS definition,
       i.indrelid::regclass::text AS table,
       i.indisunique AS unique,
       quote_ident(m.amname) AS method,
       i.indkey::text AS keys,
       i.indnkeyatts AS key_count,
       i.indclass::text AS classes,
       i.indcollation::text AS collations,
       i.indoption::text AS modes,
       coalesce(s.has_class_options, false) AS has_class_options,
       i.indnullsnotdistinct AS nulls_not_distinct, --@15
       false AS nulls_not_distinct, --@<15
       CASE WHEN k.oid IS NULL THEN pg_get_expr(i.indpred, i.indrelid, true) END AS predicate,
       i.indisvalid AS valid,
       k.oid IS NOT NULL AS of_constraint,
       c.relkind = 'I' AS partitioned,
       quote_ident(pn.nspname) || '.' || quote_ident(p.relname) AS parent,
       coalesce(pi.indisvalid, true) AS parent_valid,
       CASE WHEN p.oid IS NULL THEN '{}'
            ELSE ARRAY(SELECT coalesce(a.attname, own.attname)
                       FROM unnest(i.indkey) WITH ORDINALITY AS key (number, place)
                       JOIN pg_attribute AS own ON own.attrelid = c.oid AND own.attnum = key.place
                       LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.number
                                                  AND a.attnum <> 0
                       ORDER BY key.place) END AS columns,
       i.indisclustered AS clustered,
       i.indisreplident AS replica_identity,
       coalesce(c.reloptions, '{}') AS options,
       quote_ident(space.spcname) AS tablespace,
       coalesce(s.targets, '[]') AS statistics
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
LEFT JOIN pg_constraint AS k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_inherits AS h ON h.inhrelid = c.oid
LEFT JOIN pg_class AS p ON p.oid = h.inhparent
LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
LEFT JOIN pg_index AS pi ON pi.indexrelid = p.oid
LEFT JOIN (SELECT attrelid,
                  json_agg(json_build_array(attnum, attstattarget) ORDER BY attnum)
                      FILTER (WHERE attstattarget >= 0) AS targets,
                  bool_or(attoptions IS NOT NULL) AS has_class_options
           FROM pg_attribute
           WHERE attrelid >= 16384 AND attnum > 0 AND (attstattarget >= 0 OR attoptions IS NOT NULL)
           GROUP BY attrelid) AS s ON s.attrelid = c.oid
WHERE c.oid >= 16384
  AND n.nspname !~ '^pg_'
