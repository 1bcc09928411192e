-- Collations and types other than domains and composite types.
SELECT c.tableoid AS class, c.oid, '{}'::oid[] AS types,
       'collation' AS kind,
       format('%I.%I', n.nspname, c.collname) AS name,
       format('CREATE COLLATION %I.%I', n.nspname, c.collname) AS head,
       array_remove(ARRAY[
           'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
           'locale = ' || quote_literal(c.colllocale), --@17
           'locale = ' || quote_literal(c.colliculocale), --@15<17
           'locale = ' || quote_literal(CASE WHEN c.collcollate = c.collctype THEN c.collcollate END),
           'lc_collate = ' || quote_literal(CASE WHEN c.collcollate <> c.collctype THEN c.collcollate END),
           'lc_ctype = ' || quote_literal(CASE WHEN c.collcollate <> c.collctype THEN c.collctype END),
           'rules = ' || quote_literal(c.collicurules), --@16
           CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END], NULL) AS items,
       '{}'::text[] AS after
FROM pg_collation AS c
JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.oid >= 16384
UNION ALL
SELECT t.tableoid, t.oid, ARRAY[t.typarray],
       'enum',
       format('%I.%I', n.nspname, t.typname),
       format('CREATE TYPE %I.%I AS ENUM', n.nspname, t.typname),
       ARRAY(SELECT quote_literal(e.enumlabel) FROM pg_enum AS e
             WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
       '{}'
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND t.typtype = 'e'
UNION ALL
SELECT t.tableoid, t.oid,
       array_remove(ARRAY[t.typarray, r.rngmultitypid, m.typarray], NULL), --@14
       ARRAY[t.typarray], --@<14
       'range',
       format('%I.%I', n.nspname, t.typname),
       format('CREATE TYPE %I.%I AS RANGE', n.nspname, t.typname),
       array_remove(ARRAY[
           'subtype = ' || format_type(r.rngsubtype, NULL),
           -- Told if it is not the name that Postgres chooses.
           CASE WHEN m.typname <> CASE WHEN t.typname ~ 'range' THEN regexp_replace(t.typname, 'range', 'multirange') --@14
                                       ELSE t.typname || '_multirange' END --@14
                THEN 'multirange_type_name = ' || format('%I.%I', n.nspname, m.typname) END, --@14
           CASE WHEN NOT o.opcdefault
                THEN 'subtype_opclass = ' || format('%I.%I', opn.nspname, o.opcname) END,
           CASE WHEN r.rngcollation <> s.typcollation
                THEN 'collation = ' || format('%I.%I', cn.nspname, c.collname) END,
           'canonical = ' || nullif(r.rngcanonical, 0)::regproc,
           'subtype_diff = ' || nullif(r.rngsubdiff, 0)::regproc], NULL),
       '{}'
FROM pg_range AS r
JOIN pg_type AS t ON t.oid = r.rngtypid
JOIN pg_namespace AS n ON n.oid = t.typnamespace
JOIN pg_type AS s ON s.oid = r.rngsubtype
LEFT JOIN pg_type AS m ON m.oid = r.rngmultitypid --@14
LEFT JOIN pg_opclass AS o ON o.oid = r.rngsubopc
LEFT JOIN pg_namespace AS opn ON opn.oid = o.opcnamespace
LEFT JOIN pg_collation AS c ON c.oid = r.rngcollation
LEFT JOIN pg_namespace AS cn ON cn.oid = c.collnamespace
WHERE t.oid >= 16384
UNION ALL
SELECT t.tableoid, t.oid, ARRAY[t.typarray],
       'base_type',
       format('%I.%I', n.nspname, t.typname),
       format('CREATE TYPE %I.%I', n.nspname, t.typname),
       CASE WHEN t.typisdefined THEN array_remove(ARRAY[
           'INPUT = ' || t.typinput,
           'OUTPUT = ' || t.typoutput,
           'RECEIVE = ' || nullif(t.typreceive, 0)::regproc,
           'SEND = ' || nullif(t.typsend, 0)::regproc,
           'TYPMOD_IN = ' || nullif(t.typmodin, 0)::regproc,
           'TYPMOD_OUT = ' || nullif(t.typmodout, 0)::regproc,
           'ANALYZE = ' || nullif(t.typanalyze, 0)::regproc,
           'SUBSCRIPT = ' || nullif(t.typsubscript, 0)::regproc, --@14
           'INTERNALLENGTH = ' || nullif(t.typlen, -1),
           CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
           CASE t.typalign WHEN 'c' THEN 'ALIGNMENT = char' WHEN 's' THEN 'ALIGNMENT = int2'
                           WHEN 'd' THEN 'ALIGNMENT = double' END,
           CASE t.typstorage WHEN 'e' THEN 'STORAGE = external' WHEN 'x' THEN 'STORAGE = extended'
                             WHEN 'm' THEN 'STORAGE = main' END,
           'CATEGORY = ' || quote_literal(nullif(t.typcategory, 'U')::text),
           CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
           'DEFAULT = ' || quote_literal(t.typdefault),
           'ELEMENT = ' || format_type(nullif(t.typelem, 0), NULL),
           'DELIMITER = ' || quote_literal(nullif(t.typdelim, ',')::text),
           CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END], NULL) ELSE '{}' END,
       '{}'
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.oid >= 16384
  AND (t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
       OR t.typtype = 'p' AND NOT t.typisdefined)
