-- The role itself stays: other databases of the cluster may grant to it, and Postgres cannot see into all of them.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'event_reader') THEN
        REVOKE USAGE ON SCHEMA public FROM event_reader;
    END IF;
END
$$;
