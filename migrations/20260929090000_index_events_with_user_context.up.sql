-- no-transaction
-- Partial: old events have no user context, and the queries that walk through time by user skip them.
-- rehearsal: allow(invalid-index-adopted): 20260929092000_describe_event_indexes refuses an index that is not valid
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_with_user_context_idx
    ON events (created_at) WHERE user_context IS NOT NULL;
