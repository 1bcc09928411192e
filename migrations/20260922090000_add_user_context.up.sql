-- Adding a nullable column changes the catalog alone, but it waits for ACCESS EXCLUSIVE, and while it waits everybody
-- else queues behind it. Give up after two seconds and let the deployment try again.
SET LOCAL lock_timeout = '2s';

ALTER TABLE events ADD COLUMN IF NOT EXISTS user_context jsonb;

COMMENT ON COLUMN events.user_context IS
    'Who caused the event, and through which client. NULL for events recorded before the column.';
