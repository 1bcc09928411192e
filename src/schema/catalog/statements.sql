-- Objects that are one statement: `head (item, …)`, with more statements `after` it where the
-- first cannot say all. `types` are the array types that Postgres makes beside.
SELECT n.tableoid AS class, n.oid, '{}'::oid[] AS types,
       'schema' AS kind,
       quote_ident(n.nspname) AS name,
       format('CREATE SCHEMA %I', n.nspname) AS head,
       '{}'::text[] AS items,
       '{}'::text[] AS after
FROM pg_namespace AS n
WHERE (n.oid >= 16384 AND n.nspname !~ '^pg_') OR n.nspname = 'public'
UNION ALL
SELECT e.tableoid, e.oid, '{}',
       'extension',
       quote_ident(e.extname),
       format('CREATE EXTENSION IF NOT EXISTS %I', e.extname)
           || coalesce((SELECT format(' WITH SCHEMA %I', n.nspname) FROM pg_namespace AS n
                        WHERE n.oid = e.extnamespace AND n.nspname !~ '^pg_'
                          AND NOT EXISTS (SELECT FROM pg_depend AS d
                                          WHERE d.classid = 'pg_namespace'::regclass
                                            AND d.objid = n.oid AND d.deptype = 'e')), ''),
       '{}', '{}'
FROM pg_extension AS e
WHERE e.oid >= 16384
UNION ALL
SELECT c.tableoid, c.oid, '{}',
       'collation',
       format('%I.%I', n.nspname, c.collname),
       format('CREATE COLLATION %I.%I', n.nspname, c.collname),
       array_remove(ARRAY[
           'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
           'locale = ' || quote_literal(c.colllocale), --@17
           'locale = ' || quote_literal(c.colliculocale), --@15<17
           'locale = ' || quote_literal(c.collcollate), --@<15
           'lc_collate = ' || quote_literal(CASE WHEN c.collprovider = 'c' THEN c.collcollate END), --@15
           'lc_ctype = ' || quote_literal(CASE WHEN c.collprovider = 'c' THEN c.collctype END), --@15
           'rules = ' || quote_literal(c.collicurules), --@16
           CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END], NULL),
       '{}'
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
       ARRAY[t.typarray, r.rngmultitypid, m.typarray], --@14
       ARRAY[t.typarray], --@<14
       'range',
       format('%I.%I', n.nspname, t.typname),
       format('CREATE TYPE %I.%I AS RANGE', n.nspname, t.typname),
       array_remove(ARRAY[
           'subtype = ' || format_type(r.rngsubtype, NULL),
           'multirange_type_name = ' || format('%I.%I', n.nspname, m.typname), --@14
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
SELECT p.tableoid, p.oid, '{}',
       CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
       format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
       rtrim(pg_get_functiondef(p.oid), E'\n'),
       '{}', '{}'
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.oid >= 16384 AND p.prokind <> 'a' AND n.nspname !~ '^pg_'
UNION ALL
SELECT p.tableoid, p.oid, '{}',
       'aggregate',
       format('%I.%I(%s)', n.nspname, p.proname,
              coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*')),
       format('CREATE AGGREGATE %I.%I(%s)', n.nspname, p.proname,
              coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*')),
       array_remove(ARRAY[
           'SFUNC = ' || a.aggtransfn,
           'STYPE = ' || format_type(a.aggtranstype, NULL),
           'SSPACE = ' || nullif(a.aggtransspace, 0),
           'FINALFUNC = ' || nullif(a.aggfinalfn, 0)::regproc,
           CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
           CASE WHEN a.aggfinalfn <> 0 AND a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
                THEN 'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY'
                         WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
           'COMBINEFUNC = ' || nullif(a.aggcombinefn, 0)::regproc,
           'SERIALFUNC = ' || nullif(a.aggserialfn, 0)::regproc,
           'DESERIALFUNC = ' || nullif(a.aggdeserialfn, 0)::regproc,
           'INITCOND = ' || quote_literal(a.agginitval),
           'MSFUNC = ' || nullif(a.aggmtransfn, 0)::regproc,
           'MINVFUNC = ' || nullif(a.aggminvtransfn, 0)::regproc,
           'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), NULL),
           'MSSPACE = ' || nullif(a.aggmtransspace, 0),
           'MFINALFUNC = ' || nullif(a.aggmfinalfn, 0)::regproc,
           CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
           CASE WHEN a.aggmfinalfn <> 0 AND a.aggmfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
                THEN 'MFINALFUNC_MODIFY = ' || CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY'
                         WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
           'MINITCOND = ' || quote_literal(a.aggminitval),
           'SORTOP = ' || (SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname)
                           FROM pg_operator AS o JOIN pg_namespace AS n ON n.oid = o.oprnamespace
                           WHERE o.oid = a.aggsortop),
           CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
           CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END], NULL),
       '{}'
FROM pg_proc AS p
JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.oid >= 16384
UNION ALL
SELECT o.tableoid, o.oid, '{}',
       'operator',
       format('%I.%s (%s, %s)', n.nspname, o.oprname,
              coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE'), format_type(o.oprright, NULL)),
       format('CREATE OPERATOR %I.%s', n.nspname, o.oprname),
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
           CASE WHEN o.oprcanmerge THEN 'MERGES' END], NULL),
       '{}'
FROM pg_operator AS o
JOIN pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384 AND o.oprcode <> 0
UNION ALL
SELECT c.tableoid, c.oid, '{}',
       'cast',
       format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
       concat(format('CREATE CAST (%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
              CASE c.castmethod WHEN 'b' THEN ' WITHOUT FUNCTION' WHEN 'i' THEN ' WITH INOUT'
                                ELSE ' WITH FUNCTION ' || c.castfunc::regprocedure END,
              CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END),
       '{}', '{}'
FROM pg_cast AS c
WHERE c.oid >= 16384
UNION ALL
SELECT d.tableoid, d.oid, '{}',
       'text_search_dictionary',
       format('%I.%I', n.nspname, d.dictname),
       format('CREATE TEXT SEARCH DICTIONARY %I.%I', n.nspname, d.dictname),
       array_remove(ARRAY['TEMPLATE = ' || format('%I.%I', tn.nspname, t.tmplname), d.dictinitoption], NULL),
       '{}'
FROM pg_ts_dict AS d
JOIN pg_namespace AS n ON n.oid = d.dictnamespace
JOIN pg_ts_template AS t ON t.oid = d.dicttemplate
JOIN pg_namespace AS tn ON tn.oid = t.tmplnamespace
WHERE d.oid >= 16384
UNION ALL
SELECT c.tableoid, c.oid, '{}',
       'text_search_configuration',
       format('%I.%I', n.nspname, c.cfgname),
       format('CREATE TEXT SEARCH CONFIGURATION %I.%I', n.nspname, c.cfgname),
       ARRAY['PARSER = ' || format('%I.%I', pn.nspname, p.prsname)],
       ARRAY(SELECT format('ALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %s WITH %s',
                           n.nspname, c.cfgname, token.alias,
                           string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno))
             FROM pg_ts_config_map AS m
             JOIN ts_token_type(c.cfgparser) AS token ON token.tokid = m.maptokentype
             WHERE m.mapcfg = c.oid
             GROUP BY token.alias
             ORDER BY token.alias COLLATE "C")
FROM pg_ts_config AS c
JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser AS p ON p.oid = c.cfgparser
JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace
WHERE c.oid >= 16384
UNION ALL
SELECT e.tableoid, e.oid, '{}',
       'event_trigger',
       quote_ident(e.evtname),
       concat(format('CREATE EVENT TRIGGER %I ON %s', e.evtname, e.evtevent),
              E'\n    WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ' ORDER BY tag COLLATE "C")
                                         FROM unnest(e.evttags) AS tag) || ')',
              format(E'\n    EXECUTE FUNCTION %s()', e.evtfoid::regproc)),
       '{}',
       CASE WHEN e.evtenabled = 'O' THEN '{}'
            ELSE ARRAY[format('ALTER EVENT TRIGGER %I %s', e.evtname,
                              CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                                                ELSE 'ENABLE ALWAYS' END)] END
