-- Who needs whom, and what belongs to an extension.
SELECT DISTINCT classid AS class,
       objid AS oid,
       refclassid AS needed_class,
       refobjid AS needed,
       deptype = 'e' AS member
FROM pg_depend
WHERE objid >= 16384
  AND refobjid >= 16384
  AND refclassid <> 'pg_namespace'::regclass
