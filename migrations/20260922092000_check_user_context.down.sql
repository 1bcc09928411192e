SET LOCAL lock_timeout = '2s';

ALTER TABLE events DROP CONSTRAINT IF EXISTS events_user_context_is_object;
