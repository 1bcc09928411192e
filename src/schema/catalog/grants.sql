-- Privileges that differ from those that an object of its kind starts with. Those of the owner, and
-- of the role that reads, are not told: where the SQL is loaded, the one is the other.
WITH object AS (
    SELECT tableoid AS class, oid, 0 AS number, relacl AS acl, relowner AS owner,
           acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner) AS base
    FROM pg_class WHERE oid >= 16384 AND relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, a.attacl, c.relowner, NULL
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, proacl, proowner, acldefault('f', proowner)
    FROM pg_proc WHERE oid >= 16384 AND proacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, typacl, typowner, acldefault('T', typowner)
    FROM pg_type WHERE oid >= 16384 AND typacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, nspacl, nspowner,
           acldefault('n', nspowner)
           || CASE WHEN nspname = 'public' THEN ARRAY['=UC/' || quote_ident(pg_get_userbyid(nspowner))]::aclitem[] --@<15
           || CASE WHEN nspname = 'public' THEN ARRAY['=U/' || quote_ident(pg_get_userbyid(nspowner))]::aclitem[] --@15
                   ELSE '{}' END
    FROM pg_namespace WHERE (oid >= 16384 OR nspname = 'public') AND nspacl IS NOT NULL
), held AS (
    SELECT o.class, o.oid, o.number, o.owner, a.grantee, a.privilege_type, bool_or(a.is_grantable) AS grantable
    FROM object AS o, aclexplode(o.acl) AS a
    GROUP BY 1, 2, 3, 4, 5, 6
), base AS (
    SELECT o.class, o.oid, o.number, o.owner, a.grantee, a.privilege_type, false AS grantable
    FROM object AS o, aclexplode(o.base) AS a
    WHERE a.grantee <> o.owner
), difference AS (
    SELECT *, false AS revoked FROM (TABLE held EXCEPT TABLE base) AS more
    UNION ALL
    SELECT *, true FROM (SELECT class, oid, number, owner, grantee, privilege_type, false FROM base
                         EXCEPT
                         SELECT class, oid, number, owner, grantee, privilege_type, false FROM held) AS less
)
SELECT d.class, d.oid, d.number, d.grantable, d.revoked,
       CASE WHEN d.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END AS grantee,
       CASE WHEN count(*) = (SELECT count(*) FROM object AS o, aclexplode(o.base) AS a
                             WHERE o.class = d.class AND o.oid = d.oid AND o.number = d.number
                               AND a.grantee = d.owner)
                 OR (d.number > 0 AND count(*) = 4)
            THEN '{ALL}'
            ELSE array_agg(d.privilege_type ORDER BY d.privilege_type COLLATE "C") END AS privileges
FROM difference AS d
LEFT JOIN pg_roles AS r ON r.oid = d.grantee
WHERE d.grantee <> d.owner
  AND r.rolname IS DISTINCT FROM current_user
  AND r.rolname IS DISTINCT FROM 'pg_database_owner'
GROUP BY d.class, d.oid, d.number, d.owner, d.grantable, d.revoked, d.grantee, r.rolname
