-- Who owns what another than the database's owner owns. The schema `public` is the server's own at first.
SELECT o.class, o.oid, quote_ident(r.rolname) AS owner
FROM (
    SELECT tableoid AS class, oid, relowner AS owner FROM pg_class WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, proowner FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, typowner FROM pg_type WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, nspowner FROM pg_namespace WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, collowner FROM pg_collation WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, conowner FROM pg_conversion WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, lanowner FROM pg_language WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, oprowner FROM pg_operator WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, opcowner FROM pg_opclass WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, opfowner FROM pg_opfamily WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, dictowner FROM pg_ts_dict WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, cfgowner FROM pg_ts_config WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, fdwowner FROM pg_foreign_data_wrapper WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, srvowner FROM pg_foreign_server WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, evtowner FROM pg_event_trigger WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, pubowner FROM pg_publication WHERE oid >= 16384
    UNION ALL
    SELECT tableoid, oid, nspowner FROM pg_namespace WHERE nspname = 'public' AND nspowner <> 10 AND oid < 16384
    UNION ALL --@14
    SELECT 'pg_subscription'::regclass, oid, subowner FROM pg_subscription --@14
) AS o
JOIN pg_roles AS r ON r.oid = o.owner
WHERE o.owner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
  AND r.rolname <> 'pg_database_owner'
