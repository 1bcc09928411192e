-- A concurrent build that is interrupted leaves an INVALID index: writes pay for it, no query uses it, and
-- IF NOT EXISTS takes it for done when the deployment tries again. A DROP in a migration before the build would not
-- help: the second try does not run that one again. So the set stops here, loudly.
DO $$
DECLARE
    invalid text;
BEGIN
    SELECT string_agg(indexrelid::regclass::text, ', ') INTO invalid
    FROM pg_index
    WHERE indrelid = 'events'::regclass AND NOT indisvalid;

    IF invalid IS NOT NULL THEN
        RAISE EXCEPTION 'an interrupted build left invalid indexes on "events": %', invalid
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'REINDEX INDEX CONCURRENTLY each of them, then migrate again.';
    END IF;
END
$$;

COMMENT ON INDEX events_user_context_idx IS 'Containment: user_context @> …';
COMMENT ON INDEX events_with_user_context_idx IS 'Events of known users, in the order of time.';
COMMENT ON INDEX events_by_type_idx IS 'Index-only scans over one type of event.';
