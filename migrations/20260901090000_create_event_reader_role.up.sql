-- The role that reads the log. Roles belong to the whole cluster, not to this database, so another database's
-- migrations may have made it already, or make it at this very moment. CREATE ROLE has no IF NOT EXISTS: the
-- look at the catalog lets a migrator without CREATEROLE pass when the role is there, and the handler settles the race.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'event_reader') THEN
        CREATE ROLE event_reader NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO event_reader;
