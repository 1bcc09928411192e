-- Comments on everything that is not the system's own.
SELECT classoid AS class,
       objoid AS oid,
       objsubid AS number,
       description AS text
FROM pg_description
WHERE objoid >= 16384
   OR (classoid = 'pg_namespace'::regclass AND objoid = 'public'::regnamespace
       AND description <> 'standard public schema')
