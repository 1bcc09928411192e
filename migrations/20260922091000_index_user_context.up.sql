-- no-transaction
-- Writers go on during a concurrent build, but it refuses a transaction block. sqlx sends the file as one query, and
-- the statements of one query share a transaction: so the file holds this one alone.
-- rehearsal: allow(invalid-index-adopted): 20260929092000_describe_event_indexes refuses an index that is not valid
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_user_context_idx
    ON events USING gin (user_context jsonb_path_ops);
