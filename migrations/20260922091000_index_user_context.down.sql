-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS events_user_context_idx;
