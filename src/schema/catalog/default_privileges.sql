-- `ALTER DEFAULT PRIVILEGES`: those for all schemas are told against the built-in ones.
WITH object AS (
    SELECT d.oid, d.defaclrole AS owner, d.defaclobjtype AS kind, d.defaclnamespace AS namespace,
           d.defaclacl AS acl,
           CASE WHEN d.defaclnamespace = 0
                THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)
                END AS base
    FROM pg_default_acl AS d
), held AS (
    SELECT o.oid, a.grantee, a.privilege_type, bool_or(a.is_grantable) AS grantable
    FROM object AS o, aclexplode(o.acl) AS a
    GROUP BY 1, 2, 3
), base AS (
    SELECT o.oid, a.grantee, a.privilege_type, false AS grantable
    FROM object AS o, aclexplode(o.base) AS a
), difference AS (
    SELECT *, false AS revoked FROM (TABLE held EXCEPT TABLE base) AS more
    UNION ALL
    SELECT *, true FROM (SELECT oid, grantee, privilege_type, false FROM base
                         EXCEPT
                         SELECT oid, grantee, privilege_type, false FROM held) AS less
)
SELECT CASE WHEN o.owner <> database.datdba THEN quote_ident(pg_get_userbyid(o.owner)) END AS role,
       quote_ident(n.nspname) AS schema,
       CASE o.kind WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                   WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS objects,
       d.grantable, d.revoked,
       CASE WHEN d.grantee = 0 THEN 'PUBLIC' WHEN d.grantee = database.datdba THEN 'CURRENT_USER'
            ELSE quote_ident(r.rolname) END AS grantee,
       CASE WHEN count(*) = (SELECT count(*) FROM aclexplode(acldefault(
                                 CASE o.kind WHEN 'S' THEN 's' ELSE o.kind END, o.owner)) AS a
                             WHERE a.grantee = o.owner)
            THEN '{ALL}'
            ELSE array_agg(d.privilege_type ORDER BY d.privilege_type COLLATE "C") END AS privileges
FROM difference AS d
JOIN object AS o ON o.oid = d.oid
JOIN pg_database AS database ON database.datname = current_database()
LEFT JOIN pg_namespace AS n ON n.oid = o.namespace
LEFT JOIN pg_roles AS r ON r.oid = d.grantee
GROUP BY database.datdba, o.owner, o.kind, n.nspname, d.grantable, d.revoked, d.grantee, r.rolname
