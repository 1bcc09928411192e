-- Roles other than the predefined ones and the database's owner; which of them the schema tells is
-- decided by name. Passwords are never read.
SELECT r.oid,
       quote_ident(r.rolname) AS name,
       concat_ws(' ', format('CREATE ROLE %I', r.rolname),
                 CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
                 CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END,
                 CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
                 CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
                 CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
                 CASE WHEN r.rolreplication THEN 'REPLICATION' END,
                 CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
                 'CONNECTION LIMIT ' || nullif(r.rolconnlimit, -1),
                 'VALID UNTIL ' || quote_literal(nullif(r.rolvaliduntil, 'infinity'))) AS head,
       coalesce((SELECT json_agg(json_build_array(
                            quote_ident(g.rolname),
                            concat_ws(', ', CASE WHEN m.admin_option THEN 'ADMIN OPTION' END, --@<16
                            concat_ws(', ', CASE WHEN m.admin_option THEN 'ADMIN OPTION' END, --@16
                                            CASE WHEN m.inherit_option <> r.rolinherit --@16
                                                 THEN 'INHERIT ' || upper(m.inherit_option::text) END, --@16
                                            CASE WHEN NOT m.set_option THEN 'SET FALSE' END, --@16
                                      NULL)) ORDER BY g.rolname COLLATE "C")
                 FROM pg_auth_members AS m
                 JOIN pg_roles AS g ON g.oid = m.roleid
                 WHERE m.member = r.oid), '[]') AS groups,
       -- Lists of names are kept as SQL spells them.
       ARRAY(SELECT format('ALTER ROLE %I SET %s TO %s', r.rolname, option_name,
                           CASE WHEN option_name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
                                                     'session_preload_libraries')
                                THEN option_value ELSE quote_literal(option_value) END)
             FROM pg_db_role_setting AS s, pg_options_to_table(s.setconfig)
             WHERE s.setrole = r.oid AND s.setdatabase = 0
             ORDER BY option_name COLLATE "C") AS settings
FROM pg_roles AS r
WHERE r.rolname !~ '^pg_'
  AND r.oid <> (SELECT datdba FROM pg_database WHERE datname = current_database())
