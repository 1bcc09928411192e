-- Triggers, rules, policies and extended statistics. Those that Postgres made itself, or copied
-- from a partitioned table, come by themselves; of a copy that is in another state, the state is told.
SELECT 'trigger' AS kind,
       t.tableoid AS class,
       t.oid,
       t.tgrelid AS of,
       quote_ident(t.tgname) AS name,
       CASE WHEN t.tgparentid = 0 THEN pg_get_triggerdef(t.oid, true) ELSE state.statement END AS definition,
       CASE WHEN t.tgparentid = 0 AND t.tgenabled <> 'O' THEN state.statement END AS state,
       NULL AS owner,
       '{}'::text[] AS roles
FROM pg_trigger AS t
LEFT JOIN pg_trigger AS parent ON parent.oid = t.tgparentid
CROSS JOIN LATERAL (SELECT format('ALTER TABLE %s %s TRIGGER %I', t.tgrelid::regclass,
                                  CASE t.tgenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE'
                                                   WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
                                  t.tgname) AS statement) AS state
WHERE t.oid >= 16384
  AND CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal ELSE t.tgenabled <> parent.tgenabled END
UNION ALL
SELECT 'rule',
       r.tableoid,
       r.oid,
       r.ev_class,
       quote_ident(r.rulename),
       rtrim(pg_get_ruledef(r.oid, true), ';'),
       CASE WHEN r.ev_enabled <> 'O'
            THEN format('ALTER TABLE %s %s RULE %I', r.ev_class::regclass,
                        CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                                          WHEN 'A' THEN 'ENABLE ALWAYS' END, r.rulename) END,
       NULL,
       '{}'
FROM pg_rewrite AS r
WHERE r.oid >= 16384
  AND r.rulename <> '_RETURN'
UNION ALL
SELECT 'policy',
       p.tableoid,
       p.oid,
       p.polrelid,
       quote_ident(p.polname),
       concat(format('CREATE POLICY %I ON %s', p.polname, p.polrelid::regclass),
              CASE WHEN NOT p.polpermissive THEN E'\n    AS RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN E'\n    FOR SELECT' WHEN 'a' THEN E'\n    FOR INSERT'
                            WHEN 'w' THEN E'\n    FOR UPDATE' WHEN 'd' THEN E'\n    FOR DELETE' END,
              CASE WHEN 0 <> ALL (p.polroles)
                   THEN E'\n    TO ' || (SELECT string_agg(quote_ident(rolname), ', ' ORDER BY rolname COLLATE "C")
                                         FROM pg_roles WHERE oid = ANY (p.polroles)) END,
              E'\n    USING (' || pg_get_expr(p.polqual, p.polrelid, true) || ')',
              E'\n    WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid, true) || ')'),
       NULL,
       NULL,
       ARRAY(SELECT quote_ident(rolname) FROM pg_roles WHERE oid = ANY (p.polroles))
FROM pg_policy AS p
WHERE p.oid >= 16384
UNION ALL
SELECT 'statistics',
       s.tableoid,
       s.oid,
       s.stxrelid,
       format('%I.%I', n.nspname, s.stxname),
       pg_get_statisticsobjdef(s.oid),
       'ALTER STATISTICS ' || format('%I.%I', n.nspname, s.stxname)
           || ' SET STATISTICS ' || nullif(s.stxstattarget, -1),
       CASE WHEN s.stxowner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
            THEN quote_ident(pg_get_userbyid(s.stxowner)) END,
       '{}'
FROM pg_statistic_ext AS s
JOIN pg_namespace AS n ON n.oid = s.stxnamespace
WHERE s.oid >= 16384
