-- Nothing takes a validation back: the constraint is made again, as the step before left it.
SET LOCAL lock_timeout = '2s';

ALTER TABLE events DROP CONSTRAINT IF EXISTS events_user_context_is_object;
ALTER TABLE events
    ADD CONSTRAINT events_user_context_is_object
    CHECK (jsonb_typeof(user_context) = 'object') NOT VALID;
