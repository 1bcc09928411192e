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
SELECT l.tableoid, l.oid, '{}',
       'language',
       quote_ident(l.lanname),
       concat(format('CREATE %sLANGUAGE %I', CASE WHEN l.lanpltrusted THEN 'TRUSTED ' END, l.lanname),
              E'\n    HANDLER ' || nullif(l.lanplcallfoid, 0)::regproc,
              E'\n    INLINE ' || nullif(l.laninline, 0)::regproc,
              E'\n    VALIDATOR ' || nullif(l.lanvalidator, 0)::regproc),
       '{}', '{}'
FROM pg_language AS l
WHERE l.oid >= 16384
UNION ALL
SELECT a.tableoid, a.oid, '{}',
       'access_method',
       quote_ident(a.amname),
       format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname,
              CASE a.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, a.amhandler),
       '{}', '{}'
FROM pg_am AS a
WHERE a.oid >= 16384
UNION ALL
SELECT c.tableoid, c.oid, '{}',
       'conversion',
       format('%I.%I', n.nspname, c.conname),
       format('CREATE %sCONVERSION %I.%I FOR %L TO %L FROM %s', CASE WHEN c.condefault THEN 'DEFAULT ' END,
              n.nspname, c.conname, pg_encoding_to_char(c.conforencoding),
              pg_encoding_to_char(c.contoencoding), c.conproc),
       '{}', '{}'
FROM pg_conversion AS c
JOIN pg_namespace AS n ON n.oid = c.connamespace
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
UNION ALL
SELECT 'pg_subscription'::regclass::oid,
       s.oid, --@14
       row_number() OVER (ORDER BY s.subname)::int::oid, -- Only superusers see the OID. --@<14
       '{}',
       'subscription',
       quote_ident(s.subname),
       format('CREATE SUBSCRIPTION %I CONNECTION ''********'' PUBLICATION %s WITH (%s)', s.subname,
              (SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE "C") FROM unnest(s.subpublications) AS p),
              concat_ws(', ', 'slot_name = ' || coalesce(quote_literal(s.subslotname), 'NONE'),
                        CASE WHEN NOT s.subenabled THEN 'enabled = false' END,
                        CASE WHEN s.subbinary THEN 'binary = true' END, --@14
                        CASE WHEN s.substream THEN 'streaming = on' END, --@14<16
                        'streaming = ' || CASE s.substream WHEN 't' THEN 'on' WHEN 'f' THEN 'off' ELSE 'parallel' END, --@16
                        CASE WHEN s.subtwophasestate <> 'd' THEN 'two_phase = true' END, --@15
                        CASE WHEN s.subdisableonerr THEN 'disable_on_error = true' END, --@15
                        CASE WHEN NOT s.subpasswordrequired THEN 'password_required = false' END, --@16
                        CASE WHEN s.subrunasowner THEN 'run_as_owner = true' END, --@16
                        'origin = ' || nullif(s.suborigin, 'any'), --@16
                        CASE WHEN s.subfailover THEN 'failover = true' END, --@17
                        NULL)),
       '{}', '{}'
FROM pg_subscription AS s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
