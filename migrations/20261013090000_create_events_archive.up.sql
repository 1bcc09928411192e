-- Where old events go, a partition a month. The bounds are literals with their offset: bounds reckoned from now() would
-- give every database another schema, and bounds without an offset would follow the session's time zone.
SET LOCAL lock_timeout = '2s';

CREATE TABLE IF NOT EXISTS events_archive (
    stream_id uuid NOT NULL,
    version stream_version NOT NULL,
    event_type text NOT NULL,
    payload jsonb NOT NULL,
    metadata jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    user_context jsonb,
    -- A unique key of a partitioned table must hold the partition key.
    PRIMARY KEY (stream_id, version, created_at)
) PARTITION BY RANGE (created_at);

CREATE TABLE IF NOT EXISTS events_archive_2026_07 PARTITION OF events_archive
    FOR VALUES FROM ('2026-07-01 00:00:00+00') TO ('2026-08-01 00:00:00+00');
CREATE TABLE IF NOT EXISTS events_archive_2026_08 PARTITION OF events_archive
    FOR VALUES FROM ('2026-08-01 00:00:00+00') TO ('2026-09-01 00:00:00+00');
CREATE TABLE IF NOT EXISTS events_archive_2026_09 PARTITION OF events_archive
    FOR VALUES FROM ('2026-09-01 00:00:00+00') TO ('2026-10-01 00:00:00+00');

-- A month that nobody prepared still finds a place. Keep it empty: a new partition has to scan it.
CREATE TABLE IF NOT EXISTS events_archive_default PARTITION OF events_archive DEFAULT;

-- Policies guard the table that a query names, so the reader is granted the parent and none of its partitions.
ALTER TABLE events_archive ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS events_archive_of_own_tenant ON events_archive;
CREATE POLICY events_archive_of_own_tenant ON events_archive
    FOR SELECT TO event_reader
    USING (metadata ->> 'tenant_id' = current_setting('event_store.tenant_id', true));

GRANT SELECT ON events_archive TO event_reader;

COMMENT ON TABLE events_archive IS 'Events that were moved out of the log, by month of created_at (UTC).';