FROM pg_event_trigger AS e
WHERE e.oid >= 16384
UNION ALL
SELECT p.tableoid, p.oid, '{}',
       'publication',
       quote_ident(p.pubname),
       concat(format('CREATE PUBLICATION %I', p.pubname),
              CASE WHEN p.puballtables THEN ' FOR ALL TABLES' END,
              format(E'\n    WITH (publish = %L', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                                                       CASE WHEN p.pubupdate THEN 'update' END,
                                                       CASE WHEN p.pubdelete THEN 'delete' END,
                                                       CASE WHEN p.pubtruncate THEN 'truncate' END)),
              CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' END,
              CASE p.pubgencols WHEN 's' THEN ', publish_generated_columns = stored' END, --@18
              ')'),
       '{}',
       ARRAY(SELECT concat(format('ALTER PUBLICATION %I ADD TABLE ONLY %s', p.pubname, r.prrelid::regclass),
                           ' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) --@15
                                    FROM pg_attribute AS a --@15
                                    WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', --@15
                           ' WHERE (' || pg_get_expr(r.prqual, r.prrelid, true) || ')', --@15
                           '')
             FROM pg_publication_rel AS r
             WHERE r.prpubid = p.oid
             ORDER BY r.prrelid::regclass::text COLLATE "C")
       || ARRAY(SELECT format('ALTER PUBLICATION %I ADD TABLES IN SCHEMA %s', p.pubname, s.pnnspid::regnamespace) --@15
                FROM pg_publication_namespace AS s --@15
                WHERE s.pnpubid = p.oid --@15
                ORDER BY s.pnnspid::regnamespace::text COLLATE "C") --@15
FROM pg_publication AS p
WHERE p.oid >= 16384
