-- no-transaction
-- Covering: a projection that follows one type of event learns from the index alone where each one stands.
-- rehearsal: allow(invalid-index-adopted): 20260929092000_describe_event_indexes refuses an index that is not valid
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_type_idx
    ON events (event_type, created_at) INCLUDE (stream_id, version);
