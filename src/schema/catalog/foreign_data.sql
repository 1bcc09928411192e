-- Foreign data wrappers, servers and user mappings; their items are options, `name=value`.
SELECT w.tableoid AS class, w.oid, '{}'::oid[] AS types,
       'foreign_data_wrapper' AS kind,
       quote_ident(w.fdwname) AS name,
       concat(format('CREATE FOREIGN DATA WRAPPER %I', w.fdwname),
              ' HANDLER ' || nullif(w.fdwhandler, 0)::regproc,
              ' VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc) AS head,
       coalesce(w.fdwoptions, '{}') AS items,
       '{}'::text[] AS after
FROM pg_foreign_data_wrapper AS w
WHERE w.oid >= 16384
UNION ALL
SELECT s.tableoid, s.oid, '{}',
       'server',
       quote_ident(s.srvname),
       concat(format('CREATE SERVER %I', s.srvname), ' TYPE ' || quote_literal(s.srvtype),
              ' VERSION ' || quote_literal(s.srvversion), format(' FOREIGN DATA WRAPPER %I', w.fdwname)),
       coalesce(s.srvoptions, '{}'),
       '{}'
FROM pg_foreign_server AS s
JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
WHERE s.oid >= 16384
UNION ALL
SELECT 'pg_user_mapping'::regclass, u.umid, '{}',
       'user_mapping',
       format('FOR %s SERVER %I', role.name, u.srvname),
       format('CREATE USER MAPPING FOR %s SERVER %I', role.name, u.srvname),
       coalesce(u.umoptions, '{}'),
       '{}'
FROM pg_user_mappings AS u
CROSS JOIN LATERAL (SELECT CASE u.umuser WHEN 0 THEN 'PUBLIC' WHEN d.datdba THEN 'CURRENT_USER'
                                         ELSE quote_ident(u.usename) END AS name
                    FROM pg_database AS d WHERE d.datname = current_database()) AS role
WHERE u.umid >= 16384
