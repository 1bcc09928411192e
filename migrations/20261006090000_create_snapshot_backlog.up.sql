-- Worked out by an anti-join over the whole log, and good enough when it is an hour old: hence materialized.
-- Not granted to event_reader: a materialized view has no row level security and counts every tenant's events.
CREATE MATERIALIZED VIEW IF NOT EXISTS snapshot_backlog AS
SELECT event.stream_id, count(*) AS event_count
FROM events AS event
LEFT JOIN snapshots AS snapshot
    ON snapshot.stream_id = event.stream_id AND snapshot.version >= event.version
WHERE snapshot.stream_id IS NULL
GROUP BY event.stream_id;

-- REFRESH MATERIALIZED VIEW CONCURRENTLY, which lets readers pass, needs a unique index.
CREATE UNIQUE INDEX IF NOT EXISTS snapshot_backlog_key ON snapshot_backlog (stream_id);

COMMENT ON MATERIALIZED VIEW snapshot_backlog IS
    'Streams with events after their latest snapshot, and how many, as of the last refresh.';
