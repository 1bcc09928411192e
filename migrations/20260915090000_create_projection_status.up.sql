-- CREATE TYPE has neither IF NOT EXISTS nor OR REPLACE, hence the handler. To a later ALTER TYPE … ADD VALUE belongs
-- IF NOT EXISTS, and a migration of its own: the value may be used only after the transaction that added it.
DO $$
BEGIN
    CREATE TYPE projection_status AS ENUM ('building', 'live', 'failed');
EXCEPTION
    WHEN duplicate_object THEN
        NULL;
END
$$;

COMMENT ON TYPE projection_status IS
    'building: catching up with the log. live: up to date. failed: stopped at an event.';
