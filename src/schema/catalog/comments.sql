-- Comments on everything that is not the system's own, and on roles. Those that extensions bring are not told.
SELECT d.classoid AS class,
       d.objoid AS oid,
       d.objsubid AS number,
       d.description AS text
FROM pg_description AS d
WHERE CASE WHEN d.classoid = 'pg_extension'::regclass
           THEN d.objoid >= 16384
                AND d.description IS DISTINCT FROM (SELECT a.comment
                                                    FROM pg_extension AS e
                                                    JOIN pg_available_extensions() AS a ON a.name = e.extname
                                                    WHERE e.oid = d.objoid)
           WHEN d.objoid = to_regnamespace('public') AND d.classoid = 'pg_namespace'::regclass
           THEN d.description <> 'standard public schema'
           ELSE d.objoid >= 16384 END
UNION ALL
SELECT d.classoid, d.objoid, 0, d.description
FROM pg_shdescription AS d
WHERE d.classoid = 'pg_authid'::regclass
