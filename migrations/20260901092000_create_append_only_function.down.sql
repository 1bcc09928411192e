DROP FUNCTION IF EXISTS keep_append_only();
