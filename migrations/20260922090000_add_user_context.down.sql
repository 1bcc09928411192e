SET LOCAL lock_timeout = '2s';

ALTER TABLE events DROP COLUMN IF EXISTS user_context;
