-- An event may leave the log once the archive holds it. OR REPLACE keeps the function's identity, so the triggers
-- stay as they are and no table is locked.
CREATE OR REPLACE FUNCTION keep_append_only() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (
            SELECT FROM public.events_archive AS archived
            WHERE archived.stream_id = OLD.stream_id
                AND archived.version = OLD.version
                AND archived.created_at = OLD.created_at
        ) THEN
            RETURN OLD;
        END IF;
    END IF;

    RAISE EXCEPTION '% on "%" refused: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
              HINT = 'Append an event that corrects the earlier one, or archive the event before you delete it.';
END
$$;

COMMENT ON FUNCTION keep_append_only() IS
    'Trigger function: refuses whatever would change a recorded event, or remove one that the archive does not hold.';
