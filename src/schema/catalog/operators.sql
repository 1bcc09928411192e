-- Operators, and their classes and families with the members that belong to each.
WITH member AS (
    SELECT d.refclassid AS class, d.refobjid AS oid, 'operator' AS kind, o.amopstrategy AS number,
           concat('OPERATOR ', o.amopstrategy, ' ', o.amopopr::regoperator,
                  ' FOR ORDER BY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname)) AS definition
    FROM pg_amop AS o
    JOIN pg_depend AS d ON d.classid = o.tableoid AND d.objid = o.oid
                       AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
                       AND d.deptype <> 'n'
    LEFT JOIN pg_opfamily AS f ON f.oid = o.amopsortfamily
    LEFT JOIN pg_namespace AS n ON n.oid = f.opfnamespace
    WHERE o.oid >= 16384
    UNION ALL
    SELECT d.refclassid, d.refobjid, 'function', p.amprocnum,
           format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
                  format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
    FROM pg_amproc AS p
    JOIN pg_depend AS d ON d.classid = p.tableoid AND d.objid = p.oid
                       AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
    WHERE p.oid >= 16384
)
SELECT o.tableoid AS class, o.oid, '{}'::oid[] AS types,
       'operator' AS kind,
       format('%I.%s (%s, %s)', n.nspname, o.oprname,
              coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE'), format_type(o.oprright, NULL)) AS name,
       format('CREATE OPERATOR %I.%s', n.nspname, o.oprname) AS head,
       array_remove(ARRAY[
           'FUNCTION = ' || o.oprcode,
           'LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),
           'RIGHTARG = ' || format_type(o.oprright, NULL),
           'COMMUTATOR = ' || (SELECT format('OPERATOR(%I.%s)', cn.nspname, c.oprname)
                               FROM pg_operator AS c JOIN pg_namespace AS cn ON cn.oid = c.oprnamespace
                               WHERE c.oid = o.oprcom),
           'NEGATOR = ' || (SELECT format('OPERATOR(%I.%s)', cn.nspname, c.oprname)
                            FROM pg_operator AS c JOIN pg_namespace AS cn ON cn.oid = c.oprnamespace
                            WHERE c.oid = o.oprnegate),
           'RESTRICT = ' || nullif(o.oprrest, 0)::regproc,
           'JOIN = ' || nullif(o.oprjoin, 0)::regproc,
           CASE WHEN o.oprcanhash THEN 'HASHES' END,
           CASE WHEN o.oprcanmerge THEN 'MERGES' END], NULL) AS items,
       '{}'::text[] AS after
FROM pg_operator AS o
JOIN pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384 AND o.oprcode <> 0
UNION ALL
SELECT f.tableoid, f.oid, '{}',
       'operator_family',
       format('%I.%I USING %I', n.nspname, f.opfname, m.amname),
       format('CREATE OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, m.amname),
       '{}',
       ARRAY(SELECT format('ALTER OPERATOR FAMILY %I.%I USING %I ADD', n.nspname, f.opfname, m.amname)
                    || string_agg(E'\n    ' || member.definition, ',' ORDER BY member.kind DESC, member.number,
                                  member.definition COLLATE "C")
             FROM member
             WHERE member.class = f.tableoid AND member.oid = f.oid
             HAVING count(*) > 0)
FROM pg_opfamily AS f
JOIN pg_namespace AS n ON n.oid = f.opfnamespace
JOIN pg_am AS m ON m.oid = f.opfmethod
WHERE f.oid >= 16384
UNION ALL
SELECT c.tableoid, c.oid, '{}',
       'operator_class',
       format('%I.%I USING %I', n.nspname, c.opcname, m.amname),
       concat(format('CREATE OPERATOR CLASS %I.%I', n.nspname, c.opcname), CASE WHEN c.opcdefault THEN ' DEFAULT' END,
              format(E' FOR TYPE %s USING %I FAMILY %I.%I AS\n    STORAGE %s', format_type(c.opcintype, NULL), m.amname,
                     fn.nspname, f.opfname, format_type(coalesce(nullif(c.opckeytype, 0), c.opcintype), NULL)),
              (SELECT string_agg(E',\n    ' || member.definition, '' ORDER BY member.kind DESC, member.number,
                                 member.definition COLLATE "C")
               FROM member
               WHERE member.class = c.tableoid AND member.oid = c.oid)),
       '{}', '{}'
FROM pg_opclass AS c
JOIN pg_namespace AS n ON n.oid = c.opcnamespace
JOIN pg_am AS m ON m.oid = c.opcmethod
JOIN pg_opfamily AS f ON f.oid = c.opcfamily
JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace
WHERE c.oid >= 16384
