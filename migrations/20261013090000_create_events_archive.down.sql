DROP TABLE IF EXISTS events_archive;
