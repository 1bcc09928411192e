-- Text search: dictionaries, configurations, parsers, templates.
SELECT d.tableoid AS class, d.oid, '{}'::oid[] AS types,
       'text_search_dictionary' AS kind,
       format('%I.%I', n.nspname, d.dictname) AS name,
       format('CREATE TEXT SEARCH DICTIONARY %I.%I', n.nspname, d.dictname) AS head,
       array_remove(ARRAY['TEMPLATE = ' || format('%I.%I', tn.nspname, t.tmplname), d.dictinitoption], NULL) AS items,
       '{}'::text[] AS after
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
SELECT p.tableoid, p.oid, '{}',
       'text_search_parser',
       format('%I.%I', n.nspname, p.prsname),
       format('CREATE TEXT SEARCH PARSER %I.%I', n.nspname, p.prsname),
       array_remove(ARRAY[
           'START = ' || p.prsstart,
           'GETTOKEN = ' || p.prstoken,
           'END = ' || p.prsend,
           'LEXTYPES = ' || p.prslextype,
           'HEADLINE = ' || nullif(p.prsheadline, 0)::regproc], NULL),
       '{}'
FROM pg_ts_parser AS p
JOIN pg_namespace AS n ON n.oid = p.prsnamespace
WHERE p.oid >= 16384
UNION ALL
SELECT t.tableoid, t.oid, '{}',
       'text_search_template',
       format('%I.%I', n.nspname, t.tmplname),
       format('CREATE TEXT SEARCH TEMPLATE %I.%I', n.nspname, t.tmplname),
       array_remove(ARRAY['INIT = ' || nullif(t.tmplinit, 0)::regproc, 'LEXIZE = ' || t.tmpllexize], NULL),
       '{}'
FROM pg_ts_template AS t
JOIN pg_namespace AS n ON n.oid = t.tmplnamespace
WHERE t.oid >= 16384
