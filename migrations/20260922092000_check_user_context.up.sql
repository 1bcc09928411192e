-- First of two steps: NOT VALID holds for new rows at once and does not read the old ones, so the strong lock is short.
-- ADD CONSTRAINT has no IF NOT EXISTS, hence the look at the catalog.
SET LOCAL lock_timeout = '2s';

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'events'::regclass AND conname = 'events_user_context_is_object'
    ) THEN
        -- rehearsal: allow(new-write-restriction): no release has written anything but an object there
        ALTER TABLE events
            ADD CONSTRAINT events_user_context_is_object
            CHECK (jsonb_typeof(user_context) = 'object') NOT VALID;
    END IF;
END
$$;
