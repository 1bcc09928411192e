-- What is there and not read: kinds that migrations seldom make. Their names are told.
SELECT o.class, o.oid, o.kind || ' ' || o.name AS name
FROM (
    SELECT tableoid AS class, oid, 'foreign table' AS kind, oid::regclass::text AS name
    FROM pg_class WHERE relkind = 'f'
    UNION ALL
    SELECT tableoid, oid, 'foreign data wrapper', fdwname FROM pg_foreign_data_wrapper
    UNION ALL
    SELECT tableoid, oid, 'server', srvname FROM pg_foreign_server
    UNION ALL
    SELECT tableoid, oid, 'language', lanname FROM pg_language
    UNION ALL
    SELECT tableoid, oid, 'type', oid::regtype::text FROM pg_type
    WHERE typtype = 'b' AND typelem = 0 OR typtype = 'p'
    UNION ALL
    SELECT tableoid, oid, 'access method', amname FROM pg_am
    UNION ALL
    SELECT c.tableoid, c.oid, 'operator class', format('%I.%I', n.nspname, c.opcname)
    FROM pg_opclass AS c JOIN pg_namespace AS n ON n.oid = c.opcnamespace
    UNION ALL
    SELECT f.tableoid, f.oid, 'operator family', format('%I.%I', n.nspname, f.opfname)
    FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace
    UNION ALL
    SELECT c.tableoid, c.oid, 'conversion', format('%I.%I', n.nspname, c.conname)
    FROM pg_conversion AS c JOIN pg_namespace AS n ON n.oid = c.connamespace
    UNION ALL
    SELECT t.tableoid, t.oid, 'transform', format('for %s language %s', format_type(t.trftype, NULL), l.lanname)
    FROM pg_transform AS t JOIN pg_language AS l ON l.oid = t.trflang
    UNION ALL
    SELECT p.tableoid, p.oid, 'text search parser', format('%I.%I', n.nspname, p.prsname)
    FROM pg_ts_parser AS p JOIN pg_namespace AS n ON n.oid = p.prsnamespace
    UNION ALL
    SELECT t.tableoid, t.oid, 'text search template', format('%I.%I', n.nspname, t.tmplname)
    FROM pg_ts_template AS t JOIN pg_namespace AS n ON n.oid = t.tmplnamespace
) AS o
WHERE o.oid >= 16384
