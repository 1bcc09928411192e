-- Three tables speak of a position in a stream; the domain says once what one is.
-- CREATE DOMAIN has neither IF NOT EXISTS nor OR REPLACE, hence the handler.
DO $$
BEGIN
    CREATE DOMAIN stream_version AS bigint
        CONSTRAINT stream_version_positive CHECK (VALUE > 0);
EXCEPTION
    WHEN duplicate_object THEN
        NULL;
END
$$;

COMMENT ON DOMAIN stream_version IS 'Position of an event in its stream, counted from 1.';
