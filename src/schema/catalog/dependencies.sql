-- Who needs whom, and what is made by another: by an extension, or the functions and casts of a range
-- type. What something has of its own table, it needs only automatically or internally, and that goes
-- without saying; but so does a partition need its parent.
SELECT DISTINCT classid AS class,
       objid AS oid,
       refclassid AS needed_class,
       refobjid AS needed,
       deptype IN ('e', 'i') AS member
FROM pg_depend
WHERE objid >= 16384
  AND refobjid >= 16384
  AND CASE deptype
      WHEN 'n' THEN refclassid <> 'pg_namespace'::regclass
      WHEN 'e' THEN true
      WHEN 'a' THEN classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjsubid = 0
      WHEN 'i' THEN refclassid = 'pg_type'::regclass AND classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)
      ELSE false END
