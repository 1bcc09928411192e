-- Who needs whom, and what is made by another: by an extension, or the functions and casts of a range
-- type. What something has of its own table, it needs only automatically or internally, and that goes
-- without saying; but so does a partition need its parent, and an operator class its family.
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
                    OR refclassid IN ('pg_opfamily'::regclass, 'pg_am'::regclass)
      WHEN 'i' THEN refclassid = 'pg_type'::regclass AND classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)
      ELSE false END
UNION
-- What a member of an operator class or family needs, its whole needs.
SELECT member.refclassid, member.refobjid, d.refclassid, d.refobjid, false
FROM pg_depend AS member
JOIN pg_depend AS d ON d.classid = member.classid AND d.objid = member.objid
WHERE member.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
  AND member.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
  AND member.deptype <> 'n'
  AND member.objid >= 16384
  AND d.refobjid >= 16384
  AND d.refobjid <> member.refobjid
