-- Privileges that differ from those that an object of its kind starts with; and, of objects that the
-- system or an extension brings (named in `object`), from those that they were given with it. What the
-- information schema grants is noted nowhere, so it is left out, as `pg_dump` does.
WITH database AS (
    SELECT datdba FROM pg_database WHERE datname = current_database()
), listed AS (
    SELECT tableoid AS class, oid, 0 AS number, relacl AS acl, relowner AS owner,
           CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS kind
    FROM pg_class WHERE relkind NOT IN ('c', 'i', 'I', 't')
      AND relnamespace IS DISTINCT FROM to_regnamespace('information_schema')
    UNION ALL
    SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, a.attacl, c.relowner, 'c'
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT tableoid, oid, 0, proacl, proowner, 'f' FROM pg_proc
    WHERE pronamespace IS DISTINCT FROM to_regnamespace('information_schema')
    UNION ALL
    SELECT tableoid, oid, 0, typacl, typowner, 'T' FROM pg_type
    WHERE typnamespace IS DISTINCT FROM to_regnamespace('information_schema')
    UNION ALL
    SELECT tableoid, oid, 0, nspacl, nspowner, 'n' FROM pg_namespace
    WHERE nspname NOT IN ('public', 'information_schema')
    UNION ALL
    SELECT tableoid, oid, 0, coalesce(nspacl, acldefault('n', nspowner)), nspowner, 'n'
    FROM pg_namespace WHERE nspname = 'public'
    UNION ALL
    SELECT tableoid, oid, 0, lanacl, lanowner, 'l' FROM pg_language
    UNION ALL
    SELECT tableoid, oid, 0, fdwacl, fdwowner, 'F' FROM pg_foreign_data_wrapper
    UNION ALL
    SELECT tableoid, oid, 0, srvacl, srvowner, 'S' FROM pg_foreign_server
), object AS (
    SELECT l.class, l.oid, l.number, l.owner, l.kind, l.acl,
           CASE WHEN l.oid = to_regnamespace('public') AND l.kind = 'n' THEN
                    acldefault('n', l.owner) || makeaclitem(0, l.owner, 'USAGE', false)
                    || makeaclitem(0, l.owner, 'CREATE', false) --@<15
                WHEN l.number > 0 THEN i.initprivs
                ELSE coalesce(i.initprivs, acldefault(l.kind, l.owner)) END AS base,
           l.oid < 16384 AND NOT (l.oid = to_regnamespace('public') AND l.kind = 'n')
               OR i.privtype = 'e'
               OR EXISTS (SELECT FROM pg_depend AS d
                          WHERE d.classid = l.class AND d.objid = l.oid AND d.deptype = 'e') AS foreign
    FROM listed AS l
    LEFT JOIN pg_init_privs AS i ON i.classoid = l.class AND i.objoid = l.oid AND i.objsubid = l.number
    WHERE l.acl IS NOT NULL AND l.acl IS DISTINCT FROM i.initprivs
), held AS (
    SELECT o.class, o.oid, o.number, o.owner, a.grantee, a.privilege_type, bool_or(a.is_grantable) AS grantable
    FROM object AS o, aclexplode(o.acl) AS a
    GROUP BY 1, 2, 3, 4, 5, 6
), base AS (
    SELECT o.class, o.oid, o.number, o.owner, a.grantee, a.privilege_type, bool_or(a.is_grantable) AS grantable
    FROM object AS o, aclexplode(o.base) AS a
    GROUP BY 1, 2, 3, 4, 5, 6
), difference AS (
    SELECT *, false AS revoked FROM (TABLE held EXCEPT TABLE base) AS more
    UNION ALL
    SELECT *, true FROM (SELECT class, oid, number, owner, grantee, privilege_type, false FROM base
                         EXCEPT
                         SELECT class, oid, number, owner, grantee, privilege_type, false FROM held) AS less
)
SELECT d.class, d.oid, d.number, d.grantable, d.revoked,
       CASE WHEN d.grantee = 0 THEN 'PUBLIC'
            WHEN d.grantee = database.datdba THEN 'CURRENT_USER'
            ELSE quote_ident(r.rolname) END AS grantee,
       CASE WHEN count(*) = (SELECT count(*) FROM aclexplode(acldefault(o.kind, d.owner)) AS a
                             WHERE a.grantee = d.owner)
                 OR (d.number > 0 AND count(*) = 4)
                 OR d.revoked AND NOT EXISTS (SELECT FROM held AS h
                                              WHERE h.class = d.class AND h.oid = d.oid AND h.number = d.number
                                                AND h.grantee = d.grantee)
            THEN '{ALL}'
            ELSE array_agg(d.privilege_type ORDER BY d.privilege_type COLLATE "C") END AS privileges,
       CASE WHEN o.foreign
            THEN CASE o.kind
                 WHEN 'f' THEN (SELECT format('%s %I.%I(%s)', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                                              nspname, proname, oidvectortypes(proargtypes))
                                FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = o.oid)
                 WHEN 'T' THEN 'TYPE ' || format_type(o.oid, NULL)
                 WHEN 'n' THEN 'SCHEMA ' || o.oid::regnamespace
                 WHEN 'l' THEN 'LANGUAGE ' || (SELECT quote_ident(lanname) FROM pg_language WHERE oid = o.oid)
                 WHEN 'F' THEN 'FOREIGN DATA WRAPPER '
                               || (SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper WHERE oid = o.oid)
                 WHEN 'S' THEN 'FOREIGN SERVER ' || (SELECT quote_ident(srvname) FROM pg_foreign_server WHERE oid = o.oid)
                 ELSE (SELECT format('%s %I.%I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, nspname, relname)
                       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = o.oid)
                 END END AS object,
       CASE WHEN o.foreign AND d.number > 0
            THEN (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = d.oid AND attnum = d.number) END AS "column"
FROM difference AS d
JOIN object AS o ON o.class = d.class AND o.oid = d.oid AND o.number = d.number
CROSS JOIN database
LEFT JOIN pg_roles AS r ON r.oid = d.grantee
WHERE r.rolname IS DISTINCT FROM 'pg_database_owner'
GROUP BY d.class, d.oid, d.number, d.owner, d.grantable, d.revoked, d.grantee, r.rolname, database.datdba, o.kind, o.foreign, o.oid
