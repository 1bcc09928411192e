-- The log. Everything that must hold from the first row on comes with the table: nobody uses it yet, so no lock
-- makes anybody wait, and there is no moment in which an event could be changed or read by the wrong tenant.
-- That is the first run. A second one meets a table in use, and the timeout is for that one.
SET LOCAL lock_timeout = '2s';

CREATE TABLE IF NOT EXISTS events (
    stream_id uuid NOT NULL,
    version stream_version NOT NULL,
    event_type text NOT NULL CONSTRAINT events_event_type_not_empty CHECK (event_type <> ''),
    payload jsonb NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Two writers that append to one stream at once race for the same version, and one of them loses: this is the
    -- store's optimistic concurrency control.
    PRIMARY KEY (stream_id, version)
);

COMMENT ON TABLE events IS 'Append-only log: one row for each event, in the order of version within a stream.';
COMMENT ON COLUMN events.event_type IS 'What happened, in the past tense: order_placed.';
COMMENT ON COLUMN events.payload IS 'The event itself. Its shape follows from event_type.';
COMMENT ON COLUMN events.metadata IS 'About the event: tenant_id, user_id, correlation_id.';

-- An empty table is indexed in no time; CONCURRENTLY is for tables with rows and writers.
CREATE INDEX IF NOT EXISTS events_user_id_idx ON events ((metadata ->> 'user_id'));
CREATE INDEX IF NOT EXISTS events_correlation_id_idx ON events ((metadata ->> 'correlation_id'));

-- CREATE OR REPLACE TRIGGER needs Postgres 14; dropping first runs again on 13 too. Both happen in one transaction.
DROP TRIGGER IF EXISTS events_append_only ON events;
CREATE TRIGGER events_append_only
    BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION keep_append_only();

-- TRUNCATE fires no row trigger.
DROP TRIGGER IF EXISTS events_not_truncated ON events;
CREATE TRIGGER events_not_truncated
    BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION keep_append_only();

-- A session that has not said which tenant it reads for sees nothing: the setting is then NULL, and so is the test.
-- The table's owner, who appends, is not subject to the policy.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS events_of_own_tenant ON events;
CREATE POLICY events_of_own_tenant ON events
    FOR SELECT TO event_reader
    USING (metadata ->> 'tenant_id' = current_setting('event_store.tenant_id', true));

GRANT SELECT ON events TO event_reader;
