-- Tables, partitions, foreign tables, views and materialized views. Migrators' own ledgers are no part of a schema.
SELECT c.oid,
       c.reltype AS row_type,
       t.typarray AS array_type,
       v.oid AS view_rule,
       c.relkind AS relkind,
       format('%I.%I', n.nspname, c.relname) AS name,
       CASE WHEN c.relkind IN ('v', 'm') THEN rtrim(pg_get_viewdef(c.oid, true), ';') END AS query,
       c.relispopulated AS populated,
       c.relpersistence = 'u' AS unlogged,
       pg_get_partkeydef(c.oid) AS partition_key,
       CASE WHEN c.relispartition THEN parents.names[1] END AS partition_of,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       CASE WHEN c.relispartition THEN '{}' ELSE coalesce(parents.names, '{}') END AS inherits,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
       nullif(am.amname, 'heap') AS access_method,
       CASE WHEN c.reloptions IS NULL AND toast.oid IS NULL THEN '{}' ELSE
       ARRAY(SELECT regexp_replace(o, '=(.*[^A-Za-z0-9_.-].*|)$', '=' || quote_literal(split_part(o, '=', 2)))
             FROM unnest(coalesce(c.reloptions, '{}')
                         || ARRAY(SELECT 'toast.' || u FROM unnest(toast.reloptions) AS u)) AS o
             ORDER BY o COLLATE "C") END AS options,
       quote_ident(space.spcname) AS tablespace,
       quote_ident(server.srvname) AS server,
       coalesce(f.ftoptions, '{}') AS server_options,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS force_row_security,
       CASE WHEN c.relkind = 'f' THEN 'd' ELSE c.relreplident END AS replica_identity
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_type AS t ON t.oid = c.reltype
LEFT JOIN pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
LEFT JOIN pg_foreign_table AS f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server AS server ON server.oid = f.ftserver
LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
LEFT JOIN pg_rewrite AS v ON v.ev_class = c.oid AND v.rulename = '_RETURN'
LEFT JOIN (SELECT i.inhrelid,
                  array_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno) AS names
           FROM pg_inherits AS i
           JOIN pg_class AS p ON p.oid = i.inhparent AND p.relkind IN ('r', 'p', 'f')
           JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
           GROUP BY i.inhrelid) AS parents ON parents.inhrelid = c.oid
WHERE c.oid >= 16384
  AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND n.nspname !~ '^pg_'
  AND NOT (c.relkind = 'r'
           AND c.relname IN ('_sqlx_migrations', 'schema_migrations', 'flyway_schema_history',
                             '__diesel_schema_migrations', 'refinery_schema_history', 'goose_db_version',
                             '_prisma_migrations'))
