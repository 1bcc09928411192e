-- Who needs whom, and what is made by another: by an extension, or the functions and casts of a range type.
SELECT DISTINCT classid AS class,
       objid AS oid,
       refclassid AS needed_class,
       refobjid AS needed,
       deptype = 'e' OR (deptype = 'i' AND refclassid = 'pg_type'::regclass
                         AND classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)) AS member
FROM pg_depend
WHERE objid >= 16384
  AND refobjid >= 16384
  AND refclassid <> 'pg_namespace'::regclass
