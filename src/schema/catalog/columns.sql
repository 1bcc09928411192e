-- Columns of tables, foreign tables and views, attributes of composite types.
SELECT a.attrelid AS of,
       a.attnum AS number,
       d.oid AS default_oid,
       a.atttypid AS type_oid,
       a.attcollation AS collation_oid,
       quote_ident(a.attname) AS name,
       format_type(a.atttypid, a.atttypmod) AS data_type,
       CASE WHEN a.attcollation <> t.typcollation
            THEN (SELECT format('%I.%I', n.nspname, o.collname)
                  FROM pg_collation AS o JOIN pg_namespace AS n ON n.oid = o.collnamespace
                  WHERE o.oid = a.attcollation) END AS collation,
       -- A default speaks of no column: not to name the table spares Postgres to open it.
       pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE d.adrelid END, true) AS default,
       nullif(a.attgenerated, '') AS generated,
       nullif(a.attidentity, '') AS identity,
       a.attnotnull AS not_null,
       a.attislocal AS local,
       a.attinhcount > 0 AS inherited,
       CASE WHEN a.attstorage <> t.typstorage
            THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                   WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' END END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression, --@14
       nullif(a.attstattarget, -1) AS statistics,
       -- Some builds keep notes of their own here, which nobody set and no statement may set.
       CASE WHEN a.attoptions::text ~ 'n_distinct'
            THEN ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_') ELSE '{}' END AS options,
       coalesce(a.attfdwoptions, '{}') AS server_options
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid >= 16384
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
ORDER BY a.attrelid, a.attnum
