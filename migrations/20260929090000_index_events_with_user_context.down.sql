-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS events_with_user_context_idx;
