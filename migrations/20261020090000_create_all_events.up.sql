-- Not granted to event_reader: a view reads with its owner's rights and so goes round the policies of both tables.
-- WITH (security_invoker) mends that, but only from Postgres 15 on.
CREATE OR REPLACE VIEW all_events AS
SELECT stream_id, version, event_type, payload, metadata, created_at, user_context
FROM events
UNION ALL
SELECT stream_id, version, event_type, payload, metadata, created_at, user_context
FROM events_archive;

COMMENT ON VIEW all_events IS 'The log and its archive together.';
