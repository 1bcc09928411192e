-- Security labels on everything that is not the system's own, and on roles.
SELECT l.classoid AS class,
       l.objoid AS oid,
       l.objsubid AS number,
       quote_ident(l.provider) AS provider,
       l.label AS text
FROM pg_seclabel AS l
WHERE l.objoid >= 16384 OR l.objoid = to_regnamespace('public')
UNION ALL
SELECT l.classoid, l.objoid, 0, quote_ident(l.provider), l.label
FROM pg_shseclabel AS l
WHERE l.classoid = 'pg_authid'::regclass
