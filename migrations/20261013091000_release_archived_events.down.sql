CREATE OR REPLACE FUNCTION keep_append_only() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% on "%" refused: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
              HINT = 'Append an event that corrects the earlier one.';
END
$$;

COMMENT ON FUNCTION keep_append_only() IS 'Trigger function: refuses whatever would change or remove a recorded event.';
