DROP DOMAIN IF EXISTS stream_version;
